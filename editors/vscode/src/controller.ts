// The kernel that VS Code offers for Jupyter notebooks: it has the server run the cells and shows what comes of it.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import { Offers } from './offers';
import { type Output, isSame, joinStreams, streamOf } from './outputs';
import { isPreferred } from './preselect';
import { type Action, type Answer, COMMANDS, cellOutput, cellState, runAnswer } from './protocol';
import { type Execution, Runs } from './runs';
import { sentence } from './sentence';
import { KERNEL_LANGUAGE, keepCellsUnmarked } from './spelling';
import { GLUE_LANGUAGE } from './trigger';

/** The controller's id, as it is known to `notebook.selectKernel`. */
export const CONTROLLER = 'glue-ls';
export const EXTENSION = 'glue-ls.glue-ls';

export class GlueController implements vscode.Disposable {
  private readonly controller: vscode.NotebookController;
  private readonly selected = new WeakSet<vscode.NotebookDocument>();
  private readonly lastOrder = new WeakMap<vscode.NotebookDocument, number>();
  private readonly runs = new Runs((uri, cell) => this.open(uri, cell), (uri, cell, outputs) => this.restore(uri, cell, outputs));
  /** What cells are to show again once this kernel is chosen for their notebook, which may be a moment after it opens. */
  private readonly waiting = new Map<string, { uri: string; outputs: Output[] }>();
  private readonly offers = new Offers();
  /** When the execution of a cell has ended for VS Code too, which allows a cell one at a time. */
  private readonly ending = new Map<string, Promise<void>>();
  /** Cells whose cancelling was asked for in this turn, by notebook. */
  private readonly cancelling = new Map<string, Set<string>>();
  private readonly disposables: vscode.Disposable[] = [];
  private readonly ranWell = new vscode.EventEmitter<void>();
  /** A cell has run and had no error. */
  readonly onDidRunWell = this.ranWell.event;

