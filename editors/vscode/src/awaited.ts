// A list of names that was not complete when it was asked for opens again when more is known. VS Code itself asks
// again only when something is typed, and a list of the account may be fetched by then, or its trouble be known.
import * as vscode from 'vscode';

/** For how long somebody may be waiting for a list; what comes later must not open one. */
const PATIENCE_MS = 8000;

/** How often a list is opened until it is asked for. */
const TRIES = 3;

interface Asked {
  document: vscode.TextDocument;
  position: vscode.Position;
  /** The text in front of the position. */
  text: string;
  at: number;
}

export class AwaitedNames {
  private asked: Asked | undefined;
  /** How often there were news. */
  private heard = 0;
  /** How often a list was asked for. */
  private asks = 0;

  /** To be called when a list is asked for; what it returns is for `answered`. */
  asking(): number {
    this.asks += 1;
    return this.heard;
  }

  /** Takes note of an answer. Only the last one counts. */
  answered(document: vscode.TextDocument, position: vscode.Position, complete: boolean, asking: number): void {
    this.asked = complete ? undefined : { document, position, text: before(document, position), at: Date.now() };
    // News may overtake the answer that they make old. The answer has to be in VS Code first.
    if (!complete && asking !== this.heard) setImmediate(() => void this.reopen());
  }

  /** More is known now. */
  news(): void {
    this.heard += 1;
    void this.reopen();
  }

  private async reopen(): Promise<void> {
    const { asks } = this;
    // A list that comes up just after it should have been hidden keeps the next one from opening: nobody has asked anew then.
    for (let tries = 0; tries < TRIES && asks === this.asks && this.isAwaited(); tries += 1) await openList();
  }

  /** Whether the cursor is still where a list was asked for that was not complete. */
  private isAwaited(): boolean {
    const { asked } = this;
    const editor = vscode.window.activeTextEditor;
    if (asked === undefined || Date.now() - asked.at > PATIENCE_MS || editor?.document !== asked.document) return false;
    if (!editor.selection.isEmpty || !editor.selection.active.isEqual(asked.position)) return false;
    return before(asked.document, asked.position) === asked.text;
  }
}

/** Opens the list of completions at the cursor, unless it is empty. One that is open is asked for anew. */
export async function openList(): Promise<void> {
  // The other command does nothing while there is a list.
  await vscode.commands.executeCommand('hideSuggestWidget');
  await vscode.commands.executeCommand('editor.action.triggerSuggest', { auto: true });
}

function before(document: vscode.TextDocument, position: vscode.Position): string {
  return document.getText(new vscode.Range(position.with({ character: 0 }), position));
}
