// The session in the status bar, and the commands of the palette.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import { CONTROLLER, EXTENSION, type GlueController } from './controller';
import { Engine } from './engine';
import { isGlueNotebook, looksLikeGlue } from './glueDocument';
import { Idleness } from './idle';
import { lives, menu } from './menu';
import { Offers } from './offers';
import { openPage } from './pages';
import { COMMANDS, type SessionState, cellState, sessionState } from './protocol';
import { statusDetails, statusSentence, statusText } from './statusText';
import { GLUE_LANGUAGE, NOTEBOOK_TYPES } from './trigger';

/** Opens the list of what can be done; of the status bar only. */
const MENU = 'glueLs.sessionMenu';

/** How often it is told how long a session idles. Nobody is asked for that. */
const IDLE_EVERY_MS = 30_000;

/** Chooses this extension's kernel; of the status bar only. */
const CHOOSE_KERNEL = 'glueLs.chooseKernel';

export class SessionView implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('glueLs.session', vscode.StatusBarAlignment.Right, 100);
  private readonly states = new Map<string, SessionState>();
  private readonly offers = new Offers();
  /** What the last run of a document took and cost. */
  private readonly receipts = new Map<string, string>();
  private readonly idleness = new Idleness();
  private readonly engine: Engine;
  private readonly disposables: vscode.Disposable[];

  /** `signIn` is what to type in a terminal to sign in to AWS, where that is missing. */
  constructor(
    private readonly glue: GlueClient,
    private readonly controller: GlueController,
    private readonly signIn: () => string | undefined,
  ) {
    this.engine = new Engine(glue);
    const clock = setInterval(() => this.states.size > 0 && this.show(), IDLE_EVERY_MS);
    this.item.name = 'Glue session';
    this.item.command = MENU;
    const command = (id: string, run: () => unknown) => vscode.commands.registerCommand(id, run);
    this.disposables = [
      this.item,
      this.engine,
      new vscode.Disposable(() => clearInterval(clock)),
      this.engine.onChange(() => {
        // What has ended elsewhere is no answer to where the next cell runs.
        for (const [uri, state] of this.states) if (!lives(state)) this.states.delete(uri);
        this.show();
      }),
      command(MENU, () => this.offerMenu()),
      command('glueLs.startSession', () => this.run(COMMANDS.startSession)),
      command('glueLs.stopSession', () => this.tell(COMMANDS.stopSession)),
      command('glueLs.restartSession', () => this.run(COMMANDS.restartSession)),
      command('glueLs.attachSession', () => this.run(COMMANDS.attachSession)),
      command('glueLs.sessionStatus', () => this.tell(COMMANDS.sessionStatus)),
      command('glueLs.openDashboard', () => this.page('dashboard')),
      command('glueLs.openLogs', () => this.page('logs')),
      command('glueLs.runOnAws', () => this.choose('aws')),
      command('glueLs.runOnThisMachine', () => this.choose('local')),
      command('glueLs.showPlan', () => this.ask(COMMANDS.showPlan)),
      command('glueLs.showOutput', () => this.ask(COMMANDS.showOutput, placeInFront())),
      command('glueLs.runAllCells', () => this.runAll()),
      command(CHOOSE_KERNEL, () => this.chooseKernel()),
      command('glueLs.cancel', () => this.ask(COMMANDS.cancel)),
      vscode.window.onDidChangeActiveNotebookEditor(() => this.show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.show()),
      vscode.workspace.onDidCloseNotebookDocument(({ uri }) => this.drop(uri)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.drop(uri)),
      glue.onSessionState((params) => {
        const state = sessionState(params);
        if (state === undefined) return;
        this.keep(state);
        this.offer(state);
      }),
      glue.onCellState((params) => {
        const state = cellState(params);
        if (state === undefined) return;
        const ran = this.idleness.isRunning(state.uri);
        this.idleness.told(state, Date.now());
        if (state.receipt !== undefined) this.receipts.set(state.uri, state.receipt);
        if (state.receipt !== undefined || ran !== this.idleness.isRunning(state.uri)) this.show();
      }),
      glue.onLost(() => {
        this.states.clear();
        this.idleness.clear();
        this.offers.clear();
        this.show();
      }),
    ];
  }

  dispose(): void {
    this.disposables.forEach((disposable) => disposable.dispose());
  }

  private keep(state: SessionState): void {
    this.states.set(state.uri, state);
    this.show();
  }

  private drop(uri: vscode.Uri): void {
    this.receipts.delete(uri.toString());
    this.idleness.forget(uri.toString());
    if (this.states.delete(uri.toString())) this.show();
  }

  /** Offers what the server proposes, once: it does so with each state for as long as it holds. */
  private offer(state: SessionState): void {
    const { uri, actions } = state;
    if (actions.length === 0) {
      this.offers.over(uri);
      return;
    }
    if (this.offers.isNew(uri, whatIsOffered(state))) this.propose(state);
  }

  /** VS Code closes a message when the same comes again. */
  private propose({ message, actions }: SessionState): void {
    void this.controller.propose(message ?? 'The session is not as the document has it', actions);
  }

  /** Shows the session of the document in front, or that it has none; nothing where it is none of Glue's. */
  private show(): void {
    const uri = documentInFront();
    const known = uri === undefined ? undefined : this.states.get(uri);
    if (uri === undefined || (known?.status === undefined && !isGlueInFront())) {
      this.item.hide();
      return;
    }
    const state = known ?? { ...NO_SESSION, uri, engine: this.engine.current };
    const idle = this.idle(state);
    this.item.text = statusText(state, true, idle);
    this.item.tooltip = statusDetails(state, idle, this.receipts.get(uri));
    this.item.show();
  }

  /** For how many seconds nothing has run in a session, as far as that is known. */
  private idle(state: SessionState): number | undefined {
    const isRunning = this.idleness.isRunning(state.uri) || (state.observed && state.idleSince === undefined);
    if (isRunning) return undefined;
    const since = Math.max(state.idleSince ?? 0, this.idleness.since(state.uri) ?? 0);
    return since === 0 ? undefined : (Date.now() - since) / 1000;
  }

  private async offerMenu(): Promise<void> {
    const uri = documentInFront() ?? '';
    const state = this.states.get(uri);
    const groups = menu({
      engine: state !== undefined && lives(state) ? state.engine : this.engine.current,
      status: state?.status,
      observed: state?.observed === true,
      running: this.idleness.isRunning(uri),
      signIn: this.signIn(),
    });
    const items = groups.flatMap(({ title, entries }): (vscode.QuickPickItem & { command?: string })[] => [
      { label: title, kind: vscode.QuickPickItemKind.Separator },
      ...entries.map(({ label, icon, command, detail }) => ({ label: `$(${icon}) ${label}`, command, ...(detail === undefined ? {} : { description: detail }) })),
    ]);
    const now = state === undefined ? 'Glue session' : statusText(state, false, this.idle(state));
    const chosen = await vscode.window.showQuickPick(items, { title: now, matchOnDescription: true });
    if (chosen?.command !== undefined) await vscode.commands.executeCommand(chosen.command);
  }

  private async choose(engine: 'local' | 'aws'): Promise<void> {
    const uri = documentInFront();
    if (uri === undefined) void vscode.window.showInformationMessage('Open a Glue notebook or script first.');
    else await this.engine.choose(engine, uri, this.states.get(uri));
  }

  private async page(which: 'dashboard' | 'logs'): Promise<void> {
    const uri = documentInFront();
    if (uri === undefined) void vscode.window.showInformationMessage('Open a Glue notebook or script first.');
    else await openPage(this.glue, uri, which);
  }

  private async ask(command: string, place: object = {}): Promise<unknown> {
    const uri = documentInFront();
    if (uri === undefined) {
      void vscode.window.showInformationMessage('Open a Glue notebook or script first.');
      return undefined;
    }
    try {
      return await this.glue.execute(command, [{ uri, ...place }]);
    } catch (error) {
      this.glue.report(error);
      return undefined;
    }
  }

  /** Asks for the state of the session and says it. */
  private async tell(command: string): Promise<void> {
    const uri = documentInFront() ?? '';
    const answer = await this.ask(command);
    if (typeof answer !== 'object' || answer === null) return;
    const state = sessionState({ uri, ...answer });
    if (state === undefined) return;
    this.keep(state);
    const isOffer = state.actions.length > 0;
    if (isOffer) {
      // A state that comes meanwhile says no more than this.
      this.offers.isNew(uri, whatIsOffered(state));
      this.propose(state);
    }
    const survivors = state.survivors === 0 ? '' : ` ${state.survivors} earlier session${state.survivors === 1 ? '' : 's'} may still be alive.`;
    void this.controller.propose(statusSentence(isOffer ? { ...state, message: undefined } : state) + survivors, []);
  }

  private async run(command: string): Promise<void> {
    const uri = documentInFront();
    if (uri === undefined) await this.ask(command);
    else await this.controller.begin(command, [{ uri }]);
  }

  private async chooseKernel(): Promise<void> {
    const notebookEditor = vscode.window.activeNotebookEditor;
    if (notebookEditor !== undefined) await vscode.commands.executeCommand('notebook.selectKernel', { notebookEditor, id: CONTROLLER, extension: EXTENSION });
  }

  private async runAll(): Promise<void> {
    const editor = vscode.window.activeNotebookEditor;
    if (editor === undefined || !NOTEBOOK_TYPES.includes(editor.notebook.notebookType)) return this.run(COMMANDS.runAllCells);
    // A cell's output goes to the kernel that is chosen for its notebook.
    await this.chooseKernel();
    await vscode.commands.executeCommand('notebook.execute', editor.notebook.uri);
  }
}

