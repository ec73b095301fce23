// Since when nothing has run in a document. Knows nothing of VS Code.
import type { CellState } from './protocol';

const FINAL = ['ok', 'error', 'cancelled'];

export class Idleness {
  private readonly documents = new Map<string, { running: Set<string>; since: number | undefined }>();

  /** Takes note of where a cell stands; `now` in milliseconds since 1970. */
  told({ uri, cell, runId, state }: CellState, now: number): void {
    const document = this.documents.get(uri) ?? { running: new Set(), since: undefined };
    this.documents.set(uri, document);
    const key = `${runId} ${cell}`;
    if (!FINAL.includes(state)) {
      document.running.add(key);
      document.since = undefined;
      return;
    }
    document.running.delete(key);
    if (document.running.size === 0) document.since = now;
  }

  isRunning(uri: string): boolean {
    return (this.documents.get(uri)?.running.size ?? 0) > 0;
  }

  /** When the last cell of a document has ended; missing while one runs, and where none was seen. */
  since(uri: string): number | undefined {
    return this.documents.get(uri)?.since;
  }

  forget(uri: string): void {
    this.documents.delete(uri);
  }

  clear(): void {
    this.documents.clear();
  }
}
