// Looks whether a Glue kernel is installed for Jupyter on this machine. Knows nothing of VS Code.
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { GLUE_KERNELS } from './glueDocument';

/** Where to look; a parameter so that the search can be tested on any machine. */
export interface Place {
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  home: string;
  /** The folders that are open; Python environments are often in them. */
  folders: string[];
  /** The names in a folder; none where it is not there. */
  list(folder: string): string[];
}

/** This machine, with the given folders open. */
export function thisPlace(folders: string[]): Place {
  return { env: process.env, platform: process.platform, home: homedir(), folders, list };
}

/** Whether there is a kernel of AWS's, in any place in which Jupyter looks for kernels. */
export function hasGlueKernel(place: Place): boolean {
  const paths = place.platform === 'win32' ? path.win32 : path.posix;
  return dataFolders(place).some((folder) => place.list(paths.join(folder, 'kernels')).some((name) => GLUE_KERNELS.includes(name.toLowerCase())));
}

/**
 * The folders of Jupyter's data: what the user has set, the user's, those of the Python environments that can be
 * seen from here (active, in an open folder, on the PATH), and the system's.
 */
export function dataFolders({ env, platform, home, folders, list }: Place): string[] {
  const windows = platform === 'win32';
  const paths = windows ? path.win32 : path.posix;
  const variable = (name: string) => {
    const key = Object.keys(env).find((key) => key === name || (windows && key.toUpperCase() === name));
    return (key !== undefined && env[key]) || '';
  };
  const listed = (name: string) => variable(name).split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
  const own = () => {
    if (platform === 'darwin') return paths.join(home, 'Library', 'Jupyter');
    if (windows) return paths.join(variable('APPDATA') || paths.join(home, 'AppData', 'Roaming'), 'jupyter');
    return paths.join(variable('XDG_DATA_HOME') || paths.join(home, '.local', 'share'), 'jupyter');
  };
  const prefixes = [
    ...['VIRTUAL_ENV', 'CONDA_PREFIX'].map(variable),
    // An environment in a folder that is open has any name; `share/jupyter` tells it.
    ...folders.flatMap((folder) => [folder, ...list(folder).filter((name) => /^\.?(?:v?env|virtualenv|conda)/i.test(name)).map((name) => paths.join(folder, name))]),
    // Python is in `bin`, on Windows in the prefix itself or in `Scripts`.
    ...listed('PATH').flatMap((folder) => (windows ? [folder, paths.dirname(folder)] : [paths.dirname(folder)])),
  ];
  const system = windows ? [paths.join(variable('PROGRAMDATA') || 'C:\\ProgramData', 'jupyter')] : ['/usr/local/share/jupyter', '/usr/share/jupyter'];
  const all = [
    ...listed('JUPYTER_PATH'),
    variable('JUPYTER_DATA_DIR') || own(),
    ...prefixes.filter((prefix) => paths.isAbsolute(prefix)).map((prefix) => paths.join(prefix, 'share', 'jupyter')),
    ...system,
  ];
  return [...new Set(all)];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
