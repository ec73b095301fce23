// What keeps names of the account from being known, in the status bar, and the commands about the account.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import { signInCommand } from './menu';
import { type AccountTrouble, accountTroubles, COMMANDS } from './protocol';
import { sentence } from './sentence';

export class AccountView implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('glueLs.account', vscode.StatusBarAlignment.Right, 99);
  private troubles: AccountTrouble[] = [];
  private readonly refreshed = new vscode.EventEmitter<void>();
  /** The user has had the account fetched again. */
  readonly onRefreshed = this.refreshed.event;
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly glue: GlueClient) {
    this.item.name = 'Glue account';
    this.item.command = 'glueLs.doctor';
    const command = (id: string, done: () => unknown) => vscode.commands.registerCommand(id, done);
    this.disposables = [
      this.item,
      this.refreshed,
      command('glueLs.refreshAccount', async () => {
        await this.ask(COMMANDS.refreshAccount);
        this.refreshed.fire();
      }),
      command('glueLs.doctor', () => this.ask(COMMANDS.doctor)),
      command('glueLs.signIn', () => this.signIn()),
      glue.onAccountState((params) => this.show(accountTroubles(params))),
      glue.onLost(() => this.show([])),
    ];
  }

  dispose(): void {
    this.disposables.forEach((disposable) => disposable.dispose());
  }

  /** What to type in a terminal to sign in, where that is missing. */
  get signInCommand(): string | undefined {
    return this.troubles.filter(({ requiresReauth }) => requiresReauth).map(({ remedy }) => signInCommand(remedy)).find((found) => found !== undefined);
  }

  /** Signs in, where it is known how; else the doctor says what is missing. */
  private async signIn(): Promise<void> {
    const command = this.signInCommand;
    if (command === undefined) return this.ask(COMMANDS.doctor);
    const terminal = vscode.window.createTerminal('Sign in to AWS');
    terminal.show();
    terminal.sendText(command);
  }

  private show(troubles: AccountTrouble[]): void {
    this.troubles = troubles;
    if (troubles.length === 0) {
      this.item.hide();
      return;
    }
    this.item.text = troubles.some((trouble) => trouble.requiresReauth) ? '$(key) Glue: sign in to AWS' : '$(warning) Glue: account';
    const lines = troubles.map(({ profile, message, remedy }) => `${profile === undefined ? '' : `Profile ${profile}: `}${sentence(message)}\nWhat to do: ${remedy}.`);
    this.item.tooltip = lines.join('\n\n');
    this.item.show();
  }

  private async ask(command: string): Promise<void> {
    try {
      await this.glue.execute(command, [{}]);
    } catch (error) {
      this.glue.report(error);
    }
  }
}
