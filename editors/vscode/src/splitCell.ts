// Splits a cell of a notebook, as a code action of the server asks for: the protocol has no edit for that.
import * as vscode from 'vscode';
import { parts, splitArgument } from './parts';

/** The command that the server names; see docs/lsp-extensions.md. */
export const SPLIT_CELL = 'glueLs.splitCell';

/** Splits the cell; the first part stays the cell that it was, with its outputs. A cell that has changed is left alone. */
export async function splitCell(argument: unknown): Promise<void> {
  const split = splitArgument(argument);
  const cell = split && cellOf(split.uri);
  if (split === undefined || cell === undefined) return;
  const { document } = cell;
  const made = parts(document.getText(), split);
  const [first, ...others] = made ?? [];
  if (first === undefined) {
    void vscode.window.showWarningMessage('The cell has changed meanwhile. Nothing was split; try again.');
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(new vscode.Position(0, 0), document.positionAt(document.getText().length)), first);
  const cells = others.map((text) => new vscode.NotebookCellData(cell.kind, text, document.languageId));
  edit.set(cell.notebook.uri, [vscode.NotebookEdit.insertCells(cell.index + 1, cells)]);
  if (!(await vscode.workspace.applyEdit(edit))) void vscode.window.showWarningMessage('VS Code did not take the split of the cell.');
}

function cellOf(uri: string): vscode.NotebookCell | undefined {
  // Both sides write a URI in their own way; what it means is the same.
  const wanted = vscode.Uri.parse(uri).toString();
  const cells = vscode.workspace.notebookDocuments.flatMap((notebook) => notebook.getCells());
  return cells.find((cell) => cell.document.uri.toString() === wanted);
}
