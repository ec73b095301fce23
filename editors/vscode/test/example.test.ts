import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readExample } from '../src/example';
import { isGlueNotebook } from '../src/glueDocument';

test('the example is a Glue notebook, its first cell is text, the others are code', () => {
  const { cells, metadata, language } = readExample(readFileSync('../../examples/quickstart.ipynb', 'utf8'));
  assert.equal(language, 'python_glue_session');
  assert.ok(isGlueNotebook({ metadata }, () => []));
  assert.deepEqual(cells.map(({ isCode }) => isCode), [false, ...cells.slice(1).map(() => true)]);
  assert.match(cells[1]?.text ?? '', /^%glue_version 5\.0$/m);
});

test('what is no notebook is refused', () => {
  for (const text of ['', '[]', '{}', '{"cells": []}', 'null']) assert.throws(() => readExample(text), text);
});
