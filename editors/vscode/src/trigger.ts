// Decides when the server is needed: this extension is woken by every Python file, the server is not.
import * as vscode from 'vscode';
import { looksLikeGlue } from './glueDocument';

/** The notebook types whose cells the server understands. */
export const NOTEBOOK_TYPES = ['jupyter-notebook', 'interactive'];

/** The language VS Code gives to the cells of Glue's PySpark kernel (its `language_info.name`, in lower case). */
export const GLUE_LANGUAGE = 'python_glue_session';

/** The project's settings, which the server checks as well. */
export const PROJECT_FILE = 'glue-ls.toml';

/**
 * Calls `start` once, when the window has a notebook or a script that looks like Glue, then stops watching.
 *
 * Every notebook counts: whether it is Glue's depends on its kernel, its metadata and its cells, and that is
 * the server's to say. A Python file counts from the moment an edit makes it look like Glue.
 */
export function onFirstGlueDocument(start: () => void): vscode.Disposable {
  const listeners: vscode.Disposable[] = [];
  const stopWatching = () => listeners.splice(0).forEach((listener) => listener.dispose());
  const found = () => {
    stopWatching();
    start();
  };

  if (vscode.workspace.notebookDocuments.some(isNotebook) || vscode.workspace.textDocuments.some(isGlueScript)) {
    start();
  } else {
    listeners.push(
      vscode.workspace.onDidOpenNotebookDocument((notebook) => isNotebook(notebook) && found()),
      vscode.workspace.onDidOpenTextDocument((document) => isGlueScript(document) && found()),
      vscode.workspace.onDidChangeTextDocument((event) => becameGlue(event) && found()),
    );
  }
  return new vscode.Disposable(stopWatching);
}

function isNotebook(notebook: vscode.NotebookDocument): boolean {
  return NOTEBOOK_TYPES.includes(notebook.notebookType);
}

function isGlueScript(document: vscode.TextDocument): boolean {
  if (document.uri.scheme === 'file' && document.uri.path.endsWith(`/${PROJECT_FILE}`)) return true;
  return document.languageId === GLUE_LANGUAGE || (isPython(document) && looksLikeGlue(document.getText()));
}

function isPython(document: vscode.TextDocument): boolean {
  return document.languageId === 'python' && ['file', 'untitled'].includes(document.uri.scheme);
}

// A keystroke in a long file should not read the whole of it: only an edit with a sign in its own lines asks.
function becameGlue(event: vscode.TextDocumentChangeEvent): boolean {
  const { document } = event;
  if (!isPython(document)) return false;
  return event.contentChanges.some((change) => {
    const first = change.range.start.line;
    const last = first + change.text.split('\n').length;
    const lines = document.getText(new vscode.Range(first, 0, last, 0));
    return /awsglue|%|glue_/.test(lines) && looksLikeGlue(document.getText());
  });
}
