// Owns the one connection of this window to the server.
import * as vscode from 'vscode';
import { ErrorCodes, ExecuteCommandRequest, type LanguageClient, LSPErrorCodes, ResponseError, State } from 'vscode-languageclient/node';
import { AwaitedNames } from './awaited';
import { type Program, findServer, thisMachine } from './bootstrap';
import { connect } from './connection';
import { SHOW_CHANNEL, SHOW_CHANNEL_TITLE } from './log';
import { builtFor, headOf } from './machine';
import { ProcessWatch } from './processWatch';
import { ACCOUNT_NEWS, ACCOUNT_STATE, CELL_OUTPUT, CELL_STATE, SESSION_STATE } from './protocol';
import { anotherServer, otherVersion, startProblem } from './startProblem';

/** How long a stop waits for a server that is being started; starting takes milliseconds. */
const START_LIMIT_MS = 3000;

const OPEN_SETTINGS = 'Open Settings';
const INSTRUCTIONS = 'Install Instructions';
const BUTTONS = [OPEN_SETTINGS, INSTRUCTIONS, SHOW_CHANNEL_TITLE];
const INSTALL_PAGE = 'https://github.com/glue-ls/glue-ls#install';

/** There is no server, and the user has been told why. */
class Unavailable extends Error {}

export class GlueClient {
  private client: LanguageClient | undefined;
  private isWanted = false;
  /** The value of `glueLs.serverPath` that the server was looked for with. */
  private setting: string | undefined;
  private restarting: Promise<void> | undefined;
  private stopping: Promise<void> = Promise.resolve();
  private readonly cellState = new vscode.EventEmitter<unknown>();
  private readonly cellOutput = new vscode.EventEmitter<unknown>();
  private readonly sessionState = new vscode.EventEmitter<unknown>();
  private readonly accountState = new vscode.EventEmitter<unknown>();
  private readonly accountNews = new vscode.EventEmitter<void>();
  private readonly names = new AwaitedNames();
  private readonly lost = new vscode.EventEmitter<{ replaced: boolean }>();
  /** Those that were started while the folder was not trusted. */
  private readonly untrusted = new WeakSet<LanguageClient>();

  /** What the server tells of cells and sessions, as it came. */
  readonly onCellState = this.cellState.event;
  readonly onCellOutput = this.cellOutput.event;
  readonly onSessionState = this.sessionState.event;
  readonly onAccountState = this.accountState.event;
  /** More of the account is known now. */
  readonly onAccountNews = this.accountNews.event;
  /** The server that was there is gone, for whatever reason, and what it did with it; `replaced`: another one is started at once. */
  readonly onLost = this.lost.event;

  /** What was said of versions, which holds for as long as the window. */
  private readonly told = new Set<string>();

