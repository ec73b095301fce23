// The output channel "Glue": what was looked for, started and refused, what the server writes, and, if the user wants
// it, the messages between VS Code and the server.
import * as vscode from 'vscode';

/** Shows the channel. */
export const SHOW_CHANNEL = 'glueLs.showOutputChannel';

export const SHOW_CHANNEL_TITLE = 'Show Output';

export function createLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('Glue', { log: true });
}

/**
 * The channel as languageclient wants it for traces.
 *
 * It asks for them by the channel's log level, which has nothing to do with the setting `glueLs.trace.server`, and
 * writes them at a level that is not shown. Here the setting alone decides.
 */
export function traceChannel(log: vscode.LogOutputChannel): vscode.LogOutputChannel {
  const level = () => (vscode.workspace.getConfiguration('glueLs').get('trace.server', 'off') === 'off' ? vscode.LogLevel.Info : vscode.LogLevel.Trace);
  const onDidChangeLogLevel: vscode.Event<vscode.LogLevel> = (listener, that, disposables) => {
    const subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('glueLs.trace.server')) listener.call(that, level());
    });
    disposables?.push(subscription);
    return subscription;
  };
  // Not of the channel itself: VS Code may have frozen it.
  return new Proxy({} as vscode.LogOutputChannel, {
    get: (_, name) => {
      if (name === 'logLevel') return level();
      if (name === 'onDidChangeLogLevel') return onDidChangeLogLevel;
      const value: unknown = Reflect.get(log, name === 'trace' ? 'info' : name, log);
      return typeof value === 'function' ? (value.bind(log) as unknown) : value;
    },
  });
}
