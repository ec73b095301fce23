// Finds the server's program, or says why there is none and what to do. Knows nothing of VS Code.
import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';

/** What a path leads to: `file` is one that may not be run. */
export type Kind = 'program' | 'file' | 'folder' | 'nothing';

/** Where to look; a parameter so that the search can be tested on any machine. */
export interface Surroundings {
  /** The value of `glueLs.serverPath`; empty when not set. */
  setting: string;
  /** The folder of the extension, which has the program in `bin` if it was packaged for this platform. */
  extension: string;
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** As Node spells it: `x64`, `arm64`. */
  arch: string;
  home: string;
  kindOf(file: string): Kind;
  /** Gives a file the right to be run; it may fail without a word. */
  allow(file: string): void;
}

/** Where a program was named: for people, as in "/bin/x (SOURCE)". */
export interface Program {
  program: string;
  source: string;
}

/** `looked` has a line for each place that was looked at, for the log. */
export type Found = (Program | { problem: string }) & { looked: string[] };

const REMEDY = 'Install glue-ls, then set "glueLs.serverPath" to its full path and run "Glue: Restart Server", or put it on the PATH and start VS Code again.';

/** This machine, with the given value of the setting. */
export function thisMachine(setting: string, extension: string): Surroundings {
  return { setting, extension, env: process.env, platform: process.platform, arch: process.arch, home: homedir(), kindOf, allow };
}

/**
 * Returns the program to start: the setting's, else the one that came with the extension, else that of the variable
 * `GLUE_LS_PATH`, else the one on the PATH.
 *
 * A path that was chosen and does not work is a problem, never passed over for the next place: what runs
 * would then be another version than the one that was asked for.
 */
export function findServer(where: Surroundings): Found {
  const looked: string[] = [];
  const setting = where.setting.trim();
  if (setting !== '') return { ...chosen(where, setting, 'the setting "glueLs.serverPath"', looked), looked };
  looked.push('the setting "glueLs.serverPath": empty');

  const bundled = pathsOf(where).join(where.extension, 'bin', programName(where, 'glue-ls'));
  // What unpacks an extension may lose the right.
  if (where.kindOf(bundled) === 'file') where.allow(bundled);
  const kind = where.kindOf(bundled);
  looked.push(`the extension's own ${bundled}: ${SAYS[kind]}`);
  if (kind === 'program') return { program: bundled, source: 'it came with the extension', looked };
  if (kind !== 'nothing') return { problem: `${bundled}, which came with the extension, ${CANNOT[kind]}. Install the extension again, or set "glueLs.serverPath".`, looked };

  const variable = variableOf(where, 'GLUE_LS_PATH').trim();
  if (variable !== '') return { ...chosen(where, variable, 'the environment variable GLUE_LS_PATH', looked), looked };
  looked.push('the environment variable GLUE_LS_PATH: not set');

  return { ...(onPath(where, 'glue-ls', 'it is on the PATH', looked) ?? { problem: nowhere(where) }), looked };
}

const SAYS: Record<Kind, string> = { program: 'there', file: 'there, but it may not be run', folder: 'a folder', nothing: 'not there' };
const CANNOT: Record<Exclude<Kind, 'program'>, string> = { file: 'may not be run', folder: 'is a folder', nothing: 'is not there' };

function nowhere({ platform, arch }: Surroundings): string {
  return `The Glue language server "glue-ls" was not found: the setting "glueLs.serverPath" is empty, this extension has none for ${platform}-${arch}, GLUE_LS_PATH is not set, and it was not found on the PATH. ${REMEDY}`;
}

