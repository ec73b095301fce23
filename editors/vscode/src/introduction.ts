// What leads a new user in: the walkthrough's commands, and what it counts as done.
import * as vscode from 'vscode';
import { readExample } from './example';
import { EXTENSION } from './controller';

/** What the walkthrough asks for: that a cell has run well. */
const HAS_RUN = 'glueLs.hasRunCell';

/** Whatever can tell that a cell has run well with this extension's kernel. */
export interface Runner {
  readonly onDidRunWell: vscode.Event<void>;
}

export function introduce(context: vscode.ExtensionContext, runner: Runner): vscode.Disposable[] {
  // VS Code marks a step when the value changes, and never one whose value was there when it first looked at the steps.
  const mark = async () => {
    await vscode.commands.executeCommand('setContext', HAS_RUN, true);
    await vscode.commands.executeCommand('setContext', HAS_RUN, false);
  };
  return [
    runner.onDidRunWell(() => {
      if (context.globalState.get(HAS_RUN) !== true) void context.globalState.update(HAS_RUN, true);
      void mark();
    }),
    vscode.commands.registerCommand('glueLs.openExample', () => openExample(context)),
    vscode.commands.registerCommand('glueLs.openWalkthrough', async () => {
      await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${EXTENSION}#glueLs.start`, false);
      if (context.globalState.get(HAS_RUN) === true) await mark();
    }),
  ];
}

/** Opens a copy of the first example, which is in no file until it is saved. */
async function openExample(context: vscode.ExtensionContext): Promise<void> {
  const file = vscode.Uri.joinPath(context.extensionUri, 'dist', 'quickstart.ipynb');
  try {
    const { cells, metadata, language } = readExample(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
    const { Code, Markup } = vscode.NotebookCellKind;
    const data = new vscode.NotebookData(cells.map(({ isCode, text }) => new vscode.NotebookCellData(isCode ? Code : Markup, text, isCode ? language : 'markdown')));
    // VS Code keeps the metadata of the file one level down.
    data.metadata = { metadata };
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', data);
    await vscode.window.showNotebookDocument(notebook, { preview: false });
  } catch (error) {
    void vscode.window.showErrorMessage(`The example could not be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
}