  constructor(private readonly glue: GlueClient) {
    this.controller = vscode.notebooks.createNotebookController(CONTROLLER, 'jupyter-notebook', 'Glue (glue-ls)');
    this.controller.description = 'AWS Glue, or this machine';
    // The last is a name that cells have once they were saved; VS Code does not run a cell whose name is missing here.
    this.controller.supportedLanguages = ['python', GLUE_LANGUAGE, KERNEL_LANGUAGE];
    this.controller.supportsExecutionOrder = true;
    this.controller.executeHandler = (cells, notebook) => this.execute(cells, notebook);
    // No interruptHandler: where there is one, VS Code calls it for a single cell too and cancels no token.

    vscode.workspace.notebookDocuments.forEach((notebook) => this.prefer(notebook));
    this.disposables.push(
      this.controller,
      keepCellsUnmarked({ has: (notebook) => this.selected.has(notebook), onChange: this.controller.onDidChangeSelectedNotebooks }),
      this.controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
        if (selected) this.selected.add(notebook);
        else this.selected.delete(notebook);
        if (selected) this.restoreWaiting(notebook);
      }),
      this.ranWell,
      vscode.workspace.onDidOpenNotebookDocument((notebook) => this.prefer(notebook)),
      vscode.extensions.onDidChange(() => vscode.workspace.notebookDocuments.forEach((notebook) => this.prefer(notebook))),
      vscode.workspace.onDidChangeNotebookDocument((event) => {
        const removed = event.contentChanges.flatMap((change) => change.removedCells);
        // A moved cell is removed and added again.
        const added = new Set(event.contentChanges.flatMap((change) => change.addedCells).map(uriOf));
        this.leave(event.notebook, removed.map(uriOf).filter((cell) => !added.has(cell)));
      }),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => this.leave(notebook, notebook.getCells().map(uriOf))),
      glue.onCellState((params) => {
        const state = cellState(params);
        if (state === undefined) return;
        this.waiting.delete(state.cell);
        this.runs.state(state);
        if (state.state === 'ok') this.ranWell.fire();
        // A run is told of once, however many of its cells have missed something.
        if (state.actions.length > 0 && this.offers.isNew(`run ${state.runId}`, state.uri)) {
          void this.propose(state.message ?? 'Cells ran in a session that is gone, and this one may have missed them', state.actions);
        }
      }),
      glue.onCellOutput((params) => {
        const output = cellOutput(params);
        if (output !== undefined) this.runs.output(output);
      }),
      glue.onLost(({ replaced }) => this.lost(replaced)),
    );
  }

  dispose(): void {
    this.runs.lost();
    this.disposables.forEach((disposable) => disposable.dispose());
  }

  /** Whether this kernel is the one that is chosen for a notebook. */
  isChosen(notebook: vscode.NotebookDocument): boolean {
    return this.selected.has(notebook);
  }

  /**
   * Has the server do a command that may begin a run. What keeps it from running is shown to the user, with what
   * can be done about it; undefined then, and where the server fails.
   */
  async begin(command: string, args: unknown[]): Promise<Answer | undefined> {
    let answer;
    try {
      answer = runAnswer(await this.glue.execute(command, args));
    } catch (error) {
      this.glue.report(error);
      return undefined;
    }
    if (answer !== undefined && 'reason' in answer) {
      void this.offer(answer);
      return undefined;
    }
    // What the session showed before can be shown by its kernel only, and VS Code chooses one not before a first cell is run.
    if (answer !== undefined && command === COMMANDS.attachSession) await this.choose(args[0]);
    if (answer !== undefined && answer.actions.length > 0) void this.propose(answer.message ?? 'It has begun', answer.actions);
    return answer;
  }

  /** Chooses this kernel for the notebook that a command was about, if it is in sight. */
  private async choose(argument: unknown): Promise<void> {
    const { uri } = (typeof argument === 'object' && argument !== null ? argument : {}) as { uri?: unknown };
    const notebookEditor = vscode.window.visibleNotebookEditors.find(({ notebook }) => notebook.uri.toString() === uri);
    if (notebookEditor === undefined || notebookEditor.notebook.notebookType !== 'jupyter-notebook' || this.selected.has(notebookEditor.notebook)) return;
    await vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor, id: CONTROLLER, extension: EXTENSION });
  }

  /** Says something, with what can be done next. Nothing waits for the answer. */
  async propose(message: string, actions: Action[]): Promise<void> {
    const chosen = await vscode.window.showInformationMessage(sentence(message), ...actions.map(({ title }) => title));
    const action = actions.find(({ title }) => title === chosen);
    if (action !== undefined) await this.take(action);
  }

  private async execute(cells: readonly vscode.NotebookCell[], notebook: vscode.NotebookDocument): Promise<void> {
    const uri = notebook.uri.toString();
    const asked = this.runs.ask(uri, cells.map(uriOf));
    let answer: unknown;
    try {
      await this.glue.ready();
      // Interrupted before there was a server to ask.
      if (asked.waiting === 0) return;
      answer = await this.glue.execute(COMMANDS.runCell, [{ uri, cells: cells.map(uriOf) }]);
    } catch (error) {
      // Where nothing waits any more, the end of the server was told already.
      if (asked.waiting > 0) this.glue.report(error);
      asked.refused(true);
      return;
    }
    const run = runAnswer(answer);
    if (run !== undefined && 'runId' in run) {
      asked.accepted(run.runId);
      return;
    }
    asked.refused(false);
    await this.offer(run ?? { reason: 'not-runnable', message: 'The server does not run cells. Is it of the same version as the extension?', actions: [] });
  }

  /** Shows why a run does not begin. Nothing waits for the user's choice but what was chosen. */
  private async offer({ reason, message, actions }: Exclude<Answer, { runId: number }>): Promise<void> {
    // Any number of them: more than a message can hold.
    if (reason === 'choose' && actions.length > 0) {
      const picked = await vscode.window.showQuickPick(actions.map((action) => ({ label: action.title, action })), { title: message });
      if (picked !== undefined) await this.take(picked.action);
      return;
    }
    const show = reason === 'unapplied-settings' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
    const trust = reason === 'untrusted' ? ['Manage Workspace Trust'] : [];
    const chosen = await show(sentence(message), ...trust, ...actions.map(({ title }) => title));
    const action = actions.find(({ title }) => title === chosen);
    if (action !== undefined) await this.take(action);
    else if (chosen !== undefined) await vscode.commands.executeCommand('workbench.trust.manage');
  }

  private async take({ command, arguments: args }: Action): Promise<void> {
    // What runs is told cell by cell, and shows from then on.
    await this.begin(command, args);
  }

  private open(uri: string, cellUri: string): Shown | undefined {
    const notebook = vscode.workspace.notebookDocuments.find((notebook) => notebook.uri.toString() === uri);
    const cell = notebook?.getCells().find((cell) => uriOf(cell) === cellUri);
    if (notebook === undefined || cell === undefined || !this.selected.has(notebook)) return undefined;
    const create = () => {
      try {
        const execution = this.controller.createNotebookCellExecution(cell);
        execution.token.onCancellationRequested(() => this.cancel(uri, cellUri));
        return execution;
      } catch {
        // Another kernel was chosen, or the notebook closed, a moment ago.
        return undefined;
      }
    };
    const execution = this.ending.get(cellUri)?.then(create) ?? create();
    if (execution === undefined) return undefined;

    const nextOrder = () => {
      const order = (this.lastOrder.get(notebook) ?? 0) + 1;
      this.lastOrder.set(notebook, order);
      return order;
    };
    let ended = () => {};
    const end = new Promise<void>((resolve) => { ended = resolve; });
    this.ending.set(cellUri, end);
    void end.then(() => {
      if (this.ending.get(cellUri) === end) this.ending.delete(cellUri);
    });
    return new Shown(execution, nextOrder, ended);
  }

  /** Shows outputs of before in a cell, where they are not there already: a file may have them, or the window kept them. */
  private restore(uri: string, cellUri: string, outputs: Output[]): void {
    const notebook = vscode.workspace.notebookDocuments.find((notebook) => notebook.uri.toString() === uri);
    const cell = notebook?.getCells().find((cell) => uriOf(cell) === cellUri);
    if (notebook === undefined || cell === undefined) return;
    if (!this.selected.has(notebook)) {
      this.waiting.set(cellUri, { uri, outputs });
      return;
    }
    if (isSame(outputs, cell.outputs.map(({ items }) => items))) return;
    this.open(uri, cellUri)?.restore(outputs);
  }

  private restoreWaiting(notebook: vscode.NotebookDocument): void {
    const uri = notebook.uri.toString();
    for (const [cell, kept] of [...this.waiting].filter(([, kept]) => kept.uri === uri)) {
      this.waiting.delete(cell);
      this.restore(uri, cell, kept.outputs);
    }
  }

  /** VS Code cancels cell by cell also where all are meant; what is cancelled together is told together. */
  private cancel(uri: string, cell: string): void {
    const together = this.cancelling.get(uri);
    if (together !== undefined) {
      together.add(cell);
      return;
    }
    const cells = new Set([cell]);
    this.cancelling.set(uri, cells);
    setImmediate(() => {
      this.cancelling.delete(uri);
      if (!this.glue.running) {
        cells.forEach((cell) => this.runs.forget(cell));
        return;
      }
      // Not what ended meanwhile: a cell that is deleted is cancelled by `leave`.
      const left = [...cells].filter((cell) => this.runs.has(cell));
      if (left.length === 0) return;
      const wanted = this.runs.active(uri) === left.length ? [{ uri }] : left.map((cell) => ({ uri, cell }));
      wanted.forEach((argument) => this.glue.execute(COMMANDS.cancel, [argument]).catch((error: unknown) => this.glue.report(error)));
    });
  }

  /** Ends what runs in cells that are gone, here and on the server. */
  private leave(notebook: vscode.NotebookDocument, cells: string[]): void {
    const uri = notebook.uri.toString();
    cells.forEach((cell) => this.waiting.delete(cell));
    for (const cell of cells.filter((cell) => this.runs.has(cell))) {
      // Others may wait for what the notebook only follows.
      const followed = this.runs.follows(cell);
      const runId = this.runs.forget(cell);
      if (this.glue.running && !followed) void this.cancelGone(uri, cell, runId);
    }
  }

  /** The server may know the cell no more by now: then its whole run is cancelled, rather than left to run on unseen. */
  private async cancelGone(uri: string, cell: string, runId: number | undefined): Promise<void> {
    try {
      const answer = (await this.glue.execute(COMMANDS.cancel, [{ uri, cell }])) as { cancelled?: unknown } | null;
      if (answer?.cancelled !== 0) return;
    } catch {
      // As if there had been nothing to cancel.
    }
    if (runId !== undefined) await this.glue.execute(COMMANDS.cancel, [{ runId }]).catch((error: unknown) => this.glue.report(error));
  }

  private lost(replaced: boolean): void {
    this.waiting.clear();
    this.offers.clear();
    const count = this.runs.lost(replaced);
    if (count === 0) return;
    const cells = count === 1 ? 'the cell that was running' : `${count} cells that were running or waiting`;
    void vscode.window.showErrorMessage(`The Glue server ended: ${cells} did not finish. Run them again when it is back.`);
  }

  /**
   * Proposes this kernel for a Glue notebook where nothing else can run it: not where the Jupyter extension has a Glue
   * kernel on this machine. Whatever the user chooses stays chosen.
   */
  private prefer(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== 'jupyter-notebook') return;
    const { Preferred, Default } = vscode.NotebookControllerAffinity;
    this.controller.updateNotebookAffinity(notebook, isPreferred(notebook) ? Preferred : Default);
  }
}

