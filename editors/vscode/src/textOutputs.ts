// The text of what a cell shows in VS Code, as outputs of the notebook format, and no more of it than is of use. Knows nothing
// of VS Code but the names of its own MIME types.
import { ERROR, type Item, STDERR, STDOUT } from './outputs';

/** The most text of a cell, in bytes of UTF-8. */
export const MOST = 256 * 1024;
/** Of a longer one, what is kept of its begin, where a session is told of; the rest is its end, where an error stands. */
const HEAD = MOST / 4;
/** The most of the message of an error that does not fit. */
const LONGEST_MESSAGE = 8 * 1024;

const TEXTS = ['text/plain', 'text/html'];

/** An output as VS Code has it. */
export interface Shown {
  readonly items: readonly Item[];
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** What becomes one output of the notebook format. */
interface Piece {
  /** Of which stream it is, or undefined. */
  stream: string | undefined;
  items: Item[];
  isResult: boolean;
  /** Bytes. */
  size: number;
}

/** Returns the streams, errors and texts among the outputs, in their order, neighbouring pieces of one stream as one. */
export function textOutputs(outputs: readonly Shown[]): unknown[] {
  const pieces = piecesOf(outputs);
  const total = pieces.reduce((sum, { size }) => sum + size, 0);
  if (total <= MOST) return pieces.map((piece) => whole(piece));
  // Left out is what lies between these two.
  const [until, since] = [HEAD, total - (MOST - HEAD)];
  let end = 0;
  return pieces.flatMap((piece) => {
    const start = end;
    end += piece.size;
    if (end <= until || start >= since) return [whole(piece)];
    if (piece.stream !== undefined) {
      const texts = [cutEnd(bytes(piece, 0, until - start)), cutStart(bytes(piece, since - start, piece.size))];
      const text = texts.filter((part) => part !== '').join('');
      return text === '' ? [] : [{ output_type: 'stream', name: piece.stream, text }];
    }
    const touched = start < until || end > since;
    return touched && piece.items[0]?.mime === ERROR ? [error(piece, false)] : [];
  });
}

function piecesOf(outputs: readonly Shown[]): Piece[] {
  const pieces: Piece[] = [];
  for (const { items, metadata } of outputs) {
    const isResult = metadata?.['outputType'] === 'execute_result';
    // Several items of one output are forms of the same, but for streams, which come in pieces.
    let texts: Piece | undefined;
    for (const item of items) {
      const stream = item.mime === STDOUT ? 'stdout' : item.mime === STDERR ? 'stderr' : undefined;
      const size = item.data.length;
      const last = pieces.at(-1);
      if (stream !== undefined && last?.stream === stream) {
        last.items.push(item);
        last.size += size;
      } else if (stream !== undefined || item.mime === ERROR) {
        pieces.push({ stream, items: [item], isResult, size });
      } else if (TEXTS.includes(item.mime) && texts !== undefined) {
        texts.items.push(item);
        texts.size += size;
      } else if (TEXTS.includes(item.mime)) {
        texts = { stream, items: [item], isResult, size };
        pieces.push(texts);
      }
    }
  }
  return pieces;
}

function whole(piece: Piece): unknown {
  if (piece.stream !== undefined) return { output_type: 'stream', name: piece.stream, text: bytes(piece, 0, piece.size).toString('utf8') };
  if (piece.items[0]?.mime === ERROR) return error(piece, true);
  const data = Object.fromEntries(piece.items.map((item) => [item.mime, Buffer.from(item.data).toString('utf8')]));
  if (piece.isResult) return { output_type: 'execute_result', data, metadata: {}, execution_count: null };
  return { output_type: 'display_data', data, metadata: {} };
}

function error(piece: Piece, all: boolean): unknown {
  const raw = bytes(piece, 0, piece.size).toString('utf8');
  let fields: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(raw);
    if (typeof parsed === 'object' && parsed !== null) fields = { ...parsed };
  } catch {
    fields = { message: raw };
  }
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '');
  const [ename, evalue, stack] = [text('name'), text('message'), text('stack')];
  if (!all) return { output_type: 'error', ename: ename.slice(0, LONGEST_MESSAGE), evalue: evalue.slice(0, LONGEST_MESSAGE), traceback: [] };
  return { output_type: 'error', ename, evalue, traceback: stack === '' ? [] : stack.split('\n') };
}

/** The bytes of a piece from `start` to `end`, without a copy of the others. */
function bytes(piece: Piece, start: number, end: number): Buffer {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { data } of piece.items) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, data.length)];
    if (from < to) parts.push(data.subarray(from, to));
    at += data.length;
  }
  return Buffer.concat(parts);
}

/** The text up to its last line end, or else up to its last whole character. */
function cutEnd(data: Buffer): string {
  return new TextDecoder().decode(data.subarray(0, data.lastIndexOf('\n') + 1 || data.length), { stream: true });
}

/** The text behind its first line end, or else from its first whole character on. */
function cutStart(data: Buffer): string {
  const line = data.indexOf('\n') + 1;
  let start = line;
  // A byte of the form 10xxxxxx goes on with a character.
  while (line === 0 && start < data.length && ((data[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return data.toString('utf8', start);
}
