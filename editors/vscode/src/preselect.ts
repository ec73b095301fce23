// Chooses this extension's kernel for Glue notebooks where the Jupyter extension has no Glue kernel to offer.
import * as vscode from 'vscode';
import { isGlueNotebook } from './glueDocument';
import { hasGlueKernel, thisPlace } from './kernelspecs';

/** The extension that runs Jupyter notebooks by itself, with the kernels that are installed. */
const OTHER_KERNELS = 'ms-toolsai.jupyter';

/** The notebooks for which this was done, in the memory of the workspace; the oldest are forgotten first. */
const DONE = 'glueLs.preselected';
const MOST = 500;

/** Whether this extension's kernel is the one to propose for a notebook: nothing else here can run it. */
export function isPreferred(notebook: vscode.NotebookDocument): boolean {
  return notebook.notebookType === 'jupyter-notebook' && isGlue(notebook) && !(hasOtherKernels() && glueKernelIsInstalled());
}

/**
 * Chooses the kernel for notebooks that come into sight, each once.
 *
 * VS Code chooses a kernel by itself only where there is no other. Beside the Jupyter extension, what is preferred stands
 * first in a list, no more. What the user has chosen stays chosen: a kernel that is selected is left alone, and one that
 * is not there yet, since its extension is still starting, was chosen after this was done for the notebook.
 */
export function preselect(kernel: { id: string; extension: string }, memory: vscode.Memento): vscode.Disposable {
  const look = (editors: readonly vscode.NotebookEditor[]) => {
    if (!hasOtherKernels()) return;
    for (const notebookEditor of editors) {
      const uri = notebookEditor.notebook.uri.toString();
      const done = memory.get<string[]>(DONE, []);
      if (done.includes(uri) || !isPreferred(notebookEditor.notebook)) continue;
      void memory.update(DONE, [...done, uri].slice(-MOST));
      void vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor, ...kernel, skipIfAlreadySelected: true });
    }
  };
  look(vscode.window.visibleNotebookEditors);
  return vscode.window.onDidChangeVisibleNotebookEditors(look);
}

function hasOtherKernels(): boolean {
  return vscode.extensions.getExtension(OTHER_KERNELS) !== undefined;
}

function glueKernelIsInstalled(): boolean {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  return hasGlueKernel(thisPlace(folders.map(({ uri }) => uri.fsPath)));
}

function isGlue(notebook: vscode.NotebookDocument): boolean {
  return isGlueNotebook(notebook.metadata, () => notebook.getCells().map(({ document }) => document.getText()));
}