/**
 * An execution in VS Code. A cell that is deleted while it runs refuses what comes: there is nobody to tell.
 *
 * One change waits for the other. VS Code lets an output be added to at any time, but where the output itself is
 * not in the notebook yet, extensions see the addition twice; besides, what a cell prints in the meantime comes
 * together in one change.
 */
class Shown implements Execution {
  private last: Promise<void> | undefined;
  /** What is to be added after the change in progress. */
  private waiting: Output[] = [];
  /** The output that the next piece of the same stream belongs to. */
  private stream: { name: string; output: vscode.NotebookCellOutput } | undefined;

  /** `execution` is a promise while the cell's earlier one comes to its end. */
  constructor(
    private execution: vscode.NotebookCellExecution | Promise<vscode.NotebookCellExecution | undefined>,
    private readonly nextOrder: () => number,
    private readonly ended: () => void,
  ) {}

  start(at: number): void {
    this.next((execution) => {
      execution.start(at);
      execution.executionOrder = this.nextOrder();
      return execution.clearOutput();
    });
  }

  replace(outputs: Output[]): void {
    // What was to be added before is not, and what comes from now on waits for this.
    this.waiting.length = 0;
    this.waiting = [];
    this.next((execution) => {
      this.stream = undefined;
      return execution.replaceOutput(outputs.map((output) => this.shown(output)));
    });
  }

