// Which cells are being run, and what the server's notifications make of them. Knows nothing of VS Code.
import { type Output, convert, failure } from './outputs';
import type { CellOutput, CellState } from './protocol';

/** A cell being run, on the screen: pending when it is made, until it is started. */
export interface Execution {
  /** Shows it as running since then (milliseconds since 1970), without its old outputs. */
  start(at: number): void;
  replace(outputs: Output[]): void;
  append(outputs: Output[]): void;
  /** `success` undefined: neither done nor failed, as if it had not been run. */
  end(success: boolean | undefined, at: number): void;
}

/** Makes the execution of a cell; undefined where there is no such cell, or another kernel runs it. */
export type Open = (uri: string, cell: string) => Execution | undefined;

/** Has a cell show outputs that no run has brought. */
export type Restore = (uri: string, cell: string, outputs: Output[]) => void;

/** Stands for the run of a statement that nobody here has asked for: less than the number of any run. */
const FOLLOWED = -1;

/** The service's words for statements that have not ended. */
const LIVE: ReadonlySet<string> = new Set(['WAITING', 'RUNNING', 'CANCELLING']);

/** Those for ends that say whether it went well. */
const DONE: ReadonlyMap<string, boolean> = new Map([
  ['AVAILABLE', true],
  ['COMPLETED', true],
  ['ERROR', false],
  ['FAILED', false],
]);

interface Entry {
  uri: string;
  cell: string;
  /** Missing until the server has answered. */
  runId: number | undefined;
  started: boolean;
  hasOutput: boolean;
  execution: Execution;
}

/** A run that was asked for and not answered yet. */
export interface Asked {
  /** How many of its cells still wait for the answer. */
  readonly waiting: number;
  accepted(runId: number): void;
  /** It does not begin: its cells are as they were (`failed`: marked as failed). */
  refused(failed: boolean): void;
}

export class Runs {
  /** By the cell's URI: VS Code allows a cell one execution at a time. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly open: Open,
    private readonly restored: Restore,
  ) {}

  /** How many cells wait or run, in all notebooks or in one. */
  active(uri?: string): number {
    return [...this.entries.values()].filter((entry) => uri === undefined || entry.uri === uri).length;
  }

  has(cell: string): boolean {
    return this.entries.has(cell);
  }

  /** Shows the cells of a run as pending before the server is asked for it. */
  ask(uri: string, cells: readonly string[]): Asked {
    const asked = cells.flatMap((cell) => this.add(uri, cell, undefined) ?? []);
    const waiting = () => asked.filter((entry) => entry.runId === undefined && this.entries.get(entry.cell) === entry);
    return {
      get waiting() { return waiting().length; },
      accepted: (runId) => waiting().forEach((entry) => { entry.runId = runId; }),
      refused: (failed) => waiting().forEach((entry) => this.end(entry, failed ? false : undefined)),
    };
  }

  state(now: CellState): void {
    const isFinal = now.state === 'ok' || now.state === 'error' || now.state === 'cancelled';
    // A cell that still runs may wait for its next run: that shows once the first has ended.
    if (now.state === 'queued' && this.entries.get(now.cell)?.runId !== undefined) return;
    const entry = this.entryOf(now, !isFinal);
    if (entry === undefined || now.state === 'queued') return;

    if (!isFinal) {
      this.start(entry, now.startedAt);
      return;
    }
    if (now.state !== 'cancelled' || now.startedAt !== undefined) this.start(entry, now.startedAt);
    // A cell that failed with nothing to show for it would leave the user without a reason.
    if (now.state === 'error' && !entry.hasOutput && now.message !== undefined) entry.execution.append(convert([failure(now.message)]));
    const ended = now.startedAt !== undefined && now.elapsedMs !== undefined ? now.startedAt + now.elapsedMs : undefined;
    this.end(entry, now.state === 'ok' ? true : entry.started ? false : undefined, ended);
  }

