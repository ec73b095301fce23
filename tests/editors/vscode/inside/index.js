// Runs in VS Code's extension host, next to the installed extension, and asks VS Code what it knows.
const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { Socket } = require('node:net');
const { join } = require('node:path');
const vscode = require('vscode');
const { describe, file, notes, outside, until } = require('./proving.js');

const linesWith = (document, text) => [...Array(document.lineCount).keys()].filter((n) => document.lineAt(n).text.includes(text));
const rangeOf = (document, text) => {
  const [line] = linesWith(document, text);
  assert.notEqual(line, undefined, `"${text}" is not in the document`);
  const start = document.lineAt(line).text.indexOf(text);
  return new vscode.Range(line, start, line, start + text.length);
};
const on = (document, text) => vscode.languages.getDiagnostics(document.uri).filter((d) => d.range.intersection(rangeOf(document, text))?.isEmpty === false);

/** Waits until there is, or is no, problem under a text. */
const problem = (document, text, there) => until(vscode.languages.onDidChangeDiagnostics,
  () => (on(document, text).length > 0) === there,
  () => `"${text}" should have ${there ? 'a' : 'no'} problem; there are ${describe(document.uri)}`);

/** Waits for a problem under each of the mistakes, then looks that the correct line has none. */
async function mistakes(document) {
  await problem(document, 'glue_versoin', true);
  await problem(document, 'number_of_workers five', true);
  assert.deepEqual(on(document, '%worker_type G.1X').map((d) => d.message), [], 'a correct magic has a problem');
  const told = vscode.languages.getDiagnostics(document.uri).map(({ range: { start, end }, message }) => JSON.stringify([start, end, message]));
  assert.deepEqual(told.filter((one, at) => told.indexOf(one) < at), [], 'a problem is told twice');
}

/** Inserts `before`, `prefix` and `after`, and asks what completes the prefix; words of the file itself do not count. */
async function completes(document, position, before, prefix, after) {
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, position, before + prefix + after);
  assert.ok(await vscode.workspace.applyEdit(edit), 'the edit was refused');
  const at = document.positionAt(document.offsetAt(position) + before.length + prefix.length);
  const list = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, at);
  const labels = list.items.map((item) => (typeof item.label === 'string' ? item.label : item.label.label));
  assert.ok(labels.includes('%glue_version'), `no %glue_version among ${JSON.stringify(labels.slice(0, 40))}`);
}

async function hovers(document, text) {
  const found = await vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, rangeOf(document, text).start.translate(0, 3));
  const shown = found.flatMap((hover) => hover.contents.map((part) => (typeof part === 'string' ? part : part.value))).join('\n');
  assert.match(shown, /worker/i, `the hover says ${JSON.stringify(shown)}`);
}

async function corrected(document) {
  const edit = new vscode.WorkspaceEdit();
  const range = rangeOf(document, 'glue_versoin');
  edit.replace(document.uri, range, 'glue_version');
  assert.ok(await vscode.workspace.applyEdit(edit), 'the edit was refused');
  await problem(document, 'glue_version 4.0', false);
  assert.notEqual(on(document, 'number_of_workers five').length, 0, 'the other problem went away too');
}

/** Notes whom this process connects to, from now on; pipes and this machine itself do not count. */
function connections() {
  const found = [];
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (...args) {
    const [first] = args.flat();
    const host = typeof first === 'object' && first !== null ? (first.path === undefined ? (first.host ?? 'localhost') : undefined) : typeof first === 'number' ? (args[1] ?? 'localhost') : undefined;
    if (host !== undefined && !/^(?:localhost|127\.|::1)/.test(String(host))) found.push(String(host));
    return connect.apply(this, args);
  };
  return found;
}