/** The program that somebody has named, by its full path or by the name that it has on the PATH. */
function chosen(where: Surroundings, named: string, source: string, looked: string[]): Program | { problem: string } {
  const value = expandHome(unquoted(named), where);
  const paths = pathsOf(where);
  if (!paths.isAbsolute(value)) {
    // A relative path would mean a different program in each folder, some of them not the user's own.
    if (value.includes('/') || value.includes('\\')) return { problem: `${value}, named by ${source}, is a relative path: give the full one.` };
    return onPath(where, value, `${source} names it`, looked) ?? { problem: `${value}, named by ${source}, was not found on the PATH. ${REMEDY}` };
  }
  // Windows finds "glue-ls" by "glue-ls.exe", and cannot start a script as a program.
  const names = [...new Set([value, programName(where, value)])];
  const program = names.find((name) => where.kindOf(name) === 'program' && !isScript(where, name));
  looked.push(...names.map((name) => `${name}, named by ${source}: ${SAYS[where.kindOf(name)]}`));
  if (program !== undefined) return { program, source: `${source} names it` };
  if (isScript(where, value)) return { problem: `${value}, named by ${source}, is a script: name the program itself, glue-ls.exe.` };
  const kind = where.kindOf(value);
  switch (kind) {
    case 'file':
      return { problem: `${value}, named by ${source}, may not be run.${where.platform === 'win32' ? ' Name the program itself, glue-ls.exe.' : ` Allow it with: chmod +x '${value}'`}` };
    case 'folder':
      return { problem: `${value}, named by ${source}, is a folder: name the program in it.` };
    default:
      return { problem: `${value}, named by ${source}, is not there. ${REMEDY}` };
  }
}

/** Undefined where no folder of the PATH has anything of that name. */
function onPath(where: Surroundings, name: string, source: string, looked: string[]): Program | { problem: string } | undefined {
  const paths = pathsOf(where);
  const folders = variableOf(where, 'PATH').split(paths.delimiter).map(unquoted).filter((folder) => paths.isAbsolute(folder));
  const candidates = folders.map((folder) => paths.join(folder, programName(where, name)));
  const program = candidates.find((candidate) => where.kindOf(candidate) === 'program');
  looked.push(...candidates.filter((candidate) => program === undefined || candidate === program).map((candidate) => `${candidate}, on the PATH: ${SAYS[where.kindOf(candidate)]}`));
  if (program !== undefined) return { program, source };
  const locked = candidates.find((candidate) => where.kindOf(candidate) === 'file');
  return locked === undefined ? undefined : { problem: `${locked}, on the PATH, may not be run. Allow it with: chmod +x '${locked}'` };
}

/** The name of a file that is a program: on Windows it ends in `.exe`. */
function programName(where: Surroundings, name: string): string {
  return where.platform === 'win32' && !/\.exe$/i.test(name) ? `${name}.exe` : name;
}

function isScript(where: Surroundings, file: string): boolean {
  return where.platform === 'win32' && /\.(?:cmd|bat|ps1)$/i.test(file);
}

/** Windows spells the variable "Path" and its own lookup ignores case; a copied environment does not. */
function variableOf(where: Surroundings, name: string): string {
  const key = Object.keys(where.env).find((key) => key === name || (where.platform === 'win32' && key.toUpperCase() === name));
  return (key !== undefined && where.env[key]) || '';
}

/** Windows has quotes around folders, and its "Copy as path" puts some around files. */
function unquoted(text: string): string {
  return /^"(.*)"$/.exec(text)?.[1] ?? text;
}

function expandHome(value: string, where: Surroundings): string {
  return /^~[/\\]/.test(value) ? pathsOf(where).join(where.home, value.slice(2)) : value;
}

function pathsOf(where: Surroundings): path.PlatformPath {
  return where.platform === 'win32' ? path.win32 : path.posix;
}

function kindOf(file: string): Kind {
  try {
    const found = statSync(file);
    if (!found.isFile()) return found.isDirectory() ? 'folder' : 'file';
    accessSync(file, constants.X_OK);
    return 'program';
  } catch (error) {
    return (error as NodeJS.ErrnoException).syscall === 'access' ? 'file' : 'nothing';
  }
}

function allow(file: string): void {
  try {
    chmodSync(file, 0o755);
  } catch {
    // Then it may not be run, which is told.
  }
}