  append(outputs: Output[]): void {
    const { waiting } = this;
    const isFirst = waiting.length === 0;
    waiting.push(...outputs);
    if (!isFirst || outputs.length === 0) return;
    this.next(async (execution) => {
      for (const output of joinStreams(waiting.splice(0))) {
        const name = streamOf(output);
        if (name !== undefined && this.stream?.name === name) {
          await execution.appendOutputItems(output.items.map(shownItem), this.stream.output);
        } else {
          await execution.appendOutput(this.shown(output));
        }
      }
    });
  }

  end(success: boolean | undefined, at: number): void {
    this.next((execution) => execution.end(success, at));
    if (this.last === undefined) this.ended();
    else void this.last.then(this.ended);
  }

  /** Shows outputs that no run has brought, and ends: the cell has no number, time or mark of a run. */
  restore(outputs: Output[]): void {
    this.next((execution) => {
      execution.start();
      return execution.replaceOutput(outputs.map((output) => this.shown(output)));
    });
    this.next((execution) => execution.end(undefined));
    void this.last?.then(this.ended);
  }

  private shown(output: Output): vscode.NotebookCellOutput {
    const shown = new vscode.NotebookCellOutput(output.items.map(shownItem), output.metadata);
    const name = streamOf(output);
    this.stream = name === undefined ? undefined : { name, output: shown };
    return shown;
  }

  /** Makes a change, at once if none is in progress. */
  private next(change: (execution: vscode.NotebookCellExecution) => Thenable<void> | void): void {
    const attempt = async (execution: vscode.NotebookCellExecution | undefined) => {
      try {
        if (execution !== undefined) await change(execution);
      } catch {
        // See the class.
      }
    };
    const { execution, last } = this;
    const done = last !== undefined ? last.then(async () => attempt(await execution)) : execution instanceof Promise ? execution.then(attempt) : attempt(execution);
    this.last = done;
    void done.then(() => {
      if (this.last === done) this.last = undefined;
    });
  }
}

function shownItem({ mime, data }: Output['items'][number]): vscode.NotebookCellOutputItem {
  return new vscode.NotebookCellOutputItem(data, mime);
}

function uriOf(cell: vscode.NotebookCell): string {
  return cell.document.uri.toString();
}