exports.run = async () => {
  const { prove, report } = notes('inside');
  const connected = connections();
  let script, notebook, cell, api;

  await prove('an ordinary Python file does not start the server', async () => {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file('plain.py')));
    const extension = vscode.extensions.getExtension('glue-ls.glue-ls');
    assert.ok(extension, 'the extension is not installed');
    api = await extension.activate();
    assert.equal(api.serverWanted(), false);
  });
  await prove('a script that looks like Glue starts it, its mistakes are problems', async () => {
    script = await vscode.workspace.openTextDocument(file('job.py'));
    await vscode.window.showTextDocument(script, { preview: false });
    assert.equal(api.serverWanted(), true);
    await mistakes(script);
  });
  await prove('the mistakes in a notebook cell are problems', async () => {
    notebook = await vscode.workspace.openNotebookDocument(file('glue.ipynb'));
    await vscode.window.showNotebookDocument(notebook, { preview: false });
    cell = notebook.cellAt(1).document;
    assert.equal(cell.languageId, 'python_glue_session');
    await mistakes(cell);
    assert.equal(notebook.isDirty, false, 'opening the notebook changed it');
  });
  await prove('a notebook of another kernel has no problems', async () => {
    const other = await vscode.workspace.openNotebookDocument(file('other_kernel.ipynb'));
    await vscode.window.showNotebookDocument(other, { preview: false });
    // The server answers in order: with the hover's answer its problems would be here too.
    const last = other.cellAt(other.cellCount - 1).document;
    await vscode.commands.executeCommand('vscode.executeHoverProvider', last.uri, new vscode.Position(0, 3));
    for (const { document } of other.getCells()) assert.equal(describe(document.uri), '[]');
  });
  await prove('a magic in a cell explains itself', () => hovers(cell, 'worker_type'));
  await prove('a magic in a script explains itself', () => hovers(script, 'worker_type'));
  await prove('a correction in a cell is seen', () => corrected(cell));
  await prove('a correction in a script is seen', () => corrected(script));
  await prove('a rule that the settings ignore is silent at once', async () => {
    const text = 'number_of_workers five';
    const [{ code }] = on(cell, text);
    const rules = vscode.workspace.getConfiguration('glue-ls.rules');
    await rules.update('ignore', [String(code?.value ?? code)], vscode.ConfigurationTarget.Global);
    await problem(cell, text, false);
    await rules.update('ignore', undefined, vscode.ConfigurationTarget.Global);
    await problem(cell, text, true);
  });
  await prove('magic names complete in a cell', () => {
    // Before the code: the kernel takes a magic after code for code.
    const { document } = notebook.cellAt(4);
    return completes(document, new vscode.Position(0, 0), '', '%glue_', '\n');
  });
  await prove('magic names complete in a script', () => {
    const end = script.lineAt(script.lineCount - 1).range.end;
    return completes(script, end, '\n# %%\n', '# %glue_', '');
  });
  await prove('saving a notebook adds nothing to its metadata', async () => {
    // VS Code's own notebook writer notes a cell's language where it is not spelt as the kernel spells it; nothing else may come in.
    const own = ({ vscode: { languageId, ...rest } = {}, ...metadata }) => (Object.keys(rest).length ? { vscode: rest, ...metadata } : metadata);
    const parts = (text) => {
      const { metadata, cells } = JSON.parse(text);
      return { metadata, cells: cells.map(({ id, metadata }) => ({ id, metadata: own(metadata) })) };
    };
    const before = parts(readFileSync(notebook.uri.fsPath, 'utf8'));
    assert.ok(await notebook.save(), 'not saved');
    assert.deepEqual(parts(readFileSync(notebook.uri.fsPath, 'utf8')), before);
  });
  await prove('a cell shows its price, what a magic takes, and a way to its data', async () => {
    const at = notebook.cellCount;
    const added = new vscode.WorkspaceEdit();
    const text = '%number_of_workers 3\ndf = spark.read.parquet("s3://orders/raw/")';
    added.set(notebook.uri, [vscode.NotebookEdit.insertCells(at, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'python_glue_session')])]);
    assert.ok(await vscode.workspace.applyEdit(added), 'no cell was added');
    const { document } = notebook.cellAt(at);
    const position = new vscode.Position(0, 20);
    const help = await vscode.commands.executeCommand('vscode.executeSignatureHelpProvider', document.uri, position, ' ');
    assert.match(help?.signatures[0]?.label ?? '', /^%number_of_workers/);
    const links = await vscode.commands.executeCommand('vscode.executeLinkProvider', document.uri);
    assert.match(String(links[0]?.target), /^https:.*orders/);
    const hints = [];
    for (const { document } of notebook.getCells()) {
      const whole = new vscode.Range(0, 0, document.lineCount, 0);
      const found = await vscode.commands.executeCommand('vscode.executeInlayHintProvider', document.uri, whole);
      hints.push(...found.map(({ label }) => (typeof label === 'string' ? label : label.map(({ value }) => value).join(''))));
    }
    assert.equal(hints.filter((label) => /^· .* DPU, about \$/.test(label)).length, 1, `the hints are ${JSON.stringify(hints)}`);
    const gone = new vscode.WorkspaceEdit();
    gone.set(notebook.uri, [vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(at, at + 1))]);
    assert.ok(await vscode.workspace.applyEdit(gone), 'the cell is still there');
  });
  await prove('all safe fixes of a cell are one action', async () => {
    const at = notebook.cellCount;
    const added = new vscode.WorkspaceEdit();
    added.set(notebook.uri, [vscode.NotebookEdit.insertCells(at, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, '%idle_timout 30\n%worker_type g.1x', 'python_glue_session')])]);
    assert.ok(await vscode.workspace.applyEdit(added), 'no cell was added');
    const { document } = notebook.cellAt(at);
    await problem(document, 'idle_timout', true);
    // VS Code drops what it asked for by kind, and answers with nothing, if anybody comes or goes meanwhile who offers actions.
    let action;
    for (let tries = 0; tries < 10 && action === undefined; tries++) {
      [action] = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, new vscode.Range(0, 0, 0, 0), 'source.fixAll');
    }
    assert.ok(action?.edit, 'there is no such action');
    assert.ok(await vscode.workspace.applyEdit(action.edit), 'the edit was refused');
    assert.equal(document.getText(), '%idle_timeout 30\n%worker_type G.1X');
    await problem(document, 'idle_timeout', false);
  });
  await prove('a project file is checked and completed', async () => {
    await vscode.workspace.fs.writeFile(file('glue-ls.toml'), Buffer.from('[rules.severity]\nunknown-magi = "off"\n'));
    const settings = await vscode.workspace.openTextDocument(file('glue-ls.toml'));
    await vscode.window.showTextDocument(settings, { preview: false });
    await problem(settings, 'unknown-magi', true);
    const list = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', settings.uri, settings.positionAt(settings.getText().length));
    const labels = list.items.map((item) => (typeof item.label === 'string' ? item.label : item.label.label));
    assert.ok(labels.includes('unknown-magic'), `no unknown-magic among ${JSON.stringify(labels.slice(0, 40))}`);
  });
  await prove('a cell magic below another magic gets a cell of its own', async () => {
    const text = '%region eu-west-1\n# why\n%%sql\nselect 1';
    const at = notebook.cellCount;
    const added = new vscode.WorkspaceEdit();
    added.set(notebook.uri, [vscode.NotebookEdit.insertCells(at, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'python_glue_session')])]);
    assert.ok(await vscode.workspace.applyEdit(added), 'no cell was added');
    const { document } = notebook.cellAt(at);
    // The server has the cell once its problem is there.
    await problem(document, '%%sql', true);
    let [actions, split] = [[]];
    for (let tries = 0; tries < 10 && split === undefined; tries++) {
      actions = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, rangeOf(document, '%%sql'), 'refactor.extract');
      split = actions.find((action) => action.title.startsWith('Split the cell'));
    }
    assert.ok(split, `no split among ${JSON.stringify(actions.map((action) => action.title))}`);
    await vscode.commands.executeCommand(split.command.command, ...split.command.arguments);
    const texts = notebook.getCells().slice(at).map((cell) => cell.document.getText());
    assert.deepEqual(texts, ['%region eu-west-1\n# why', '%%sql\nselect 1']);
    assert.equal(notebook.cellAt(at).document.uri.toString(), document.uri.toString(), 'the first part is another cell');
    assert.equal(notebook.cellAt(at + 1).document.languageId, 'python_glue_session');
    await problem(notebook.cellAt(at + 1).document, '%%sql', false);
  });
  await prove('nothing of it is sent anywhere: the extension connects to no machine', () => {
    assert.deepEqual(connected, []);
    const { packageJSON, extensionPath } = vscode.extensions.getExtension('glue-ls.glue-ls');
    assert.equal(packageJSON.telemetry, undefined);
    assert.doesNotMatch(readFileSync(join(extensionPath, 'dist/extension.js'), 'utf8'), /createTelemetryLogger|TelemetryReporter/);
  });
  await prove('of a folder that is not trusted the manifest says what is not done', () => {
    const { capabilities } = vscode.extensions.getExtension('glue-ls.glue-ls').packageJSON;
    assert.equal(capabilities.untrustedWorkspaces.supported, 'limited');
    for (const name of ['glueLs.serverPath', 'glue-ls.engine', 'glue-ls.profile', 'glue-ls.local.python']) {
      assert.ok(capabilities.untrustedWorkspaces.restrictedConfigurations.includes(name), name);
    }
  });
  await prove('its output channel, walkthrough and example are commands', async () => {
    const commands = await vscode.commands.getCommands(true);
    for (const name of ['glueLs.showOutputChannel', 'glueLs.openWalkthrough', 'glueLs.openExample']) assert.ok(commands.includes(name), name);
  });
  await prove('one server serves the window', () => {
    assert.equal(readFileSync(join(outside, 'starts'), 'utf8'), 'started\n');
  });

  report();
};
