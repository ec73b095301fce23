// The settings that the server is told, without VS Code.

export type Settings = Record<string, unknown>;

/**
 * Returns the values of the settings that the extension's manifest has for the server, nested as they are named,
 * and whether the workspace is trusted.
 *
 * Only those: a folder's settings may hold anything under the server's name, such as that the folder is trusted,
 * and VS Code knows which of them a folder may choose only for those in a manifest.
 */
export function serverSettings(manifest: unknown, valueOf: (name: string) => unknown, trusted: boolean): Settings {
  const settings: Settings = {};
  for (const name of names(manifest)) {
    const keys = name.split('.').slice(1);
    const last = keys.pop();
    if (last === undefined) continue;
    const table = keys.reduce<Settings>((table, key) => (table[key] ??= {}) as Settings, settings);
    table[last] = valueOf(name);
  }
  settings['trusted'] = trusted;
  return settings;
}

function names(manifest: unknown): string[] {
  const properties = (manifest as { contributes?: { configuration?: { properties?: object } } }).contributes?.configuration?.properties;
  return Object.keys(properties ?? {}).filter((name) => name.startsWith('glue-ls.'));
}
