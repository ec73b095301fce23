// What the proofs inside the extension host share.
const { renameSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const vscode = require('vscode');

const LIMIT = 30_000;
const folder = vscode.workspace.workspaceFolders[0].uri;
const outside = dirname(folder.fsPath);

exports.outside = outside;
exports.folder = folder.fsPath;
exports.file = (name) => vscode.Uri.joinPath(folder, name);

/** Resolves once `holds` does, asking now and at each event; `state` describes what was there instead. */
exports.until = function until(event, holds, state) {
  return new Promise((resolve, reject) => {
    if (holds()) return resolve();
    const done = (settle) => { listener.dispose(); clearTimeout(timer); settle(); };
    const timer = setTimeout(() => done(() => reject(new Error(`not within ${LIMIT / 1000} s; ${state()}`))), LIMIT);
    const listener = event(() => holds() && done(resolve));
  });
};

exports.describe = (uri) => JSON.stringify(vscode.languages.getDiagnostics(uri).map((d) => [d.range.start.line, d.range.start.character, d.message]));

/** Returns `prove`, which notes how a proof went, and `report`, which writes down all of them: [{name, error}]. */
exports.notes = function notes(name) {
  const results = [];
  return {
    prove: async (name, proof) => {
      try {
        await proof();
        results.push({ name });
      } catch (error) {
        results.push({ name, error: String(error.message ?? error) });
      }
    },
    report: () => {
      writeFileSync(join(outside, `${name}.part`), JSON.stringify(results));
      renameSync(join(outside, `${name}.part`), join(outside, `${name}.json`));
    },
  };
};
