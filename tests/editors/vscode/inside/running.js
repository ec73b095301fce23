// Runs cells in VS Code's extension host with the kernel of the installed extension, on the local engine, and
// looks at what VS Code has of them, in its model and in the file.
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');
const { cancel, changed, decoder, ended, items, named, shown, start, texts } = require('./cells.js');
const { describe, file, folder, notes, outside, until } = require('./proving.js');

const PNG = [0x89, 0x50, 0x4e, 0x47];

async function ran(cell) {
  assert.ok(await ended(cell, () => start(cell())), `the cell failed: ${shown(cell())}`);
}
/** Runs a cell (and others after it) that does not end by itself; resolves when it has begun. */
async function begun(cell, ...others) {
  const before = cell().executionSummary?.executionOrder;
  await start(cell(), ...others);
  const begins = () => ![undefined, before].includes(cell().executionSummary?.executionOrder);
  await until(changed, begins, () => `the cell has not begun: ${shown(cell())}`);
}

async function open(name) {
  const notebook = await vscode.workspace.openNotebookDocument(file(name));
  await vscode.window.showNotebookDocument(notebook, { preview: false });
  await vscode.commands.executeCommand('notebook.selectKernel', { id: 'glue-ls', extension: 'glue-ls.glue-ls' });
  return notebook;
}
const edit = async (change) => {
  const all = new vscode.WorkspaceEdit();
  change(all);
  assert.ok(await vscode.workspace.applyEdit(all), 'the edit was refused');
};
/**
 * Saves a notebook. VS Code says that it has not where something has changed meanwhile, as by itself a moment after a
 * cell has ended: it notes the cell's number.
 */
const save = async (notebook) => {
  for (let tries = 0; tries < 5; tries++) {
    if (await notebook.save() || !notebook.isDirty) return;
  }
  assert.fail('not saved');
};
const diff = () => execFileSync('git', ['diff'], { cwd: folder, encoding: 'utf8' });

async function leavesNothing(notebook) {
  await vscode.window.showNotebookDocument(notebook);
  await vscode.commands.executeCommand('notebook.clearAllCellsOutputs');
  await until(changed, () => notebook.getCells().every((cell) => cell.outputs.length === 0 && !cell.executionSummary?.executionOrder), () => 'outputs are left');
  await save(notebook);
  assert.equal(diff(), '');
  assert.equal(notebook.isDirty, false);
}

