// Owns the one connection of this window to the server.
import * as vscode from 'vscode';
import { ErrorCodes, ExecuteCommandRequest, type LanguageClient, LSPErrorCodes, ResponseError, State } from 'vscode-languageclient/node';
import { AwaitedNames } from './awaited';
import { findServer, thisMachine } from './bootstrap';
import { connect } from './connection';
import { ACCOUNT_NEWS, ACCOUNT_STATE, CELL_OUTPUT, CELL_STATE, SESSION_STATE } from './protocol';

/** How long a stop waits for a server that is being started; starting takes milliseconds. */
const START_LIMIT_MS = 3000;

/** There is no server, and the user has been told why. */
class Unavailable extends Error {}

export class GlueClient {
  private client: LanguageClient | undefined;
  private isWanted = false;
  private stopping: Promise<void> = Promise.resolve();
  private readonly cellState = new vscode.EventEmitter<unknown>();
  private readonly cellOutput = new vscode.EventEmitter<unknown>();
  private readonly sessionState = new vscode.EventEmitter<unknown>();
  private readonly accountState = new vscode.EventEmitter<unknown>();
  private readonly accountNews = new vscode.EventEmitter<void>();
  private readonly names = new AwaitedNames();
  private readonly lost = new vscode.EventEmitter<void>();

  /** What the server tells of cells and sessions, as it came. */
  readonly onCellState = this.cellState.event;
  readonly onCellOutput = this.cellOutput.event;
  readonly onSessionState = this.sessionState.event;
  readonly onAccountState = this.accountState.event;
  /** More of the account is known now. */
  readonly onAccountNews = this.accountNews.event;
  /** The server that was there is gone, for whatever reason, and what it did with it. */
  readonly onLost = this.lost.event;

  constructor(private readonly extension: vscode.Extension<unknown>) {}

  /** Whether the server has been asked for, running or not. */
  get wanted(): boolean {
    return this.isWanted;
  }

  get running(): boolean {
    return this.client?.isRunning() === true;
  }

  /** Starts the server unless it is there already. A failure is shown to the user, not thrown. */
  start(): void {
    this.isWanted = true;
    if (this.client !== undefined) return;
    const setting = vscode.workspace.getConfiguration('glueLs').get('serverPath', '');
    const found = findServer(thisMachine(setting));
    if ('problem' in found) {
      void offerSettings(found.problem);
      return;
    }
    const client = connect(found.program, this.extension, this.names);
    this.client = client;
    client.onNotification(CELL_STATE, (params: unknown) => this.cellState.fire(params));
    client.onNotification(CELL_OUTPUT, (params: unknown) => this.cellOutput.fire(params));
    client.onNotification(SESSION_STATE, (params: unknown) => this.sessionState.fire(params));
    client.onNotification(ACCOUNT_STATE, (params: unknown) => this.accountState.fire(params));
    client.onNotification(ACCOUNT_NEWS, () => {
      this.names.news();
      this.accountNews.fire();
    });
    client.onDidChangeState(({ oldState }) => {
      if (oldState === State.Running) this.lost.fire();
    });
    const settled = () => {
      // Stopped while it was starting: there is nothing to report.
      if (client.isRunning() || this.client !== client) return;
      this.client = undefined;
      this.lost.fire();
      void offerSettings(`${found.program} does not answer as a language server. Is it glue-ls? The output "Glue" says more.`);
    };
    // Where the process ends early, `start` may fulfil all the same; only the state tells.
    client.start().then(settled, settled);
  }

  /** Waits until the server can be asked, starting it if need be; rejects where there is none. */
  async ready(): Promise<LanguageClient> {
    await this.stopping;
    this.start();
    const client = this.client;
    if (client === undefined) throw new Unavailable();
    // A failure is told where it was started.
    await client.start().catch(() => undefined);
    if (!client.isRunning()) throw new Unavailable();
    return client;
  }

  /**
   * Has the server do one of its commands.
   *
   * By a request, not by VS Code's command of that name: which client that belongs to is not known. Requests follow
   * the edits that came before them on the wire, so the server has the text that the user sees.
   */
  async execute(command: string, args: unknown[]): Promise<unknown> {
    const client = await this.ready();
    return client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args });
  }

  /** Tells the server something, if it is there to hear it. */
  notify(method: string, params: object): void {
    if (this.client?.isRunning() !== true) return;
    // It ended this very moment: that is told elsewhere.
    this.client.sendNotification(method, params).catch(() => undefined);
  }

  /** Shows the user why `execute` failed. */
  report(error: unknown): void {
    if (error instanceof Unavailable) return;
    const ended =
      error instanceof ResponseError && [ErrorCodes.PendingResponseRejected, ErrorCodes.ConnectionInactive].some((code) => code === error.code);
    if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled) return;
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(ended ? 'The Glue server ended before it answered.' : `Glue: ${message}`);
  }

  /** Ends the server, also one that hangs in its start, and starts it anew. */
  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /** Ends the server. One stop follows the other: two servers at a time would show everything twice. */
  stop(): Promise<void> {
    this.stopping = this.stopping.then(async () => {
      const client = this.client;
      this.client = undefined;
      if (client === undefined) return;
      // Also what waits for a start that never comes to an end.
      this.lost.fire();
      await started(client);
      // It rejects where the server could not be asked to go; its process is ended all the same.
      await client.dispose().catch(() => undefined);
    });
    return this.stopping;
  }
}

/**
 * Waits for a start in progress, a few seconds at most.
 *
 * A client that is disposed of while it starts goes on to register what the server offers, and the next one
 * fails on it.
 */
function started(client: LanguageClient): Promise<void> {
  if (client.state !== State.Starting) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(limit);
      listener.dispose();
      resolve();
    };
    const limit = setTimeout(done, START_LIMIT_MS);
    const listener = client.onDidChangeState((change) => change.newState !== State.Starting && done());
  });
}

async function offerSettings(problem: string): Promise<void> {
  const open = 'Open Settings';
  if ((await vscode.window.showErrorMessage(problem, open)) === open) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'glueLs.serverPath');
  }
}
