// Wires the parts together; what they do is in their own files.
import * as vscode from 'vscode';
import { GlueClient } from './client';
import { onFirstGlueDocument } from './trigger';

/** What other extensions can ask of this one. */
export interface Api {
  /** Whether a Glue document has been seen in this window and the server been asked for. */
  serverWanted(): boolean;
}

let client: GlueClient | undefined;

export function activate(context: vscode.ExtensionContext): Api {
  const glue = new GlueClient();
  client = glue;
  context.subscriptions.push(
    onFirstGlueDocument(() => glue.start()),
    vscode.commands.registerCommand('glueLs.restartServer', () => glue.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (glue.wanted && event.affectsConfiguration('glueLs.serverPath')) void glue.restart();
    }),
  );
  return { serverWanted: () => glue.wanted };
}

export async function deactivate(): Promise<void> {
  await client?.stop();
  client = undefined;
}
