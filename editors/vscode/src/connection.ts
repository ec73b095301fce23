// One LSP connection, made so that it can stand beside others in the same window.
import * as vscode from 'vscode';
import {
  type ClientCapabilities,
  CloseAction,
  DidChangeConfigurationNotification,
  type DynamicFeature,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  type NotebookDocumentSyncOptions,
  RevealOutputChannelOn,
  type ServerCapabilities,
  type StaticFeature,
} from 'vscode-languageclient/node';
import type { AwaitedNames } from './awaited';
import { traceChannel } from './log';
import type { ProcessWatch } from './processWatch';
import { type Settings, serverSettings } from './serverSettings';
import { KERNEL_LANGUAGE, isRenaming } from './spelling';
import { GLUE_LANGUAGE, NOTEBOOK_TYPES, PROJECT_FILE } from './trigger';

/** The section of the settings that the server reads; also what `workspace/configuration` asks for. */
const SECTION = 'glue-ls';

/** Runs the server's command that is its first argument. */
export const SERVER_COMMAND = 'glueLs.serverCommand';

/**
 * A client that does not register the server's commands with VS Code.
 *
 * Their ids are the same for every client of this server, and VS Code has one place for an id in a window: a
 * second client would fail in its start. Commands that the server offers are wrapped instead; see `wrapped`.
 */
class GlueLanguageClient extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const registers = 'registrationType' in feature && feature.registrationType.method === 'workspace/executeCommand';
    super.registerFeature(registers ? ANNOUNCED : feature);
  }

  /** A start that fails is told by `GlueClient`, in words for people. */
  override error(message: string, data?: unknown, showNotification?: boolean | 'force'): void {
    super.error(message, data, this.initializeResult === undefined ? false : showNotification);
  }
}

const ANNOUNCED: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.workspace = { ...capabilities.workspace, executeCommand: {} };
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), glueLs: { splitCell: true, triggerSuggest: true, tables: true, accountNews: true } };
  },
  preInitialize: (capabilities: ServerCapabilities) => acceptKernelSpelling(capabilities),
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

/**
 * A cell has the kernel's spelling for a moment (see `spelling.ts`). It would drop out of what is synchronised
 * then, and an edit in that moment be lost.
 */
function acceptKernelSpelling({ notebookDocumentSync }: ServerCapabilities): void {
  const options = notebookDocumentSync as NotebookDocumentSyncOptions | undefined;
  for (const { cells } of options?.notebookSelector ?? []) {
    if (cells?.some(({ language }) => language === GLUE_LANGUAGE)) cells.push({ language: KERNEL_LANGUAGE });
  }
}

/** Makes the client of a program, not yet started. `watch` learns of its process. */
export function connect(program: string, extension: vscode.Extension<unknown>, names: AwaitedNames, log: vscode.LogOutputChannel, watch: ProcessWatch): LanguageClient {
  const settings = () => settingsOf(extension);
  // The id is also the settings section of the trace: `glueLs.trace.server`.
  const client: LanguageClient = new GlueLanguageClient('glueLs', 'Glue', { command: program }, {
    ...clientOptions(settings),
    outputChannel: log,
    traceOutputChannel: traceChannel(log),
    // The process is noted by the client only after this.
    stdioOptions: { stdout: () => undefined, stderr: (stream) => watch.begins(stream, log, () => client.serverProcess) },
    middleware: middleware(settings, names, () => client),
  });
  const usual = client.createDefaultErrorHandler();
  client.clientOptions.errorHandler = {
    // A broken pipe goes to the output channel only: what comes of it is told elsewhere.
    error: async (...details) => ({ ...(await usual.error(...details)), handled: true }),
    // A server that ends before it ran would only end again.
    closed: () => (client.isRunning() ? usual.closed() : { action: CloseAction.DoNotRestart, handled: true }),
  };
  return client;
}

