// The views *Connections* and *Databases*: what the account has, to be copied and written into cells. The server is asked
// when somebody looks, and answers at once with what it knows; it tells when it knows more.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import type { GlueController } from './controller';
import { type Insertion, type Place, insertion, ownCell } from './insertion';
import { type Name, type NameKind, type NameList, Lists, type Note, copied, inside, nameList, notes, unavailable } from './names';
import { COMMANDS, cellState } from './protocol';
import { sentence } from './sentence';
import { GLUE_LANGUAGE, NOTEBOOK_TYPES } from './trigger';

type Row = Name | Note;

/** Does what a row offers; of these views only. */
const ACTION = 'glueLs.names.action';

const ICONS: Record<NameKind, string> = { connections: 'plug', databases: 'database', tables: 'table', columns: 'symbol-field' };

const isName = (row: Row): row is Name => 'kind' in row;

export class NamesViews implements vscode.Disposable {
  private readonly views: NamesView[];
  private readonly disposables: vscode.Disposable[];
  /** The last document of Glue's that was in front: whose account it is may depend on it. */
  private document: string | undefined;

  /** `refreshed` tells that the user has had the account fetched again. */
  constructor(
    private readonly glue: GlueClient,
    controller: GlueController,
    refreshed: vscode.Event<void>,
  ) {
    this.document = glueDocument();
    const ask = (wanted: object) => this.glue.execute(COMMANDS.listNames, [{ ...wanted, ...(this.document === undefined ? {} : { uri: this.document }) }]);
    this.views = [new NamesView('connections', ask), new NamesView('databases', ask)];
    const each = (done: (view: NamesView) => void) => () => this.views.forEach(done);
    const command = (id: string, done: (name: Name) => unknown) =>
      vscode.commands.registerCommand(id, (row?: Row) => (row !== undefined && isName(row) ? done(row) : undefined));
    const moved = () => {
      const document = glueDocument();
      if (document === undefined || document === this.document) return;
      this.document = document;
      this.views.forEach((view) => view.again());
    };
    this.disposables = [
      ...this.views,
      command('glueLs.names.copy', (name) => vscode.env.clipboard.writeText(copied(name))),
      command('glueLs.names.insert', insert),
      vscode.commands.registerCommand(ACTION, (row?: Note) => row?.action && controller.begin(row.action.command, row.action.arguments)),
      vscode.window.onDidChangeActiveNotebookEditor(moved),
      vscode.window.onDidChangeActiveTextEditor(moved),
      glue.onAccountNews(each((view) => view.news())),
      // Whoever has run a cell that names an identity has allowed it.
      glue.onCellState((params) => {
        if (cellState(params)?.state === 'ok') this.views.forEach((view) => view.news());
      }),
      glue.onLost(each((view) => view.clear())),
      refreshed(each((view) => view.again())),
    ];
  }

  dispose(): void {
    this.disposables.forEach((disposable) => disposable.dispose());
  }
}

class NamesView implements vscode.Disposable, vscode.TreeDataProvider<Row> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Row>;
  private readonly lists: Lists;
  /** Whether something may have changed while nobody looked. */
  private isOld = false;

  constructor(
    private readonly kind: 'connections' | 'databases',
    ask: (wanted: object) => Promise<unknown>,
  ) {
    this.lists = new Lists(async (wanted) => {
      try {
        return nameList(await ask(wanted), wanted) ?? unavailable('The server does not list names. Is it of the same version as the extension?');
      } catch (error) {
        return unavailable(error instanceof Error && error.message !== '' ? error.message : 'There is no Glue server to ask.');
      }
    }, () => this.changed.fire());
    this.view = vscode.window.createTreeView<Row>(`glueLs.${kind}`, { treeDataProvider: this, showCollapseAll: kind === 'databases' });
    this.view.onDidChangeVisibility(({ visible }) => {
      if (!visible) this.isOld = true;
      else if (this.isOld) this.again();
    });
  }

  dispose(): void {
    this.view.dispose();
    this.changed.dispose();
  }

  /** More is known now. */
  news(): void {
    if (!this.view.visible) this.isOld = true;
    else if (this.lists.isEmpty) this.changed.fire();
    else this.lists.news();
  }

  /** All may be other than it was. */
  again(): void {
    this.isOld = !this.view.visible;
    if (this.isOld) return;
    if (this.lists.isEmpty) this.changed.fire();
    else this.lists.again();
  }

  /** Whoever was asked is gone. What is in sight stays until there is somebody to ask: asking would start a server that was just stopped. */
  clear(): void {
    this.lists.clear();
    this.isOld = true;
  }

  async getChildren(row?: Row): Promise<Row[]> {
    const wanted = row === undefined ? { kind: this.kind } : isName(row) ? inside(row) : undefined;
    if (wanted === undefined) return [];
    const list = await this.lists.get(wanted);
    const above = notes(list, wanted.kind, sentence);
    if (row !== undefined) return [...above, ...list.items];
    this.view.description = describe(list);
    // What is wrong has more words than a row has room for.
    this.view.message = list.state === 'unavailable' ? (above[0]?.tooltip ?? '').replace('\n\n', ' ') : '';
    return [...(list.state === 'unavailable' ? above.filter(({ action }) => action !== undefined) : above), ...list.items];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    if (!isName(row)) {
      const item = new vscode.TreeItem(row.label, None);
      item.tooltip = row.tooltip;
      item.iconPath = new vscode.ThemeIcon(row.icon);
      if (row.action !== undefined) item.command = { title: row.label, command: ACTION, arguments: [row] };
      return item;
    }
    const item = new vscode.TreeItem(row.name, inside(row) === undefined ? None : Collapsed);
    item.id = JSON.stringify([row.kind, row.database, row.table, row.name]);
    item.description = row.detail;
    // Markdown of the server's, without commands or HTML.
    item.tooltip = new vscode.MarkdownString(row.documentation);
    item.iconPath = new vscode.ThemeIcon(ICONS[row.kind]);
    item.contextValue = row.insert === undefined ? 'copy' : 'copy insert';
    return item;
  }
}

