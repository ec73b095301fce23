// Finds the server's program, or says why there is none and what to do. Knows nothing of VS Code.
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';

/** Where to look; a parameter so that the search can be tested on any machine. */
export interface Surroundings {
  /** The value of `glueLs.serverPath`; empty when not set. */
  setting: string;
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  home: string;
  isProgram(file: string): boolean;
}

export type Found = { program: string } | { problem: string };

const INSTALL =
  'Install glue-ls, then set "glueLs.serverPath" to its full path or put it on the PATH, and run "Glue: Restart Server".';

/** This machine, with the given value of the setting. */
export function thisMachine(setting: string): Surroundings {
  return { setting, env: process.env, platform: process.platform, home: homedir(), isProgram };
}

/**
 * Returns the program to start: the setting's, else that of the variable `GLUE_LS_PATH`, else the one on the PATH.
 *
 * A path that was chosen and does not work is a problem, never passed over for the next place: what runs
 * would then be another version than the one that was asked for.
 */
export function findServer(where: Surroundings): Found {
  const chosen = [
    { value: where.setting.trim(), source: 'the setting "glueLs.serverPath"' },
    { value: (where.env['GLUE_LS_PATH'] ?? '').trim(), source: 'the environment variable GLUE_LS_PATH' },
  ].find(({ value }) => value !== '');
  if (chosen === undefined) {
    const program = onPath(where, 'glue-ls');
    return program !== undefined
      ? { program }
      : { problem: `The Glue language server "glue-ls" was not found on the PATH. ${INSTALL}` };
  }

  const value = expandHome(chosen.value, where);
  const paths = pathsOf(where);
  if (paths.isAbsolute(value)) {
    return where.isProgram(value)
      ? { program: value }
      : { problem: `${value}, named by ${chosen.source}, is not a program that can be run. ${INSTALL}` };
  }
  // A relative path would mean a different program in each folder, some of them not the user's own.
  if (value.includes('/') || value.includes('\\')) {
    return { problem: `${value}, named by ${chosen.source}, is a relative path: give the full one.` };
  }
  const program = onPath(where, value);
  return program !== undefined
    ? { program }
    : { problem: `${value}, named by ${chosen.source}, was not found on the PATH. ${INSTALL}` };
}

function onPath(where: Surroundings, name: string): string | undefined {
  const windows = where.platform === 'win32';
  const paths = pathsOf(where);
  const file = windows && !/\.exe$/i.test(name) ? `${name}.exe` : name;
  // Windows spells the variable "Path" and its own lookup ignores case; a copied environment does not.
  const key = Object.keys(where.env).find((name) => name === 'PATH' || (windows && name.toUpperCase() === 'PATH'));
  return ((key && where.env[key]) || '')
    .split(paths.delimiter)
    .filter((folder) => paths.isAbsolute(folder))
    .map((folder) => paths.join(folder, file))
    .find((candidate) => where.isProgram(candidate));
}

function expandHome(value: string, where: Surroundings): string {
  return /^~[/\\]/.test(value) ? pathsOf(where).join(where.home, value.slice(2)) : value;
}

function pathsOf(where: Surroundings): path.PlatformPath {
  return where.platform === 'win32' ? path.win32 : path.posix;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
