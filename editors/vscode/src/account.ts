// What keeps names of the account from being known, in the status bar, and the commands about the account.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import { type AccountTrouble, accountTroubles, COMMANDS } from './protocol';
import { sentence } from './sentence';

export class AccountView implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('glueLs.account', vscode.StatusBarAlignment.Right, 99);
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly glue: GlueClient) {
    this.item.name = 'Glue account';
    this.item.command = 'glueLs.doctor';
    const command = (id: string, asked: string) => vscode.commands.registerCommand(id, () => this.ask(asked));
    this.disposables = [
      this.item,
      command('glueLs.refreshAccount', COMMANDS.refreshAccount),
      command('glueLs.doctor', COMMANDS.doctor),
      glue.onAccountState((params) => this.show(accountTroubles(params))),
      glue.onLost(() => this.show([])),
    ];
  }

  dispose(): void {
    this.disposables.forEach((disposable) => disposable.dispose());
  }

  private show(troubles: AccountTrouble[]): void {
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
