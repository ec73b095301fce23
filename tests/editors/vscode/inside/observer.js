// Has the official kernel run cells, beside the installed extension, which looks on; then runs one with the extension's own kernel.
// What is on the screen meanwhile is looked at by `screenObserver.js`: it makes a file when it has.
const assert = require('node:assert/strict');
const { readFileSync, watch, existsSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');
const { ended, named, shown, start, texts } = require('./cells.js');
const { official } = require('./official.js');
const { describe, file, notes, outside, until } = require('./proving.js');

/** Says what there is to be seen, and waits until it was. */
function look(name) {
  const answer = join(outside, `observer-${name}-seen`);
  return new Promise((resolve) => {
    const done = () => { watcher.close(); resolve(); };
    const watcher = watch(outside, () => existsSync(answer) && done());
    writeFileSync(join(outside, `observer-${name}`), '');
    if (existsSync(answer)) done();
  });
}

exports.run = async () => {
  const { prove, report } = notes('observer');
  const kernel = official(JSON.parse(readFileSync(join(outside, 'official.json'), 'utf8')));
  const notebook = await vscode.workspace.openNotebookDocument(file('observed.ipynb'));
  await vscode.window.showNotebookDocument(notebook, { preview: false });
  const [settings, first, wrong, after] = ['settings', 'first', 'wrong', 'after'].map((id) => named(notebook, id));
  const runs = (cell) => ended(cell, () => start(cell())).catch((error) => { throw new Error(`${error.message}; ${kernel.failure()}`); });
  const problems = () => vscode.languages.getDiagnostics(wrong().document.uri).filter(({ message }) => message.includes('NameError'));

  await prove('cells run in the official kernel', async () => {
    await kernel.choose();
    assert.ok(await runs(settings), shown(settings()));
    assert.ok(await runs(first), shown(first()));
    assert.match(texts(first(), 'stdout'), /Session \S+ has been created\.\n[^]*kept 40/);
  });
  await look('ready');
  await prove('the line of a cell that failed there is underlined', async () => {
    assert.equal(await runs(wrong), false);
    await until(vscode.languages.onDidChangeDiagnostics, () => problems().length > 0, () => `${describe(wrong().document.uri)}; ${shown(wrong())}`);
    assert.deepEqual(problems().map(({ range }) => range.start.line), [1]);
  });
  await look('wrong');
  await prove('a cell that is run by the extension joins the session', async () => {
    await vscode.commands.executeCommand('notebook.selectKernel', { id: 'glue-ls', extension: 'glue-ls.glue-ls' });
    assert.ok(await runs(after), shown(after()));
    assert.equal(texts(after(), 'stdout'), '42\n');
    assert.match(texts(first(), 'stdout'), /has been created/, 'what the official kernel has shown stays');
    assert.equal(problems().length, 1);
  });
  await look('joined');
  await prove('the official kernel goes on in it', async () => {
    await kernel.choose();
    assert.ok(await runs(first), shown(first()));
    assert.equal(texts(first(), 'stdout').trim(), 'kept 40');
  });
  await look('stopped');
  await kernel.end();
  report();
};
