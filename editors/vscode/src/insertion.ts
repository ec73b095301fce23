// Where a name of the account is written in a document. Knows nothing of VS Code.
import type { Name } from './names';

/** Where the cursor is. */
export interface Place {
  /** The lines of the cell, or of the whole document where it has no cells. */
  lines: readonly string[];
  line: number;
  form: 'cell' | 'script' | 'text';
}

/** What to do for a name. */
export type Insertion =
  /** Write it at the cursor, in place of what is selected. */
  | { do: 'type'; text: string }
  /** Write it at a place, over the blanks up to `until`. */
  | { do: 'put'; line: number; character: number; until: number; text: string }
  /** Make a cell of it above the one with the cursor. */
  | { do: 'cell'; text: string }
  /** It is there already. */
  | { do: 'nothing'; why: string }
  /** There is no place for it. */
  | { do: 'copy'; why: string };

const CONNECTIONS = /^(\s*#\s*)?%connections(?=\s|$)/;
const MARKER = /^\s*#\s*%%(?!\w)/;

/** A line that may stand above a magic: one of settings, a comment, or nothing. */
const isSetting = (line: string) => /^\s*(#|%(?!%)|$)/.test(line);

export function insertion(item: Name, place: Place): Insertion {
  if (item.insert === undefined) return { do: 'copy', why: `${item.name} cannot be written here as it is called` };
  if (item.kind !== 'connections') return { do: 'type', text: item.insert };
  if (place.form !== 'text') {
    const line = listLine(place);
    if (line !== undefined) return intoList(place.lines[line] ?? '', line, item.name, line === place.line);
  }
  if (place.form === 'cell') return intoCell(place, item.insert);
  if (place.form === 'script') return intoScript(place, item.insert);
  return { do: 'type', text: item.name };
}

/** The cell that a name makes where none is to be written into. */
export function ownCell({ kind, name, insert }: Name): string | undefined {
  if (insert === undefined) return undefined;
  if (kind === 'tables') return `spark.table("${insert}")`;
  return kind === 'connections' ? insert : name;
}

/** The line with the list of connections: that of the cursor, else the last among the settings at the top of its cell. */
function listLine({ lines, line, form }: Place): number | undefined {
  const isList = (index: number) => CONNECTIONS.test(lines[index] ?? '');
  if (isList(line)) return line;
  let index = form === 'cell' ? 0 : markerAbove(lines, line) + 1;
  let found: number | undefined;
  for (; index < lines.length && isSetting(lines[index] ?? '') && !(form === 'script' && MARKER.test(lines[index] ?? '')); index += 1) {
    if (isList(index)) found = index;
  }
  return found;
}

/** The line that begins the cell of a script which a line is in; -1 if none does. */
function markerAbove(lines: readonly string[], line: number): number {
  let marker = line;
  while (marker >= 0 && !MARKER.test(lines[marker] ?? '')) marker -= 1;
  return marker;
}

function intoList(here: string, line: number, name: string, hasCursor: boolean): Insertion {
  const head = CONNECTIONS.exec(here)?.[0].length ?? 0;
  const given = here.slice(head);
  // Quotes and brackets are the user's own way of writing a list.
  if (/["'[\]]/.test(given)) return hasCursor ? { do: 'type', text: name } : { do: 'copy', why: 'the list of connections has quotes or brackets' };
  const names = given.split(',').map((part) => part.trim()).filter((part) => part !== '');
  if (names.includes(name)) return { do: 'nothing', why: `${name} is in the list already` };
  const end = here.trimEnd();
  const glue = names.length === 0 || end.endsWith(',') ? ' ' : ', ';
  return { do: 'put', line, character: end.length, until: here.length, text: `${glue}${name}` };
}

function intoCell({ lines, line }: Place, magic: string): Insertion {
  const above = lines.slice(0, line + 1);
  // What stands below code, or in the body of a cell magic, is no magic to the kernel.
  if (!above.every(isSetting)) return { do: 'cell', text: magic };
  return below(lines, line, magic);
}

function intoScript({ lines, line }: Place, magic: string): Insertion {
  const marker = markerAbove(lines, line);
  if (marker < 0) return { do: 'copy', why: 'a magic needs a cell, which a line of # %% begins' };
  const bare = lines.some((text) => /^%[a-z_]+/.test(text));
  const written = bare ? magic : `# ${magic}`;
  if (lines.slice(marker + 1, line + 1).every(isSetting)) return below(lines, line, written);
  return { do: 'put', line: marker, character: 0, until: 0, text: `# %%\n${written}\n\n` };
}

/** On a line of its own: that of the cursor if it is empty, else the next. */
function below(lines: readonly string[], line: number, text: string): Insertion {
  const here = lines[line] ?? '';
  if (here.trim() === '') return { do: 'put', line, character: 0, until: here.length, text };
  return { do: 'put', line, character: here.length, until: here.length, text: `\n${text}` };
}
