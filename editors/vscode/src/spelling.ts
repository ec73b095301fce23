// Keeps VS Code from writing `"vscode": {"languageId": "python_glue_session"}` into every cell it saves.
//
// Glue's PySpark kernel calls its language `Python_Glue_Session`. VS Code gives the cells that name in lower
// case, and when it writes the notebook it notes the language of each cell whose name is not exactly that of
// `language_info`. A cell remembers the name it was last given beside the language that the name stands for;
// where both spellings are languages (see package.json: the second one in the list is what the name stands for), giving it
// the kernel's own spelling changes the name alone. That is done just before a notebook is written, and only while
// this extension's kernel is chosen for it: another may not run cells of that name.
import * as vscode from 'vscode';
import { GLUE_LANGUAGE } from './trigger';

/** The language as the kernel spells it. */
export const KERNEL_LANGUAGE = 'Python_Glue_Session';

/** VS Code waits less than two seconds before it writes: in a larger notebook there is no time for all cells. */
const MOST_CELLS = 1000;

/** The cells whose name is being changed; VS Code closes and opens their documents meanwhile, with the same text. */
const renaming = new Set<string>();

/** The notebooks that this extension's kernel is chosen for. */
export interface Chosen {
  has(notebook: vscode.NotebookDocument): boolean;
  onChange: vscode.Event<{ notebook: vscode.NotebookDocument; selected: boolean }>;
}

export function keepCellsUnmarked(chosen: Chosen): vscode.Disposable {
  // By URI: a cell that is moved is another object.
  const renamed = new Set<string>();
  const done = new Set<string>();
  // What a file has already is left as it is.
  const leaveMarked = (notebook: vscode.NotebookDocument) =>
    notebook.getCells().filter(isMarked).forEach((cell) => done.add(uriOf(cell)));
  vscode.workspace.notebookDocuments.forEach(leaveMarked);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenNotebookDocument(leaveMarked),
    vscode.workspace.onDidCloseNotebookDocument((notebook) => {
      for (const cell of notebook.getCells()) [done, renamed].forEach((cells) => cells.delete(uriOf(cell)));
    }),
    chosen.onChange(({ notebook, selected }) => {
      if (selected) return;
      const cells = notebook.getCells().filter((cell) => renamed.delete(uriOf(cell)));
      cells.forEach((cell) => void rename(cell.document, ['python', GLUE_LANGUAGE]));
    }),
    vscode.workspace.onWillSaveNotebookDocument((event) => {
      if (event.notebook.notebookType !== 'jupyter-notebook' || !chosen.has(event.notebook) || !isOfTheKernel(event.notebook)) return;
      const cells = event.notebook.getCells().filter((cell) => cell.document.languageId === GLUE_LANGUAGE && !done.has(uriOf(cell)) && !renamed.has(uriOf(cell)));
      if (cells.length === 0 || cells.length > MOST_CELLS) return;
      event.waitUntil(Promise.all(cells.map(async (cell) => (await rename(cell.document, TWICE)) && renamed.add(uriOf(cell)))));
    }),
  );
}

/** Whether a change of documents is only that of `rename`, and nothing that the server should hear of. */
export function isRenaming(cells: readonly vscode.NotebookCell[]): boolean {
  return cells.length > 0 && cells.every((cell) => renaming.has(uriOf(cell)));
}

/** The first change tells extensions of the new name as if it were the language; the second takes that back. */
const TWICE = [KERNEL_LANGUAGE, KERNEL_LANGUAGE];

async function rename(document: vscode.TextDocument, names: readonly string[]): Promise<boolean> {
  const uri = document.uri.toString();
  renaming.add(uri);
  try {
    for (const name of names) await vscode.languages.setTextDocumentLanguage(document, name);
    return true;
  } catch {
    // The cell is gone.
    return false;
  } finally {
    renaming.delete(uri);
  }
}

function uriOf(cell: vscode.NotebookCell): string {
  return cell.document.uri.toString();
}

function isOfTheKernel({ metadata }: vscode.NotebookDocument): boolean {
  const file = metadata['metadata'] as { language_info?: { name?: unknown } } | undefined;
  return file?.language_info?.name === KERNEL_LANGUAGE;
}

function isMarked({ metadata }: vscode.NotebookCell): boolean {
  const file = metadata['metadata'] as { vscode?: { languageId?: unknown } } | undefined;
  return file?.vscode?.languageId !== undefined;
}
