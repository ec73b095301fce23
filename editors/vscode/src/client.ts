// Owns the one connection of this window to the server.
import * as vscode from 'vscode';
import { CloseAction, LanguageClient, type LanguageClientOptions, RevealOutputChannelOn, State } from 'vscode-languageclient/node';
import { findServer, thisMachine } from './bootstrap';
import { GLUE_LANGUAGE, NOTEBOOK_TYPES } from './trigger';

/** The section of the settings that the server reads; also what `workspace/configuration` asks for. */
const SERVER_SECTION = 'glue-ls';

/** How long a stop waits for a server that is being started; starting takes milliseconds. */
const START_LIMIT_MS = 3000;

export class GlueClient {
  private client: LanguageClient | undefined;
  private isWanted = false;
  private stopping: Promise<void> = Promise.resolve();

  /** Whether the server has been asked for, running or not. */
  get wanted(): boolean {
    return this.isWanted;
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
    const client = connect(found.program);
    this.client = client;
    const settled = () => {
      // Stopped while it was starting: there is nothing to report.
      if (client.isRunning() || this.client !== client) return;
      this.client = undefined;
      void offerSettings(`${found.program} does not answer as a language server. Is it glue-ls? The output "Glue" says more.`);
    };
    // Where the process ends early, `start` may fulfil all the same; only the state tells.
    client.start().then(settled, settled);
  }

  /** Ends the server, also one that hangs in its start, and starts it anew. */
  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /** Ends the server. One stop follows the other: two servers at a time would claim the same commands. */
  stop(): Promise<void> {
    this.stopping = this.stopping.then(async () => {
      const client = this.client;
      this.client = undefined;
      if (client === undefined) return;
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

function connect(program: string): LanguageClient {
  // The id is also the settings section of the trace: `glueLs.trace.server`.
  const client = new LanguageClient('glueLs', 'Glue', { command: program }, clientOptions());
  const usual = client.createDefaultErrorHandler();
  client.clientOptions.errorHandler = {
    // A broken pipe goes to the output channel only: what comes of it is told below or by `start`.
    error: async (...details) => ({ ...(await usual.error(...details)), handled: true }),
    // A server that ends before it ran would only end again.
    closed: () => (client.isRunning() ? usual.closed() : { action: CloseAction.DoNotRestart, handled: true }),
  };
  return client;
}

function clientOptions(): LanguageClientOptions {
  const cellLanguages = ['python', GLUE_LANGUAGE, 'scala', 'sql'];
  return {
    documentSelector: [
      ...NOTEBOOK_TYPES.flatMap((notebook) => cellLanguages.map((language) => ({ notebook, language }))),
      ...['file', 'untitled'].flatMap((scheme) => ['python', GLUE_LANGUAGE].map((language) => ({ scheme, language }))),
    ],
    // A problem shows while the line is typed. languageclient asks only on open unless told.
    diagnosticPullOptions: { onChange: true },
    initializationOptions: () => vscode.workspace.getConfiguration(SERVER_SECTION),
    synchronize: { configurationSection: SERVER_SECTION },
    // `GlueClient.start` tells the user; the reason is in the output channel.
    initializationFailedHandler: () => false,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  };
}

async function offerSettings(problem: string): Promise<void> {
  const open = 'Open Settings';
  if ((await vscode.window.showErrorMessage(problem, open)) === open) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'glueLs.serverPath');
  }
}