/** A document that has no session. */
const NO_SESSION: Omit<SessionState, 'uri' | 'engine'> = {
  sessionId: undefined, status: undefined, workers: undefined, costSoFar: undefined, costPerHour: undefined, idleSince: undefined,
  observed: false, message: undefined, survivors: 0, actions: [],
};

/** Whether the document in front looks like one of Glue's. */
function isGlueInFront(): boolean {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook !== undefined) return isGlueNotebook(notebook.metadata, () => notebook.getCells().map(({ document }) => document.getText()));
  const document = vscode.window.activeTextEditor?.document;
  return document !== undefined && ['file', 'untitled'].includes(document.uri.scheme) && ['python', GLUE_LANGUAGE].includes(document.languageId) && looksLikeGlue(document.getText());
}

function whatIsOffered({ sessionId, message, actions }: SessionState): string {
  return JSON.stringify([sessionId, message, actions.map(({ title }) => title)]);
}

/** The cell of the notebook, or the place in the script, that the cursor is at. */
function placeInFront(): object {
  const editor = vscode.window.activeNotebookEditor;
  if (editor === undefined) {
    const at = vscode.window.activeTextEditor?.selection.active;
    return at === undefined ? {} : { position: { line: at.line, character: at.character } };
  }
  const { start } = editor.selection;
  return start < editor.notebook.cellCount ? { cell: editor.notebook.cellAt(start).document.uri.toString() } : {};
}

/** The URI of the notebook or script that the user looks at. */
export function documentInFront(): string | undefined {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  return (notebook ?? vscode.window.activeTextEditor?.document)?.uri.toString();
}