  constructor(
    private readonly extension: vscode.Extension<unknown>,
    private readonly log: vscode.LogOutputChannel,
  ) {}

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
    const setting = serverPath();
    this.setting = setting;
    const found = findServer(thisMachine(setting, this.extension.extensionPath));
    found.looked.forEach((line) => this.log.info(`looked at ${line}`));
    if ('problem' in found) {
      void this.explain(found.problem);
      return;
    }
    this.log.info(`extension ${this.ownVersion} starts ${found.program} (${found.source})`);
    const watch = new ProcessWatch();
    const client = connect(found.program, this.extension, this.names, this.log, watch);
    this.client = client;
    if (!vscode.workspace.isTrusted) this.untrusted.add(client);
    client.onNotification(CELL_STATE, (params: unknown) => this.cellState.fire(params));
    client.onNotification(CELL_OUTPUT, (params: unknown) => this.cellOutput.fire(params));
    client.onNotification(SESSION_STATE, (params: unknown) => this.sessionState.fire(params));
    client.onNotification(ACCOUNT_STATE, (params: unknown) => this.accountState.fire(params));
    client.onNotification(ACCOUNT_NEWS, () => {
      this.names.news();
      this.accountNews.fire();
    });
    client.onDidChangeState(({ oldState }) => {
      // Of one that is stopped `stop` has told; cells that have been asked for since are the next one's.
      if (oldState === State.Running && this.client === client) this.lost.fire({ replaced: false });
    });
    const settled = async (reason?: unknown) => {
      // Stopped while it was starting: there is nothing to report.
      if (this.client !== client) return;
      if (client.isRunning()) {
        this.meet(client, found);
        return;
      }
      this.client = undefined;
      this.lost.fire({ replaced: false });
      const { said, ended } = await watch.outcome();
      const machine = { builtFor: builtFor(headOf(found.program)), platform: `${process.platform}-${process.arch}` };
      void this.explain(startProblem({ ...found, ...machine, said, ended, error: reason === undefined ? undefined : String(reason) }));
    };
    // Where the process ends early, `start` may fulfil all the same; only the state tells.
    client.start().then(() => settled(), settled);
  }

  private get ownVersion(): string {
    return String((this.extension.packageJSON as { version?: unknown }).version);
  }

  /** Looks who has answered. */
  private meet(client: LanguageClient, found: Program): void {
    const info = client.initializeResult?.serverInfo;
    this.log.info(`${found.program} runs: ${info?.name ?? 'a server without a name'} ${info?.version ?? 'of no version'}`);
    const other = anotherServer(found, info);
    if (other !== undefined) {
      void this.stop();
      void this.explain(other);
      return;
    }
    const version = otherVersion(found, info, { version: this.ownVersion, path: this.extension.extensionPath });
    if (version === undefined || this.told.has(version)) return;
    this.told.add(version);
    this.log.warn(version);
    void this.offer(vscode.window.showWarningMessage(version, ...BUTTONS));
  }

  /** Says what keeps the server from running, with what can be done about it. */
  private explain(problem: string): Promise<void> {
    this.log.error(problem);
    return this.offer(vscode.window.showErrorMessage(problem, ...BUTTONS));
  }

  private async offer(message: Thenable<string | undefined>): Promise<void> {
    switch (await message) {
      case OPEN_SETTINGS:
        await vscode.commands.executeCommand('workbench.action.openSettings', 'glueLs.serverPath');
        break;
      case INSTRUCTIONS:
        await vscode.env.openExternal(vscode.Uri.parse(INSTALL_PAGE));
        break;
      case SHOW_CHANNEL_TITLE:
        await vscode.commands.executeCommand(SHOW_CHANNEL);
    }
  }

  /** Waits until the server can be asked, starting it if need be; rejects where there is none. */
  async ready(): Promise<LanguageClient> {
    await this.restarting;
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
   *
   * Where the folder comes to be trusted meanwhile, as when VS Code asks for that before it runs a cell, the server of
   * before has done nothing, and the next one is asked.
   */
  async execute(command: string, args: unknown[]): Promise<unknown> {
    const client = await this.ready();
    const isOutdated = () => this.untrusted.has(client) && vscode.workspace.isTrusted;
    let answer: unknown;
    try {
      answer = await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args });
    } catch (error) {
      if (!isOutdated()) throw error;
    }
    return isOutdated() ? this.execute(command, args) : answer;
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
    this.log.error(message);
    void this.offer(vscode.window.showErrorMessage(ended ? 'The Glue server ended before it answered.' : `Glue: ${message}`, SHOW_CHANNEL_TITLE));
  }

  /**
   * Ends the server, also one that hangs in its start, and starts it anew. What asks for that while it is done, as when a
   * folder comes to be trusted and its settings with it, gets the same new server.
   */
  restart(): Promise<void> {
    this.restarting ??= this.stop().then(() => {
      this.restarting = undefined;
      this.start();
    });
    return this.restarting;
  }

  /** Another program may be meant; VS Code tells of the setting also where its value is as before. */
  settingChanged(): void {
    if (this.isWanted && serverPath() !== this.setting) void this.restart();
  }

  /** Ends the server. One stop follows the other: two servers at a time would show everything twice. */
  stop(): Promise<void> {
    this.stopping = this.stopping.then(async () => {
      const client = this.client;
      this.client = undefined;
      if (client === undefined) return;
      // Also what waits for a start that never comes to an end.
      this.lost.fire({ replaced: this.restarting !== undefined });
      await started(client);
      // It rejects where the server could not be asked to go; its process is ended all the same.
      await client.dispose().catch(() => undefined);
    });
    return this.stopping;
  }
}

function serverPath(): string {
  return vscode.workspace.getConfiguration('glueLs').get('serverPath', '');
}

/**
 * Waits for a start in progress, a few seconds at most.
 *
 * A client that is disposed of while it starts goes on to register what the server offers, and the next one
 * fails on it, or it tells of edits to a server that is gone. It says that it runs before that is done.
 */
async function started(client: LanguageClient): Promise<void> {
  if (client.state !== State.Starting && client.state !== State.Running) return;
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    limit = setTimeout(resolve, START_LIMIT_MS);
  });
  await Promise.race([client.start().catch(() => undefined), late]);
  clearTimeout(limit);
}