function describe({ region, items, complete }: NameList): string {
  return [region, complete && items.length > 0 ? String(items.length) : undefined].filter((part) => part !== undefined).join(', ');
}

/** The notebook or Python file that the user looks at. */
function glueDocument(): string | undefined {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook !== undefined) return NOTEBOOK_TYPES.includes(notebook.notebookType) ? notebook.uri.toString() : undefined;
  const document = vscode.window.activeTextEditor?.document;
  return document !== undefined && isScript(document) ? document.uri.toString() : undefined;
}

function isScript({ languageId, uri }: vscode.TextDocument): boolean {
  return ['python', GLUE_LANGUAGE].includes(languageId) && ['file', 'untitled'].includes(uri.scheme);
}

/** Writes a name where the cursor is, or into a cell of its own. */
async function insert(name: Name): Promise<void> {
  const notebookEditor = vscode.window.activeNotebookEditor;
  const editor = vscode.window.activeTextEditor;
  if (notebookEditor !== undefined) return insertIntoNotebook(name, notebookEditor, editor);
  if (editor === undefined || editor.document.uri.scheme === 'output') return copyInstead(name, 'no document is open');
  await carryOut(name, insertion(name, placeIn(editor, isScript(editor.document) ? 'script' : 'text')), editor, undefined);
}

async function insertIntoNotebook(name: Name, notebookEditor: vscode.NotebookEditor, editor: vscode.TextEditor | undefined): Promise<void> {
  const { notebook, selection } = notebookEditor;
  const cell = editor && notebook.getCells().find(({ document }) => document === editor.document);
  if (editor !== undefined && cell !== undefined) {
    const form = cell.kind === vscode.NotebookCellKind.Code ? 'cell' : 'text';
    return carryOut(name, insertion(name, placeIn(editor, form)), editor, { notebookEditor, cell });
  }
  const text = ownCell(name);
  if (text === undefined) return copyInstead(name, `${name.name} cannot be written here as it is called`);
  await addCell(notebookEditor, Math.min(selection.end, notebook.cellCount), text);
}

function placeIn({ document, selection }: vscode.TextEditor, form: Place['form']): Place {
  return { lines: document.getText().split(/\r\n|\r|\n/), line: selection.active.line, form };
}

async function carryOut(
  name: Name,
  what: Insertion,
  editor: vscode.TextEditor,
  inNotebook: { notebookEditor: vscode.NotebookEditor; cell: vscode.NotebookCell } | undefined,
): Promise<void> {
  if (what.do === 'copy') return copyInstead(name, what.why);
  if (what.do === 'nothing') {
    void vscode.window.showInformationMessage(sentence(what.why));
    return;
  }
  if (what.do === 'cell') {
    if (inNotebook !== undefined) await addCell(inNotebook.notebookEditor, inNotebook.cell.index, what.text);
    return;
  }
  const written = await editor.edit((edit) => {
    if (what.do === 'type') editor.selections.forEach((selection) => edit.replace(selection, what.text));
    else edit.replace(new vscode.Range(what.line, what.character, what.line, what.until), what.text);
  });
  if (!written) return copyInstead(name, 'the document cannot be edited');
  // Whoever has written something goes on there, and not in the view.
  if (inNotebook === undefined) await vscode.window.showTextDocument(editor.document, editor.viewColumn);
  else await vscode.commands.executeCommand('notebook.cell.edit');
}

async function addCell(notebookEditor: vscode.NotebookEditor, index: number, text: string): Promise<void> {
  const { notebook } = notebookEditor;
  const code = notebook.getCells().find(({ kind }) => kind === vscode.NotebookCellKind.Code);
  const language = code?.document.languageId ?? GLUE_LANGUAGE;
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(index, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, language)])]);
  if (!(await vscode.workspace.applyEdit(edit))) {
    void vscode.window.showWarningMessage('VS Code did not take the new cell.');
    return;
  }
  const there = new vscode.NotebookRange(index, index + 1);
  notebookEditor.selection = there;
  notebookEditor.revealRange(there, vscode.NotebookEditorRevealType.InCenterIfOutsideViewport);
}

async function copyInstead(name: Name, why: string): Promise<void> {
  await vscode.env.clipboard.writeText(copied(name));
  void vscode.window.showInformationMessage(`${sentence(`It is copied instead: ${why}`)}`);
}
