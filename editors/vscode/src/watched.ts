// What other kernels do with cells, told as they do it. Knows nothing of VS Code but what its events tell.
//
// An execution of another extension is not told of as such, only what it changes in the cell. Making it empties the
// summary; so does clearing the outputs. Starting it changes nothing that can be seen, nor does ending it without a
// success, as where a kernel is restarted. In between come the number, which a kernel gives as it begins, and outputs;
// in the end the time and the success. So a cell counts as running from its number on, or, where it gets none, at its end.

/** A cell's summary as VS Code has it. */
export interface Summary {
  readonly executionOrder?: number | undefined;
  readonly success?: boolean | undefined;
  readonly timing?: { readonly startTime: number; readonly endTime: number } | undefined;
}

/** What the server is told; see `glue-ls/observed`. */
export interface Observed {
  uri: string;
  cell: string;
  /** Of the notebook format. */
  outputs: unknown[];
  /** Null while the cell runs. */
  success: boolean | null;
  executionOrder: number | null;
  /** Milliseconds since 1970. */
  startedAt: number | null;
  endedAt: number | null;
}

export interface Change {
  /** Missing where it has not changed. */
  summary?: Summary | undefined;
  /** Whether the outputs have changed. */
  outputs: boolean;
  /** The outputs as they are when this is called, of the notebook format. */
  read: () => unknown[];
}

export interface Clock {
  now(): number;
  /** Calls `done` after some milliseconds, unless what it returns is called before. */
  after(milliseconds: number, done: () => void): () => void;
}

/** The shortest time between two notifications of a cell that runs, in milliseconds. */
const PAUSE = 1000;

interface Entry {
  uri: string;
  cell: string;
  order: number | undefined;
  /** Counts the cells that were seen to run; missing until it is. */
  turn: number | undefined;
  startedAt: number | undefined;
  /** When it was told of last. */
  toldAt: number;
  /** Takes back what is to be told later. */
  later: (() => void) | undefined;
  read: () => unknown[];
}

export class Watched {
  /** By the cell's URI. */
  private readonly entries = new Map<string, Entry>();
  private turns = 0;

  constructor(
    private readonly tell: (observed: Observed) => void,
    private readonly clock: Clock,
  ) {}

  /** A cell has changed. `wanted` is called where that may be the begin of an execution. */
  changed(uri: string, cell: string, change: Change, wanted: () => boolean): void {
    const { summary } = change;
    const entry = this.entries.get(cell);
    if (summary !== undefined && isEmpty(summary)) {
      // If one runs, it has never been told to end; if one is only made, it may be another kernel's turn by now.
      if (entry !== undefined) this.end(entry, false);
      if (wanted()) this.make(uri, cell, change.read);
      return;
    }
    if (entry === undefined) return;
    entry.read = change.read;
    if (summary !== undefined) {
      entry.order = summary.executionOrder ?? entry.order;
      this.run(entry);
    }
    if (summary?.success !== undefined || summary?.timing !== undefined) this.end(entry, summary.success === true, summary.timing);
    else if (change.outputs && entry.turn !== undefined) this.soon(entry);
  }

  /** A cell is gone, or its notebook; what ran in it has ended as far as anybody can see. */
  gone(cell: string): void {
    const entry = this.entries.get(cell);
    if (entry !== undefined) this.end(entry, false);
  }

  /** Tells nothing more. */
  dispose(): void {
    for (const entry of this.entries.values()) entry.later?.();
    this.entries.clear();
  }

  private make(uri: string, cell: string, read: () => unknown[]): void {
    this.entries.set(cell, { uri, cell, order: undefined, turn: undefined, startedAt: undefined, toldAt: 0, later: undefined, read });
  }

  private run(entry: Entry): void {
    if (entry.turn !== undefined) return;
    this.turns += 1;
    entry.turn = this.turns;
    entry.startedAt = this.clock.now();
    this.send(entry, [], null, null);
  }

  /** Tells what a running cell shows, at once or when enough time has passed. */
  private soon(entry: Entry): void {
    if (entry.later !== undefined) return;
    const show = () => {
      entry.later = undefined;
      this.send(entry, entry.read(), null, null);
    };
    const wait = entry.toldAt + PAUSE - this.clock.now();
    if (wait <= 0) show();
    else entry.later = this.clock.after(wait, show);
  }

  private end(entry: Entry, success: boolean, timing?: Summary['timing']): void {
    entry.later?.();
    this.entries.delete(entry.cell);
    const { turn } = entry;
    if (turn === undefined) return;
    // A kernel runs one cell at a time: one that began before this and was never told to end has ended.
    const earlier = [...this.entries.values()].filter((other) => other.uri === entry.uri && other.turn !== undefined && other.turn < turn);
    earlier.forEach((other) => this.end(other, false));
    // The begin stays as it was told: another one would be another execution.
    this.send(entry, entry.read(), success, timing?.endTime ?? this.clock.now());
  }

  private send(entry: Entry, outputs: unknown[], success: boolean | null, endedAt: number | null): void {
    entry.toldAt = this.clock.now();
    const { uri, cell, order, startedAt } = entry;
    this.tell({ uri, cell, outputs, success, executionOrder: order ?? null, startedAt: startedAt ?? null, endedAt });
  }
}

function isEmpty({ executionOrder, success, timing }: Summary): boolean {
  return executionOrder === undefined && success === undefined && timing === undefined;
}