  output(now: CellOutput): void {
    const { runId } = now;
    if (runId === undefined) {
      this.restore(now);
      return;
    }
    const entry = this.entryOf({ ...now, runId }, true);
    if (entry === undefined) return;
    // VS Code takes outputs of a started cell only.
    this.start(entry, undefined);
    const outputs = convert(now.outputs, now.tables);
    entry.hasOutput = outputs.length > 0 || (entry.hasOutput && !now.replace);
    if (now.replace) entry.execution.replace(outputs);
    else if (outputs.length > 0) entry.execution.append(outputs);
  }

  /** What a cell waits for, or is about to show, counts for more than what was. What still runs is shown as running. */
  private restore(now: CellOutput): void {
    const outputs = convert(now.outputs, now.tables);
    const live = now.restored !== undefined && LIVE.has(now.restored.state);
    const known = this.entries.get(now.cell);
    if (known !== undefined && known.runId !== FOLLOWED) return;
    const entry = known ?? (live ? this.add(now.uri, now.cell, FOLLOWED) : undefined);
    if (entry === undefined) {
      this.restored(now.uri, now.cell, outputs);
      return;
    }
    this.start(entry, now.restored?.startedAt);
    entry.execution.replace(outputs);
    if (live) return;
    // A statement that raised is available too.
    const raised = now.outputs.some((output) => (output as { output_type?: unknown } | null)?.output_type === 'error');
    const done = DONE.get(now.restored?.state ?? '');
    const success = done === true ? !raised : done;
    this.end(entry, success, now.restored?.completedAt);
  }

  /** Whether a cell is shown as running because a session runs it that the notebook has come to. */
  follows(cell: string): boolean {
    return this.entries.get(cell)?.runId === FOLLOWED;
  }

  /**
   * Ends the execution of a cell that is no longer there; what the server says of it later is passed over. Returns
   * the run it was part of, if that has begun.
   */
  forget(cell: string): number | undefined {
    const entry = this.entries.get(cell);
    if (entry !== undefined) this.end(entry, entry.started ? false : undefined);
    return entry?.runId === FOLLOWED ? undefined : entry?.runId;
  }

  /**
   * The server is gone: everything ends as failed, but, where another server is there at once, what was not answered yet:
   * that is asked of it, or refused. Returns how many cells have ended.
   */
  lost(replaced = false): number {
    const entries = [...this.entries.values()].filter(({ runId }) => runId !== undefined || !replaced);
    entries.forEach((entry) => this.end(entry, false));
    return entries.length;
  }

  /** The entry that a notification speaks of; made, if wanted, for a cell that nobody here asked to run. */
  private entryOf(now: { uri: string; cell: string; runId: number }, make: boolean): Entry | undefined {
    const entry = this.entries.get(now.cell);
    if (entry === undefined) return make ? this.add(now.uri, now.cell, now.runId) : undefined;
    entry.runId ??= now.runId;
    if (entry.runId === now.runId) return entry;
    // Of an earlier run, or of a later one whose predecessor was never ended.
    if (now.runId < entry.runId || !make) return undefined;
    this.end(entry, undefined);
    return this.add(now.uri, now.cell, now.runId);
  }

  private add(uri: string, cell: string, runId: number | undefined): Entry | undefined {
    if (this.entries.has(cell)) return undefined;
    const execution = this.open(uri, cell);
    if (execution === undefined) return undefined;
    const entry = { uri, cell, runId, started: false, hasOutput: false, execution };
    this.entries.set(cell, entry);
    return entry;
  }

  private start(entry: Entry, at: number | undefined): void {
    if (entry.started) return;
    entry.started = true;
    entry.execution.start(at ?? Date.now());
  }

  private end(entry: Entry, success: boolean | undefined, at?: number): void {
    this.entries.delete(entry.cell);
    entry.execution.end(success, at ?? Date.now());
  }
}
