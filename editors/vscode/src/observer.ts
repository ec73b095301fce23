// Tells the server what other kernels do with the cells of Glue notebooks, such as AWS's own in the Jupyter extension.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import type { GlueController } from './controller';
import { isGlueNotebook } from './glueDocument';
import { OBSERVED } from './protocol';
import { textOutputs } from './textOutputs';
import { NOTEBOOK_TYPES } from './trigger';
import { type Change, Watched } from './watched';

export class Observer implements vscode.Disposable {
  private readonly watched: Watched;
  /** Whether a notebook is Glue's, once that was asked. */
  private readonly known = new WeakMap<vscode.NotebookDocument, boolean>();
  private readonly disposables: vscode.Disposable[];

  constructor(
    glue: GlueClient,
    private readonly controller: GlueController,
  ) {
    this.watched = new Watched((observed) => glue.notify(OBSERVED, observed), {
      now: () => Date.now(),
      after: (milliseconds, done) => {
        const timer = setTimeout(done, milliseconds);
        return () => clearTimeout(timer);
      },
    });
    this.disposables = [
      vscode.workspace.onDidChangeNotebookDocument((event) => this.look(event)),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => notebook.getCells().forEach((cell) => this.watched.gone(uriOf(cell)))),
    ];
  }

  dispose(): void {
    this.disposables.forEach((disposable) => disposable.dispose());
    this.watched.dispose();
  }

  private look({ notebook, metadata, contentChanges, cellChanges }: vscode.NotebookDocumentChangeEvent): void {
    if (!NOTEBOOK_TYPES.includes(notebook.notebookType)) return;
    if (metadata !== undefined) this.known.delete(notebook);
    // A moved cell is removed and added again.
    const added = new Set(contentChanges.flatMap((change) => change.addedCells).map(uriOf));
    for (const cell of contentChanges.flatMap((change) => change.removedCells)) {
      if (!added.has(uriOf(cell))) this.watched.gone(uriOf(cell));
    }
    for (const { cell, executionSummary, outputs } of cellChanges) {
      if (executionSummary === undefined && outputs === undefined) continue;
      const change: Change = {
        summary: executionSummary,
        outputs: outputs !== undefined,
        read: () => textOutputs(cell.outputs),
      };
      this.watched.changed(notebook.uri.toString(), uriOf(cell), change, () => this.isWanted(notebook, cell));
    }
  }

  /** Whether an execution that begins is of another kernel, in a Glue notebook. */
  private isWanted(notebook: vscode.NotebookDocument, cell: vscode.NotebookCell): boolean {
    return !this.controller.isChosen(notebook) && this.isGlue(notebook, cell);
  }

  /** All cells are looked at once, then only those that run. */
  private isGlue(notebook: vscode.NotebookDocument, cell: vscode.NotebookCell): boolean {
    let isGlue = this.known.get(notebook);
    isGlue ??= isGlueNotebook(notebook.metadata, () => notebook.getCells().map(({ document }) => document.getText()));
    isGlue ||= isGlueNotebook(notebook.metadata, () => [cell.document.getText()]);
    this.known.set(notebook, isGlue);
    return isGlue;
  }
}

function uriOf(cell: vscode.NotebookCell): string {
  return cell.document.uri.toString();
}