exports.run = async () => {
  const { prove, report } = notes('running');
  let notebook, settings, text, wrong, endless, after;

  await prove('a cell runs, and what it prints is shown, each stream as one output', async () => {
    notebook = await open('run.ipynb');
    [settings, text, wrong, endless, after] = ['settings', 'text', 'wrong', 'endless', 'after'].map((id) => named(notebook, id));
    await ran(settings);
    await ran(text);
    assert.equal(texts(text(), 'stdout'), 'first\nsecond\nthird\n');
    assert.equal(texts(text(), 'stderr'), 'to stderr\n');
    assert.equal(text().outputs.length, 2);
  });
  await prove('cells are numbered as they run', async () => {
    const { executionOrder: first } = settings().executionSummary;
    assert.equal(first, 1);
    assert.equal(text().executionSummary.executionOrder, 2);
    await ran(text);
    assert.equal(text().executionSummary.executionOrder, 3);
    assert.equal(texts(text(), 'stdout'), 'first\nsecond\nthird\n', 'the old output is still there');
  });
  await prove('a table of Spark is shown as one, and the file keeps the text', async () => {
    const tables = await open('shown.ipynb');
    const table = named(tables, 'table');
    await ran(table);
    const mimes = items(table()).map(({ mime }) => mime);
    assert.deepEqual(mimes, ['application/vnd.glue-ls.tables+html', 'application/vnd.code.notebook.stdout'], shown(table()));
    assert.match(texts(table(), 'tables+html'), /<td>&lt;b&gt;us<\/td>/);
    await save(tables);
    const saved = JSON.parse(readFileSync(tables.uri.fsPath, 'utf8')).cells.find(({ id }) => id === 'table').outputs;
    assert.deepEqual(saved.map(({ output_type: type, name, text }) => [type, name, text.join('')]), [['stream', 'stdout', texts(table(), 'stdout')]]);
    await leavesNothing(tables);
    await vscode.window.showNotebookDocument(notebook);
  });
  await prove('a picture is shown as one', async () => {
    const picture = named(notebook, 'picture');
    await ran(picture);
    const image = items(picture()).find(({ mime }) => mime === 'image/png');
    assert.ok(image, shown(picture()));
    assert.deepEqual([...image.data.slice(0, 4)], PNG);
  });
  await prove('an error is shown with its traceback', async () => {
    assert.equal(await ended(wrong, () => start(wrong())), false);
    const error = items(wrong()).find(({ mime }) => mime === 'application/vnd.code.notebook.error');
    assert.ok(error, shown(wrong()));
    const { name, stack } = JSON.parse(decoder.decode(error.data));
    assert.equal(name, 'ZeroDivisionError');
    assert.match(stack, /whole \/ part|line 3/);
  });
  await prove('the line that raised it is underlined', async () => {
    const { document } = wrong();
    const lines = () => vscode.languages.getDiagnostics(document.uri).filter(({ message }) => message.includes('ZeroDivisionError')).map(({ range }) => range.start.line);
    await until(vscode.languages.onDidChangeDiagnostics, () => lines().length > 0, () => describe(document.uri));
    assert.deepEqual(lines(), [2]);
  });
  await prove('an endless loop is interrupted, and what was there before is still there', async () => {
    const success = await ended(endless, async () => {
      await begun(endless);
      // While it runs.
      await until(changed, () => texts(endless(), 'stdout') === 'looping\n', () => shown(endless()));
      await cancel(endless());
    });
    assert.equal(success, false);
    assert.equal(texts(endless(), 'stdout'), 'looping\n');
    assert.equal(endless().outputs.length, 1, shown(endless()));
    await ran(after);
    assert.equal(texts(after(), 'stdout'), '42\n');
  });
  await prove('cancelling a cell that waits leaves the one that runs alone', async () => {
    await begun(endless, after());
    await cancel(after());
    // Its turn would come now.
    const success = await ended(endless, () => cancel(endless()));
    assert.equal(success, false);
    await ran(text);
    assert.notEqual(after().executionSummary?.success, true, 'it ran');
  });
  await prove('a running cell may be edited and moved', async () => {
    const success = await ended(endless, async () => {
      await begun(endless);
      await edit((all) => all.insert(endless().document.uri, new vscode.Position(0, 0), '# edited\n'));
      await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(endless().index, endless().index + 1)] });
      const { index } = endless();
      await vscode.commands.executeCommand('notebook.cell.moveUp');
      await until(changed, () => endless().index !== index, () => 'not moved');
      await cancel(endless());
    });
    assert.equal(success, false);
    // VS Code notes the number of a run in the metadata of whatever cell is in the place of the one that ran.
    const { executionOrder } = endless().executionSummary;
    await until(changed, () => endless().metadata.execution_count === executionOrder, () => 'the number was not noted');
    await vscode.commands.executeCommand('notebook.cell.moveDown');
    await edit((all) => all.delete(endless().document.uri, new vscode.Range(0, 0, 1, 0)));
    await ran(after);
  });
  await prove('a running cell may be deleted: it is cancelled, the others run', async () => {
    const cells = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, endless().document.getText(), endless().document.languageId);
    await edit((all) => all.set(notebook.uri, [vscode.NotebookEdit.insertCells(notebook.cellCount, [cells])]));
    const added = notebook.cellAt(notebook.cellCount - 1);
    await begun(() => added);
    await edit((all) => all.set(notebook.uri, [vscode.NotebookEdit.deleteCells(new vscode.NotebookRange(added.index, added.index + 1))]));
    await ran(after);
  });
  await prove('saving while a cell runs does not disturb it, nor what the server knows of the cells', async () => {
    const success = await ended(endless, async () => {
      await begun(endless);
      await save(notebook);
      await cancel(endless());
    });
    assert.equal(success, false);
    await edit((all) => all.insert(after().document.uri, new vscode.Position(0, 0), 'print("saved")\n'));
    await ran(after);
    assert.equal(texts(after(), 'stdout'), 'saved\n42\n');
    await edit((all) => all.delete(after().document.uri, new vscode.Range(0, 0, 1, 0)));
  });
  await prove('nothing of it is left in the file after clearing the outputs and saving', () => leavesNothing(notebook));
  await prove('a notebook runs from top to bottom', async () => {
    const quickstart = await open('quickstart.ipynb');
    const code = quickstart.getCells().filter(({ kind }) => kind === vscode.NotebookCellKind.Code);
    await vscode.commands.executeCommand('glueLs.runAllCells');
    await until(changed, () => code.every((cell) => cell.executionSummary?.success !== undefined), () => code.map(shown).join('\n'));
    assert.deepEqual(code.map((cell) => cell.executionSummary.success), code.map(() => true), code.map(shown).join('\n'));
    assert.deepEqual(code.map((cell) => cell.executionSummary.executionOrder), code.map((_, index) => index + 1));
    assert.ok(code.some((cell) => texts(cell, 'stdout') !== ''), 'nothing was printed');
    await leavesNothing(quickstart);
  });
  await prove('what the server clears is cleared, and the cell counts as not run', async () => {
    await vscode.window.showNotebookDocument(notebook);
    await ran(text);
    const place = { uri: notebook.uri.toString(), cell: text().document.uri.toString() };
    await vscode.commands.executeCommand('glueLs.serverCommand', 'glue-ls.clearOutputs', place);
    await until(changed, () => text().outputs.length === 0 && text().executionSummary?.success === undefined, () => shown(text()));
    assert.equal(text().executionSummary?.executionOrder, undefined, shown(text()));
    await ran(text);
    assert.equal(texts(text(), 'stdout'), 'first\nsecond\nthird\n');
  });
  await prove('all that runs and waits is cancelled at once', async () => {
    await vscode.window.showNotebookDocument(notebook);
    await ran(settings);
    const success = await ended(endless, async () => {
      await begun(endless, after());
      await vscode.commands.executeCommand('glueLs.cancel');
    });
    assert.equal(success, false);
    await ran(text);
    assert.notEqual(after().executionSummary?.success, true, 'what waited ran');
  });
  await prove('a server that is killed ends what runs, and the next one runs on', async () => {
    const starts = () => readFileSync(join(outside, 'starts'), 'utf8').length;
    const before = starts();
    await vscode.window.showNotebookDocument(notebook);
    const success = await ended(endless, async () => {
      await begun(endless);
      process.kill(Number(readFileSync(join(outside, 'pid'), 'utf8')), 'SIGKILL');
    });
    assert.equal(success, false);
    await ran(settings);
    await ran(text);
    assert.ok(starts() > before, 'no other server was started');
  });
  await prove('stopping the session ends what runs in it', async () => {
    const success = await ended(endless, async () => {
      await begun(endless);
      await vscode.commands.executeCommand('glueLs.stopSession');
    });
    assert.equal(success, false);
  });
  await prove('the server\'s own command names are left to whoever wants them', async () => {
    const commands = await vscode.commands.getCommands(true);
    assert.deepEqual(commands.filter((name) => name.startsWith('glue-ls.')), []);
    assert.ok(commands.includes('glueLs.stopSession'));
  });

  report();
};
