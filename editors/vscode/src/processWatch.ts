// Follows the process of a server: what it writes to its standard error, and how it ends.
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How many lines are kept. */
const KEPT = 20;

/** How long the news of an end may take; languageclient itself ends a process two seconds after it has given up. */
const END_LIMIT_MS = 1500;

export interface Outcome {
  said: string[];
  ended: { code: number | null; signal: string | null } | undefined;
}

/** Where the lines go as well. */
interface Log {
  error(line: string): void;
}

export class ProcessWatch {
  private said: string[] = [];
  private ended: Outcome['ended'];
  private readonly done: Promise<void>[] = [];

  /** A process has been started. `process` is asked for it a moment later, when the client knows it. */
  begins(stderr: Readable, log: Log, process: () => ChildProcess | undefined): void {
    this.said = [];
    this.ended = undefined;
    const lines = createInterface({ input: stderr, crlfDelay: Infinity });
    lines.on('line', (line) => {
      this.said.push(line);
      if (this.said.length > KEPT) this.said.shift();
      log.error(line);
    });
    this.done.length = 0;
    this.done.push(new Promise((resolve) => lines.once('close', resolve)));
    queueMicrotask(() => {
      const started = process();
      if (started === undefined) return;
      this.done.push(
        new Promise((resolve) => {
          const end = (code: number | null, signal: string | null) => {
            this.ended = { code, signal };
            resolve();
          };
          started.once('exit', end);
        }),
      );
    });
  }

  /** What became of a process that does not answer. `ended` is undefined for one that has not ended by itself. */
  async outcome(): Promise<Outcome> {
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, END_LIMIT_MS);
    });
    await Promise.race([Promise.all(this.done), late]);
    clearTimeout(limit);
    return { said: [...this.said], ended: this.ended };
  }
}
