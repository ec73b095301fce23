// Where cells run: what the settings say of it, and how the user changes that.
import * as vscode from 'vscode';
import type { GlueClient } from './client';
import { lives, projectEngine } from './menu';
import { COMMANDS, type SessionState, isFields, text } from './protocol';
import { PROJECT_FILE } from './trigger';

type Name = 'local' | 'aws';

/** How far up a project's file is looked for. */
const MOST_FOLDERS = 32;

export class Engine implements vscode.Disposable {
  private readonly change = new vscode.EventEmitter<void>();
  /** It may be another one now. */
  readonly onChange = this.change.event;
  /** What the project's file says, and where that is. */
  private project: { engine: string; file: vscode.Uri } | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly glue: GlueClient) {
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${PROJECT_FILE}`);
    const read = () => void this.read();
    this.disposables = [
      this.change,
      watcher,
      watcher.onDidChange(read),
      watcher.onDidCreate(read),
      watcher.onDidDelete(read),
      vscode.workspace.onDidChangeWorkspaceFolders(read),
      vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('glue-ls.engine') && this.change.fire()),
    ];
    read();
  }

  dispose(): void {
    this.disposables.forEach((disposable) => disposable.dispose());
  }

  /** Where cells run that have no session yet: `local` or `aws`. */
  get current(): string {
    return this.project?.engine ?? vscode.workspace.getConfiguration('glue-ls').get('engine', 'local');
  }

  /** Has cells run elsewhere, once the user knows what that means for a document (by URI) and its session. */
  async choose(engine: Name, uri: string, state: SessionState | undefined): Promise<void> {
    if (this.project !== undefined && this.project.engine !== engine) {
      const open = `Open ${PROJECT_FILE}`;
      const why = `The ${PROJECT_FILE} of this folder says engine = "${this.project.engine}", for everybody who works in it. Change it there.`;
      if ((await vscode.window.showWarningMessage(why, open)) === open) await vscode.window.showTextDocument(this.project.file);
      return;
    }
    if (!(await (engine === 'aws' ? this.agreed(uri) : this.left(uri, state)))) return;
    // A window without a folder has no settings of its own.
    const { Workspace, Global } = vscode.ConfigurationTarget;
    const target = vscode.workspace.workspaceFolders === undefined ? Global : Workspace;
    try {
      await vscode.workspace.getConfiguration('glue-ls').update('engine', engine, target);
    } catch (error) {
      this.glue.report(error);
    }
  }

  /** Says what sessions on AWS cost. */
  private async agreed(uri: string): Promise<boolean> {
    let price;
    try {
      const plan = await this.glue.execute(COMMANDS.showPlan, [{ uri, quiet: true }]);
      price = isFields(plan) ? text(plan['price']) : undefined;
    } catch (error) {
      this.glue.report(error);
      return false;
    }
    const detail = [
      price === undefined ? 'They are billed by their size.' : `This document asks for ${price}.`,
      'A session is billed by the second from its start to its end, idle or not. The first cell of code starts one; it ends when you stop it, or after its idle timeout.',
    ].join('\n\n');
    const run = 'Run Cells on AWS';
    return (await vscode.window.showWarningMessage('Run cells on AWS Glue sessions?', { modal: true, detail }, run)) === run;
  }

  /** Sees to the session on AWS that the document leaves behind. */
  private async left(uri: string, state: SessionState | undefined): Promise<boolean> {
    if (state === undefined || state.engine !== 'aws' || !lives(state)) return true;
    const detail = 'It costs until it ends. It is stopped when the next cell of the document runs on this machine, or you have it stopped now. Its variables are gone then.';
    const stop = 'Stop It and Switch';
    const later = 'Switch';
    const chosen = await vscode.window.showWarningMessage(`The document has a session on AWS: ${state.sessionId ?? ''}`, { modal: true, detail }, stop, later);
    if (chosen !== stop) return chosen === later;
    try {
      await this.glue.execute(COMMANDS.stopSession, [{ uri }]);
      return true;
    } catch (error) {
      this.glue.report(error);
      return false;
    }
  }

  private async read(): Promise<void> {
    const found = await nearest();
    const before = this.current;
    this.project = found;
    if (this.current !== before) this.change.fire();
  }
}

/** What the project file that counts for the window says: that of its folder, else the next one above. */
async function nearest(): Promise<{ engine: string; file: vscode.Uri } | undefined> {
  let folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  for (let depth = 0; folder !== undefined && depth < MOST_FOLDERS; depth += 1) {
    const file = vscode.Uri.joinPath(folder, PROJECT_FILE);
    const toml = await Promise.resolve(vscode.workspace.fs.readFile(file)).then((bytes) => new TextDecoder().decode(bytes), () => undefined);
    if (toml !== undefined) {
      const engine = projectEngine(toml);
      return engine === undefined ? undefined : { engine, file };
    }
    const above = vscode.Uri.joinPath(folder, '..');
    folder = above.path === folder.path ? undefined : above;
  }
  return undefined;
}
