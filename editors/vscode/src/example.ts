// Makes a notebook of a file in the notebook format. Knows nothing of VS Code.

export interface ExampleCell {
  isCode: boolean;
  text: string;
}

export interface Example {
  cells: ExampleCell[];
  /** What the notebook says of itself: kernel and language. */
  metadata: Record<string, unknown>;
  /** The language of its code, in lower case. */
  language: string;
}

/** Returns what is in the text of a notebook file, without outputs; it throws where the text is none. */
export function readExample(text: string): Example {
  const file = JSON.parse(text) as { cells?: unknown; metadata?: unknown };
  const metadata = record(file.metadata);
  const cells = (Array.isArray(file.cells) ? file.cells : []).map(record).map(({ cell_type: kind, source }) => ({
    isCode: kind === 'code',
    text: Array.isArray(source) ? source.join('') : String(source ?? ''),
  }));
  if (cells.length === 0) throw new Error('it has no cells');
  const { name } = record(metadata['language_info']);
  return { cells, metadata, language: typeof name === 'string' ? name.toLowerCase() : 'python' };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
