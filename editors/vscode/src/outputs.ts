// Turns outputs of the notebook format into what VS Code shows, and what it writes as the same outputs again.
// Knows nothing of VS Code but the names of its own MIME types.

export const STDOUT = 'application/vnd.code.notebook.stdout';
export const STDERR = 'application/vnd.code.notebook.stderr';
/**
 * Text with tables as HTML, which our own renderer shows. Not `text/html`: VS Code takes MIME types that it does not know
 * before those it does, and streams are among the first.
 */
export const TABLES = 'application/vnd.glue-ls.tables+html';
export const ERROR = 'application/vnd.code.notebook.error';

export interface Item {
  mime: string;
  data: Uint8Array;
}

/** One output. The metadata is what VS Code's own writer of notebooks looks at; without it a stream would be written as display data. */
export interface Output {
  items: Item[];
  metadata: Record<string, unknown>;
}

/** What VS Code should show first, where there are several forms of the same. */
const ORDER = ['application/vnd.', 'application/geo+json', 'text/html', 'image/gif', 'text/latex', 'text/markdown', 'image/', 'application/json', 'text/'];

const encoder = new TextEncoder();

/**
 * Returns the outputs that can be shown, in their order, neighbouring pieces of one stream as one. `tables` are outputs
 * as HTML, by their place: they come before the text, which stays what is saved.
 */
export function convert(outputs: readonly unknown[], tables?: ReadonlyMap<number, string>): Output[] {
  const one = (output: unknown, index: number): Output[] => {
    const converted = convertOne(output);
    const html = tables?.get(index);
    if (converted === undefined) return [];
    if (html === undefined) return [converted];
    return [{ ...converted, items: [{ mime: TABLES, data: encoder.encode(html) }, ...converted.items] }];
  };
  return joinStreams(outputs.flatMap(one));
}

/** Whether a cell shows just these outputs already. One of a stream may have come in pieces. */
export function isSame(outputs: readonly Output[], shown: readonly (readonly Item[])[]): boolean {
  const pieces = (items: readonly Item[]) => {
    const all: { mime: string; parts: Uint8Array[] }[] = [];
    for (const { mime, data } of items) {
      const last = all.at(-1);
      const continues = last?.mime === mime && (mime === STDOUT || mime === STDERR);
      if (continues) last.parts.push(data);
      else all.push({ mime, parts: [data] });
    }
    return all.map(({ mime, parts }) => ({ mime, data: Buffer.concat(parts) }));
  };
  return outputs.length === shown.length && outputs.every(({ items }, index) => {
    const [ours, theirs] = [pieces(items), pieces(shown[index] ?? [])];
    return ours.length === theirs.length && ours.every(({ mime, data }, at) => mime === theirs[at]?.mime && data.equals(theirs[at].data));
  });
}

/** Makes one output of neighbouring pieces of one stream. */
export function joinStreams(outputs: readonly Output[]): Output[] {
  const joined: Output[] = [];
  for (const output of outputs) {
    const last = joined.at(-1);
    const stream = streamOf(output);
    if (last !== undefined && stream !== undefined && streamOf(last) === stream) last.items.push(...output.items);
    else joined.push({ ...output, items: [...output.items] });
  }
  return joined;
}

/** The stream that an output is a piece of, by its MIME type. One that is shown as HTML stands for itself. */
export function streamOf(output: Output): string | undefined {
  const mime = output.items[0]?.mime;
  return mime === STDOUT || mime === STDERR ? mime : undefined;
}

/** A sentence of the server's own, for a cell that failed without an output. */
export function failure(message: string): unknown {
  return { output_type: 'error', ename: 'Glue', evalue: message, traceback: [] };
}

function convertOne(raw: unknown): Output | undefined {
  if (!isObject(raw)) return undefined;
  switch (raw['output_type']) {
    case 'stream': {
      const mime = raw['name'] === 'stderr' ? STDERR : STDOUT;
      return { items: [{ mime, data: encoder.encode(joined(raw['text'])) }], metadata: { outputType: 'stream' } };
    }
    case 'error': {
      const [ename, evalue] = [joined(raw['ename']), joined(raw['evalue'])];
      const traceback = Array.isArray(raw['traceback']) ? raw['traceback'].map(joined) : [];
      // Without a stack VS Code shows the name and the message.
      const error = { name: ename, message: evalue, stack: traceback.length ? traceback.join('\n') : undefined };
      return {
        items: [{ mime: ERROR, data: encoder.encode(JSON.stringify(error)) }],
        metadata: { outputType: 'error', originalError: { output_type: 'error', ename, evalue, traceback } },
      };
    }
    case 'execute_result':
      return displayed(raw, { outputType: 'execute_result', executionCount: raw['execution_count'] ?? null });
    case 'display_data':
    case 'update_display_data':
      return displayed(raw, { outputType: 'display_data' });
    default:
      return undefined;
  }
}

function displayed(raw: Record<string, unknown>, metadata: Record<string, unknown>): Output | undefined {
  const data = isObject(raw['data']) ? raw['data'] : {};
  const rank = (mime: string) => {
    const at = ORDER.findIndex((start) => mime.startsWith(start));
    return at === -1 ? ORDER.length : at;
  };
  const items = Object.entries(data)
    .map(([mime, value]) => ({ mime, data: bytes(mime, value) }))
    .sort((a, b) => rank(a.mime) - rank(b.mime));
  if (items.length === 0) return undefined;
  return { items, metadata: { ...metadata, metadata: isObject(raw['metadata']) ? raw['metadata'] : {} } };
}

function bytes(mime: string, value: unknown): Uint8Array {
  const isText = typeof value === 'string' || (Array.isArray(value) && value.every((line) => typeof line === 'string'));
  if (isJson(mime) || !isText) return encoder.encode(JSON.stringify(value ?? null));
  if (mime.startsWith('image/') && mime !== 'image/svg+xml') return new Uint8Array(Buffer.from(joined(value), 'base64'));
  return encoder.encode(joined(value));
}

function isJson(mime: string): boolean {
  return mime === 'application/json' || mime.endsWith('+json');
}

/** A text of the notebook format: one string or a list of them. */
function joined(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.filter((part) => typeof part === 'string').join('') : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
