// Wires the parts together; what they do is in their own files.
import * as vscode from 'vscode';
import { AccountView } from './account';
import { openList } from './awaited';
import { GlueClient } from './client';
import { SERVER_COMMAND } from './connection';
import { CONTROLLER, EXTENSION, GlueController } from './controller';
import { introduce } from './introduction';
import { SHOW_CHANNEL, createLog } from './log';
import { NamesViews } from './namesViews';
import { Observer } from './observer';
import { preselect } from './preselect';
import { COMMANDS } from './protocol';
import { SessionView, documentInFront } from './session';
import { SessionsView } from './sessions';
import { SPLIT_CELL, splitCell } from './splitCell';
import { onFirstGlueDocument } from './trigger';

/** What other extensions can ask of this one. */
export interface Api {
  /** Whether a Glue document has been seen in this window and the server been asked for. */
  serverWanted(): boolean;
}

let client: GlueClient | undefined;

export function activate(context: vscode.ExtensionContext): Api {
  const log = createLog();
  const glue = new GlueClient(context.extension, log);
  client = glue;
  const controller = new GlueController(glue);
  const account = new AccountView(glue);
  context.subscriptions.push(
    log,
    controller,
    ...introduce(context, controller),
    preselect({ id: CONTROLLER, extension: EXTENSION }, context.workspaceState),
    vscode.commands.registerCommand(SHOW_CHANNEL, () => log.show()),
    new Observer(glue, controller),
    new SessionView(glue, controller, () => account.signInCommand),
    new SessionsView(glue, controller, documentInFront),
    account,
    new NamesViews(glue, controller, account.onRefreshed),
    onFirstGlueDocument(() => glue.start()),
    vscode.commands.registerCommand('glueLs.restartServer', () => glue.restart()),
    vscode.commands.registerCommand(SPLIT_CELL, splitCell),
    // What the server's lenses and quick fixes do; see `connection.ts`.
    vscode.commands.registerCommand(SERVER_COMMAND, async (command: unknown, ...args: unknown[]) => {
      if (typeof command !== 'string') return undefined;
      const answer = await controller.begin(command, args);
      // Whoever has allowed names from the list of them waits for them there.
      if (command === COMMANDS.loadNames) await openList();
      return answer;
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('glueLs.serverPath')) glue.settingChanged();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      if (glue.wanted) void glue.restart();
    }),
  );
  return { serverWanted: () => glue.wanted };
}

export async function deactivate(): Promise<void> {
  await client?.stop();
  client = undefined;
}
