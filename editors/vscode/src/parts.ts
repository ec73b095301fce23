// What the server asks for when a cell is to be split, and the texts that come of it. Knows nothing of VS Code.

/** A place in a text: line and UTF-16 unit, both from 0. */
export interface Place {
  line: number;
  character: number;
}

/** A cell that is to be split. All places are those of its text before. */
export interface Split {
  /** The cell's document. */
  uri: string;
  edits: { start: Place; end: Place; newText: string }[];
  /** Where new cells begin, in order. */
  splits: Place[];
}

/** The argument of the command, `undefined` if it is of another shape. */
export function splitArgument(argument: unknown): Split | undefined {
  const { uri, edits, splits } = object(argument);
  if (typeof uri !== 'string' || !Array.isArray(edits) || !Array.isArray(splits) || splits.length === 0) return undefined;
  const parsed: Split = { uri, edits: [], splits: [] };
  for (const edit of edits) {
    const { range, newText } = object(edit);
    const start = place(object(range)['start']);
    const end = place(object(range)['end']);
    if (start === undefined || end === undefined || typeof newText !== 'string') return undefined;
    parsed.edits.push({ start, end, newText });
  }
  for (const split of splits) {
    const at = place(split);
    if (at === undefined) return undefined;
    parsed.splits.push(at);
  }
  return parsed;
}

/** The texts of the cells that a cell becomes. `undefined` where the request does not fit the text: it may have changed. */
export function parts(text: string, split: Split): string[] | undefined {
  const starts = lineStarts(text);
  const offset = ({ line, character }: Place): number => {
    const start = starts[line];
    return start === undefined ? NaN : start + character;
  };
  const bounds = [0, ...split.splits.map(offset), text.length];
  if (!ascends(bounds, text.length)) return undefined;
  const edits = split.edits.map((edit) => ({ start: offset(edit.start), end: offset(edit.end), newText: edit.newText }));
  if (edits.some(({ start, end }) => !ascends([start, end], text.length))) return undefined;
  edits.sort((a, b) => a.start - b.start || a.end - b.end);
  const taken = new Set<number>();
  const made: string[] = [];
  for (let index = 0; index + 1 < bounds.length; index += 1) {
    const from = bounds[index] ?? 0;
    const to = bounds[index + 1] ?? text.length;
    const last = index + 2 === bounds.length;
    let out = '';
    let at = from;
    for (const [number, { start, end, newText }] of edits.entries()) {
      // What is put in where a part begins belongs to it, not to the one above.
      const inside = start >= from && end <= to && (start < to || last);
      if (!inside || taken.has(number)) continue;
      if (start < at) return undefined;
      taken.add(number);
      out += text.slice(at, start) + newText;
      at = end;
    }
    out += text.slice(at, to);
    // The line end in front of the next cell is none of the cell's text.
    made.push(last ? out : out.replace(/[\r\n]+$/, ''));
  }
  return taken.size === edits.length ? made : undefined;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (const found of text.matchAll(/\r\n|\r|\n/g)) starts.push(found.index + found[0].length);
  return starts;
}

function ascends(offsets: number[], most: number): boolean {
  return offsets.every((offset, index) => offset >= (offsets[index - 1] ?? 0) && offset <= most);
}

function place(value: unknown): Place | undefined {
  const { line, character } = object(value);
  const counts = (number: unknown): number is number => Number.isSafeInteger(number) && (number as number) >= 0;
  return counts(line) && counts(character) ? { line, character } : undefined;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
