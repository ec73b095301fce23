// The pages of a session in the browser. Their addresses may let in whoever has them: they are asked for now, and not kept.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import { COMMANDS, type SessionPages, sessionPages } from './protocol';
import { sentence } from './sentence';

/** Asks for the pages of the session that an argument of `sessionStatus` names; a failure is shown to the user. */
export async function askForPages(glue: GlueClient, argument: object): Promise<SessionPages | undefined> {
  try {
    return sessionPages(await glue.execute(COMMANDS.sessionStatus, [argument]));
  } catch (error) {
    glue.report(error);
    return undefined;
  }
}

/** Why there is no dashboard. */
export function noDashboard({ dashboardError }: SessionPages): string {
  return `There is no dashboard to show: ${dashboardError ?? 'the service names none'}.`;
}

export async function openInBrowser(url: string): Promise<void> {
  // As text: VS Code would spell the parts of a Uri anew.
  await vscode.commands.executeCommand('vscode.open', url);
}

/** Opens a page of a document's session. */
export async function openPage(glue: GlueClient, uri: string, which: 'dashboard' | 'logs'): Promise<void> {
  const pages = await askForPages(glue, { uri });
  if (pages === undefined) return;
  const url = pages[which];
  if (url !== undefined) await openInBrowser(url);
  else void vscode.window.showInformationMessage(which === 'dashboard' ? noDashboard(pages) : sentence('this session has no logs to show'));
}
