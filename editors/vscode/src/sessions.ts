// The sessions of the account: the view *Sessions*, and the same as a list to pick from. The service is asked when somebody
// looks, and when a session of this window has changed; never by a clock.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import type { GlueController } from './controller';
import { askForPages, noDashboard, openInBrowser } from './pages';
import { type Action, COMMANDS, type ListedSession, type SessionList, sessionList, sessionState } from './protocol';
import { sentence } from './sentence';
import { brief, describe, details, hasEnded, nameOf, summary } from './sessionList';

/** The view's id, and the command that shows the list. */
export const SESSIONS = 'glueLs.sessions';

/** What of the sessions has ended, as one row. */
type Row = ListedSession | { ended: ListedSession[] };

interface Deed {
  /** A word of the row's `contextValue`, which the manifest asks for. */
  word: string;
  title: string;
  icon: string;
  done: (session: ListedSession) => unknown;
}

export class SessionsView implements vscode.Disposable, vscode.TreeDataProvider<Row> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Row>;
  private readonly disposables: vscode.Disposable[];
  /** The state of each document's session, as far as the list shows it. */
  private readonly states = new Map<string, string>();

  private readonly deeds: Deed[] = [
    { word: 'attach', title: 'Attach', icon: 'plug', done: (session) => this.attach(session) },
    { word: 'stop', title: 'Stop', icon: 'debug-stop', done: (session) => this.stop(session) },
    { word: 'pages', title: 'Dashboard and Logs', icon: 'graph', done: (session) => this.pages(session) },
    { word: 'id', title: 'Copy Id', icon: 'copy', done: ({ sessionId }) => vscode.env.clipboard.writeText(sessionId) },
  ];

  /** `inFront` is the URI of the document that the user looks at. */
  constructor(
    private readonly glue: GlueClient,
    private readonly controller: GlueController,
    private readonly inFront: () => string | undefined,
  ) {
    this.view = vscode.window.createTreeView<Row>(SESSIONS, { treeDataProvider: this });
    const ofRow = (row: Row | undefined, done: (session: ListedSession) => unknown) => (row !== undefined && 'sessionId' in row ? done(row) : undefined);
    this.disposables = [
      this.view,
      this.changed,
      vscode.commands.registerCommand(SESSIONS, () => this.pick()),
      vscode.commands.registerCommand('glueLs.refreshSessions', () => this.changed.fire()),
      ...this.deeds.map(({ word, done }) => vscode.commands.registerCommand(`${SESSIONS}.${word}`, (row?: Row) => ofRow(row, done))),
      glue.onSessionState((params) => {
        const state = sessionState(params);
        if (state === undefined) return;
        const now = `${state.sessionId} ${state.status}`;
        const before = this.states.get(state.uri);
        this.states.set(state.uri, now);
        // A view that nobody sees asks when it is looked at.
        if (now !== before) this.changed.fire();
      }),
      glue.onLost(() => this.states.clear()),
    ];
  }

  dispose(): void {
    this.disposables.forEach((disposable) => disposable.dispose());
  }

  async getChildren(row?: Row): Promise<Row[]> {
    if (row !== undefined) return 'ended' in row ? row.ended : [];
    const list = await this.list((why) => { this.view.message = why; });
    if (list === undefined) return [];
    this.view.message = '';
    this.view.description = summary(list);
    const ended = list.sessions.filter(hasEnded);
    const living = list.sessions.filter((session) => !hasEnded(session));
    return ended.length === 0 ? living : [...living, { ended }];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    if ('ended' in row) return Object.assign(new vscode.TreeItem('Ended', Collapsed), { id: 'ended', description: String(row.ended.length) });
    const item = new vscode.TreeItem(nameOf(row), None);
    item.id = row.sessionId;
    item.description = brief(row);
    item.tooltip = details(row);
    item.iconPath = new vscode.ThemeIcon(hasEnded(row) ? 'circle-slash' : 'server-process');
    item.contextValue = this.possible(row).map(({ word }) => word).join(' ');
    return item;
  }

  /** What can be done about a session. The server says which may be stopped; any that is ready may be attached to. */
  private possible(session: ListedSession): Deed[] {
    const offered: Record<string, boolean> = {
      attach: session.status === 'READY',
      stop: actionOf(session, COMMANDS.stopSession) !== undefined,
    };
    return this.deeds.filter(({ word }) => offered[word] ?? true);
  }

  private async list(failed: (why: string) => void): Promise<SessionList | undefined> {
    try {
      const uri = this.inFront();
      const list = sessionList(await this.glue.execute(COMMANDS.listSessions, [uri === undefined ? {} : { uri }]));
      if (list === undefined) failed('The server does not list sessions. Is it of the same version as the extension?');
      return list;
    } catch (error) {
      failed(error instanceof Error && error.message !== '' ? sentence(error.message) : 'There is no Glue server to ask.');
      return undefined;
    }
  }

  private async pick(): Promise<void> {
    const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { session: ListedSession; deeds: Deed[] }>();
    pick.title = 'Glue sessions';
    pick.busy = true;
    pick.placeholder = 'Asking for them…';
    pick.matchOnDescription = pick.matchOnDetail = true;
    pick.onDidHide(() => pick.dispose());
    pick.onDidTriggerItemButton(({ item, button }) => {
      pick.hide();
      item.deeds.find(({ title }) => title === button.tooltip)?.done(item.session);
    });
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      pick.hide();
      if (item !== undefined) void this.choose(item.session, item.deeds);
    });
    pick.show();
    const list = await this.list((why) => { pick.placeholder = why; });
    pick.busy = false;
    if (list === undefined) return;
    pick.title = ['Glue sessions', summary(list)].filter(Boolean).join(': ');
    pick.placeholder = list.sessions.length === 0 ? 'There are none.' : 'Choose one to do something about it';
    pick.items = list.sessions.map((session) => {
      const deeds = this.possible(session);
      const buttons = deeds.map(({ title, icon }) => ({ tooltip: title, iconPath: new vscode.ThemeIcon(icon) }));
      return { label: nameOf(session), description: describe(session), detail: session.sessionId, buttons, session, deeds };
    });
  }

  private async choose(session: ListedSession, deeds: Deed[]): Promise<void> {
    const items = deeds.map((deed) => ({ label: `$(${deed.icon}) ${deed.title}`, deed }));
    const chosen = await vscode.window.showQuickPick(items, { title: nameOf(session), placeHolder: describe(session) });
    chosen?.deed.done(session);
  }

  /** The document in front may be another one than when the list was made. */
  private async attach({ sessionId }: ListedSession): Promise<void> {
    const uri = this.inFront();
    if (uri === undefined) void vscode.window.showInformationMessage('Open a Glue notebook or script first.');
    else await this.controller.begin(COMMANDS.attachSession, [{ uri, sessionId }]);
  }

  private async stop(session: ListedSession): Promise<void> {
    const action = actionOf(session, COMMANDS.stopSession);
    if (action === undefined) return;
    if (session.whose !== 'here') {
      const detail = `${describe(session)}\n${session.sessionId}\n\nWhat runs in it ends, and its variables are gone.`;
      const stop = 'Stop It';
      if ((await vscode.window.showWarningMessage(`Stop the session ${nameOf(session)}?`, { modal: true, detail }, stop)) !== stop) return;
    }
    try {
      await this.glue.execute(action.command, action.arguments);
    } catch (error) {
      this.glue.report(error);
    }
    this.changed.fire();
  }

  /** Offers the pages of a session. */
  private async pages({ sessionId }: ListedSession): Promise<void> {
    const uri = this.inFront();
    const pages = await askForPages(this.glue, { sessionId, ...(uri === undefined ? {} : { uri }) });
    if (pages === undefined) return;
    const ways = [
      { title: 'Open Dashboard', url: pages.dashboard },
      { title: 'Open Logs', url: pages.logs },
    ].filter(({ url }) => url !== undefined);
    const why = pages.dashboard === undefined ? noDashboard(pages) : 'More of the session is to be seen in the browser.';
    const chosen = await vscode.window.showInformationMessage(why, ...ways.map(({ title }) => title));
    const url = ways.find(({ title }) => title === chosen)?.url;
    if (url !== undefined) await openInBrowser(url);
  }
}

function actionOf(session: ListedSession, command: string): Action | undefined {
  return session.actions.find((action) => action.command === command);
}