function clientOptions(settings: () => Settings): LanguageClientOptions {
  const cellLanguages = ['python', GLUE_LANGUAGE, KERNEL_LANGUAGE, 'scala', 'sql'];
  return {
    documentSelector: [
      ...NOTEBOOK_TYPES.flatMap((notebook) => cellLanguages.map((language) => ({ notebook, language }))),
      ...['file', 'untitled'].flatMap((scheme) => ['python', GLUE_LANGUAGE].map((language) => ({ scheme, language }))),
      { scheme: 'file', pattern: `**/${PROJECT_FILE}` },
    ],
    // A problem shows while the line is typed. languageclient asks only on open unless told.
    diagnosticPullOptions: { onChange: true },
    initializationOptions: settings,
    synchronize: {
      configurationSection: SECTION,
      // It may change outside of the editor, as when a branch is checked out.
      fileEvents: vscode.workspace.createFileSystemWatcher(`**/${PROJECT_FILE}`),
    },
    // `GlueClient.start` tells the user; the reason is in the output channel.
    initializationFailedHandler: () => false,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  };
}

function settingsOf(extension: vscode.Extension<unknown>): Settings {
  const configuration = vscode.workspace.getConfiguration();
  return serverSettings(extension.packageJSON, (name) => configuration.get(name), vscode.workspace.isTrusted);
}

function middleware(settings: () => Settings, names: AwaitedNames, client: () => LanguageClient): Middleware {
  return {
    workspace: {
      configuration: async (params, token, next) => {
        const usual = await next(params, token);
        if (!Array.isArray(usual)) return usual;
        return params.items.map(({ section }, index) => (section === SECTION ? settings() : usual[index]));
      },
      didChangeConfiguration: () =>
        client().sendNotification(DidChangeConfigurationNotification.type, { settings: { [SECTION]: settings() } }),
    },
    notebooks: {
      didOpen: async (notebook, cells, next) => (isRenaming(cells) ? undefined : next(notebook, cells)),
      didChange: async (event, next) => {
        const { structure, textContent, data } = event.cells ?? {};
        const moved = [...(structure?.didOpen ?? []), ...(structure?.didClose ?? [])];
        const onlyRenames = event.metadata === undefined && !textContent?.length && !data?.length && isRenaming(moved);
        return onlyRenames ? undefined : next(event);
      },
      didClose: async (notebook, cells, next) => (isRenaming(cells) ? undefined : next(notebook, cells)),
    },
    provideCompletionItem: async (document, position, context, token, next) => {
      const asking = names.asking();
      const list = await next(document, position, context, token);
      (Array.isArray(list) ? list : list?.items)?.forEach(wrappedIn);
      if (!token.isCancellationRequested) names.answered(document, position, Array.isArray(list) || list?.isIncomplete !== true, asking);
      return list;
    },
    resolveCompletionItem: async (item, token, next) => {
      const resolved = await next(item, token);
      return resolved && wrappedIn(resolved);
    },
    provideCodeLenses: async (document, token, next) => (await next(document, token))?.map(wrappedIn),
    resolveCodeLens: async (lens, token, next) => {
      const resolved = await next(lens, token);
      return resolved && wrappedIn(resolved);
    },
    provideCodeActions: async (document, range, context, token, next) =>
      (await next(document, range, context, token))?.map((action) =>
        action instanceof vscode.CodeAction ? wrappedIn(action) : wrapped(action),
      ),
    resolveCodeAction: async (action, token, next) => {
      const resolved = await next(action, token);
      return resolved && wrappedIn(resolved);
    },
  };
}

function wrappedIn<T extends { command?: vscode.Command }>(holder: T): T {
  if (holder.command !== undefined) holder.command = wrapped(holder.command);
  return holder;
}

/** The same command, if it is one of the server's, by an id that only this extension has. */
function wrapped(command: vscode.Command): vscode.Command {
  if (!command.command.startsWith(`${SECTION}.`)) return command;
  return { ...command, command: SERVER_COMMAND, arguments: [command.command, ...(command.arguments ?? [])] };
}
