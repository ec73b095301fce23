// Cells of a notebook, as VS Code has them: what they show, and running them.
const assert = require('node:assert/strict');
const vscode = require('vscode');
const { until } = require('./proving.js');

const decoder = new TextDecoder();

const items = (cell) => cell.outputs.flatMap((output) => output.items);
const texts = (cell, kind) => items(cell).filter(({ mime }) => mime.endsWith(kind)).map(({ data }) => decoder.decode(data)).join('');
const shown = (cell) => JSON.stringify([cell.executionSummary, items(cell).map(({ mime, data }) => [mime, decoder.decode(data).slice(0, 300)])]);
const changed = vscode.workspace.onDidChangeNotebookDocument;
/** A cell by the id that the file has for it. VS Code has another object for a cell that was moved. */
const named = (notebook, id) => () => {
  const cell = notebook.getCells().find(({ metadata }) => metadata.id === id);
  assert.ok(cell, `no cell ${id}`);
  return cell;
};
const place = (cells) => ({ document: cells[0].notebook.uri, ranges: cells.map(({ index }) => ({ start: index, end: index + 1 })) });
const start = (...cells) => vscode.commands.executeCommand('notebook.cell.execute', place(cells));
const cancel = (...cells) => vscode.commands.executeCommand('notebook.cell.cancelExecution', place(cells));

/** Resolves when the cell has ended after `begin`, with whether it succeeded. */
async function ended(cell, begin) {
  const finish = () => cell().executionSummary?.timing?.endTime;
  const before = finish();
  await begin();
  const over = () => cell().executionSummary?.success !== undefined && finish() !== before;
  await until(changed, over, () => `the cell has not ended: ${shown(cell())}`);
  return cell().executionSummary.success;
}

module.exports = { cancel, changed, decoder, ended, items, named, shown, start, texts };
