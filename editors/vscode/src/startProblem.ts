// Says why a program that was started is of no use, or of another version. Knows nothing of VS Code.
import type { Program } from './bootstrap';

/** What is known of a start that came to nothing. */
export interface Failure extends Program {
  /** What the program wrote last, line by line, to its standard error. */
  said: string[];
  /** How it ended, if it did. */
  ended: { code: number | null; signal: string | null } | undefined;
  /** Why the system did not start it, or why the client gave up. */
  error: string | undefined;
  /** The platforms that it was built for, as far as that can be told. */
  builtFor: string[];
  /** The platform that this is. */
  platform: string;
}

/** How much of what a program wrote stands in a message. */
const LINES = 3;
const CHARACTERS = 300;

export function startProblem({ program, source, said, ended, error, builtFor, platform }: Failure): string {
  const named = `${program} (${source})`;
  // Where the system does not know a program, it may give it to the shell, which says something else.
  if (builtFor.length > 0 && !builtFor.includes(platform)) return `${named} could not be started: it is a program for ${builtFor.join(' and ')}, and this is ${platform}.`;
  const spawn = /\b(?:spawn\b.*?(E[A-Z0-9]+|Unknown system error -?\d+))/s.exec(error ?? '')?.[1];
  if (spawn !== undefined && ended === undefined) return `${named} could not be started: ${REASONS[spawn] ?? spawn}.`;
  const how = ended === undefined ? 'what it writes is no answer' : ended.signal !== null ? `it ended at once, by ${ended.signal}` : `it ended at once, with exit code ${ended.code ?? 'unknown'}`;
  const words = lastWords(said);
  return `${named} does not answer as a language server: ${how}. ${words === '' ? 'Is it glue-ls?' : `It said: ${words}`}`;
}

const REASONS: Record<string, string> = {
  EACCES: 'it may not be run',
  ENOENT: 'it, or what it needs to be loaded, is not there',
  ENOEXEC: 'it is no program for this machine',
  EBADARCH: 'it is a program for another kind of machine',
  'Unknown system error -8': 'it is no program for this machine',
  'Unknown system error -86': 'it is a program for another kind of machine',
  EINVAL: 'it is a script, not a program',
};

function lastWords(said: string[]): string {
  const text = said.map((line) => line.trim()).filter(Boolean).slice(-LINES).join(' / ');
  return text.length <= CHARACTERS ? text : `…${text.slice(-CHARACTERS)}`;
}

/** What a server says of itself in its answer to `initialize`. */
export interface ServerInfo {
  name?: string | undefined;
  version?: string | undefined;
}

/** Why this is not the server of this extension; undefined where nothing says so. */
export function anotherServer({ program, source }: Program, info: ServerInfo | undefined): string | undefined {
  if (info?.name === undefined || info.name === 'glue-ls') return undefined;
  return `${program} (${source}) is a language server, but not glue-ls: it calls itself ${JSON.stringify(info.name.slice(0, 80))}.`;
}

/**
 * What to tell where server and extension are of different versions, undefined where they belong together: the first
 * two numbers are the same. Both are named with their places, since several of either may be on a machine.
 */
export function otherVersion({ program, source }: Program, info: ServerInfo | undefined, extension: { version: string; path: string }): string | undefined {
  const version = info?.version;
  if (version !== undefined && minor(version) === minor(extension.version)) return undefined;
  const server = version === undefined ? 'a glue-ls that does not tell its version' : `glue-ls ${version}`;
  const older = version !== undefined && isOlder(version, extension.version) ? 'glue-ls' : 'the extension';
  const advice = version === undefined ? 'Update glue-ls' : `Update ${older}`;
  return `The extension ${extension.version} (${extension.path}) runs with ${server} (${program}, ${source}). Some things may not work. ${advice}, so that the first two numbers are the same.`;
}

function minor(version: string): string {
  return version.split(/[.+-]/).slice(0, 2).join('.');
}

function isOlder(one: string, other: string): boolean {
  const [a = [], b = []] = [one, other].map((version) => version.split(/[.+-]/).slice(0, 2).map(Number));
  return (a[0] ?? 0) !== (b[0] ?? 0) ? (a[0] ?? 0) < (b[0] ?? 0) : (a[1] ?? 0) < (b[1] ?? 0);
}
