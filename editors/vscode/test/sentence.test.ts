import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentence } from '../src/sentence';

test('words become a sentence', () => {
  assert.equal(sentence('the session was stopped'), 'The session was stopped.');
  assert.equal(sentence('There is nothing to run.'), 'There is nothing to run.');
  assert.equal(sentence(' cell 3 has a problem: really? '), 'Cell 3 has a problem: really?');
  assert.equal(sentence(''), '');
});

test('what is no word stays as it is', () => {
  assert.equal(sentence('%glue_version is missing'), '%glue_version is missing.');
  assert.equal(sentence('glue:GetConnections is not allowed'), 'glue:GetConnections is not allowed.');
  assert.equal(sentence('`x` is missing'), '`x` is missing.');
});
