// The session in the status bar, and the commands of the palette.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import { CONTROLLER, EXTENSION, type GlueController } from './controller';
import { Offers } from './offers';
import { COMMANDS, type SessionState, cellState, sessionState } from './protocol';
import { sentence } from './sentence';
import { SESSIONS } from './sessions';
import { statusText, untilNextText } from './statusText';
import { NOTEBOOK_TYPES } from './trigger';

/** Opens the list of what can be done; of the status bar only. */
const MENU = 'glueLs.sessionMenu';

/** What a click on the status bar offers; the titles are those of the palette. */
const CHOICES = [
  { label: 'Start Session', command: 'glueLs.startSession' },
  { label: 'Stop Session', command: 'glueLs.stopSession' },
  { label: 'Restart Session', command: 'glueLs.restartSession' },
  { label: 'Attach to Session…', command: 'glueLs.attachSession' },
  { label: 'Session Status', command: 'glueLs.sessionStatus' },
  { label: 'Sessions…', command: SESSIONS },
  { label: 'Show Plan', command: 'glueLs.showPlan' },
  { label: 'Cancel Running Cells', command: 'glueLs.cancel' },
  { label: 'Refresh Account', command: 'glueLs.refreshAccount' },
  { label: 'Doctor', command: 'glueLs.doctor' },
];

/** Of a session that another kernel has created. */
const OBSERVED_BY = 'Another kernel has created it. Cells that you run with the kernel Glue (glue-ls) on AWS join it.';
const RUN_HERE = { label: 'Run Cells Here', description: 'with the kernel Glue (glue-ls), which on AWS joins this session', command: 'glueLs.chooseKernel' };

export class SessionView implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('glueLs.session', vscode.StatusBarAlignment.Right, 100);
  private readonly states = new Map<string, SessionState>();
  private readonly offers = new Offers();
  /** What the last run of a document took and cost. */
  private readonly receipts = new Map<string, string>();
  /** Shows it again when its idle time is another one. */
  private tick: NodeJS.Timeout | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly glue: GlueClient,
    private readonly controller: GlueController,
  ) {
    this.item.name = 'Glue session';
    this.item.command = MENU;
    const command = (id: string, run: () => unknown) => vscode.commands.registerCommand(id, run);
    this.disposables = [
      this.item,
      command(MENU, () => this.choose()),
      command('glueLs.startSession', () => this.run(COMMANDS.startSession)),
      command('glueLs.stopSession', () => this.tell(COMMANDS.stopSession)),
      command('glueLs.restartSession', () => this.run(COMMANDS.restartSession)),
      command('glueLs.attachSession', () => this.run(COMMANDS.attachSession)),
      command('glueLs.sessionStatus', () => this.tell(COMMANDS.sessionStatus)),
      command('glueLs.showPlan', () => this.ask(COMMANDS.showPlan)),
      command('glueLs.showOutput', () => this.ask(COMMANDS.showOutput, placeInFront())),
      command('glueLs.runAllCells', () => this.runAll()),
      command(RUN_HERE.command, () => this.chooseKernel()),
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
        if (state?.receipt === undefined) return;
        this.receipts.set(state.uri, state.receipt);
        this.show();
      }),
      glue.onLost(() => {
        this.states.clear();
        this.offers.clear();
        this.show();
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.tick);
    this.disposables.forEach((disposable) => disposable.dispose());
  }

  private keep(state: SessionState): void {
    this.states.set(state.uri, state);
    this.show();
  }

  private drop(uri: vscode.Uri): void {
    this.receipts.delete(uri.toString());
    if (this.states.delete(uri.toString())) this.show();
  }

  /** Offers what the server proposes, once: it does so with each state for as long as it holds. */
  private offer(state: SessionState): void {
    const { uri, actions } = state;
    if (actions.length === 0) {
      this.offers.over(uri);
      return;
    }
    if (this.offers.isNew(uri, whatIsOffered(state))) void this.controller.propose(state.message ?? 'The session is not as the document has it', actions);
  }

  /** Shows the session of the document in front; none where it has none. */
  private show(): void {
    const state = this.inFront();
    clearTimeout(this.tick);
    if (state?.status === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = statusText(state);
    const receipt = this.receipts.get(state.uri);
    const lines = [state.message ?? 'The Glue session of this document', ...(state.observed ? [OBSERVED_BY] : []), ...(receipt === undefined ? [] : [`The last run: ${receipt}`])];
    this.item.tooltip = lines.join('\n\n');
    this.item.show();
    const changes = untilNextText(state);
    this.tick = changes === undefined ? undefined : setTimeout(() => this.show(), changes);
  }

  private inFront(): SessionState | undefined {
    const uri = documentInFront();
    return uri === undefined ? undefined : this.states.get(uri);
  }

  private async choose(): Promise<void> {
    const choices = this.inFront()?.observed === true ? [RUN_HERE, ...CHOICES] : CHOICES;
    const chosen = await vscode.window.showQuickPick(choices, { title: 'Glue session' });
    if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
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
    // A state that comes meanwhile says no more than this.
    if (state.actions.length > 0) this.offers.isNew(uri, whatIsOffered(state));
    const now = state.status === undefined ? 'This document has no session.' : `${statusText(state, false)}.`;
    const survivors = state.survivors === 0 ? '' : ` ${state.survivors} earlier session${state.survivors === 1 ? '' : 's'} may still be alive.`;
    void this.controller.propose([now, sentence(state.message ?? '')].filter(Boolean).join(' ') + survivors, state.actions);
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
