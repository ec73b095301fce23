import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parts, splitArgument } from '../src/parts';

const at = (line: number, character = 0) => ({ line, character });
const edit = (start: object, end: object, newText: string) => ({ range: { start, end }, newText });
const made = (text: string, splits: object[], edits: object[] = []) => {
  const split = splitArgument({ uri: 'cell', edits, splits });
  assert.ok(split);
  return parts(text, split);
};

test('a cell is split at the starts of lines, without the line ends between', () => {
  assert.deepEqual(made('%a\n%%sql\nselect 1\n', [at(1)]), ['%a', '%%sql\nselect 1\n']);
  assert.deepEqual(made('a\r\n\r\nb\rc', [at(2), at(3)]), ['a', 'b', 'c']);
});

test('edits are made on the way, each in its own part', () => {
  const text = "x = '𝕏'\n%%sql\nselect 1";
  const edits = [edit(at(1), at(1), '-- top\n'), edit(at(0, 5), at(0, 7), 'y'), edit(at(2, 7), at(2, 8), '2')];
  assert.deepEqual(made(text, [at(1)], edits), ["x = 'y'", '-- top\n%%sql\nselect 2']);
});

test('a request that does not fit the text makes nothing', () => {
  assert.equal(made('a\nb', [at(5)]), undefined);
  assert.equal(made('a\nb', [at(1), at(0)]), undefined);
  assert.equal(made('a\nb', [at(1)], [edit(at(0), at(1, 1), 'x')]), undefined, 'an edit across the split');
  assert.equal(made('a\nb', [at(1)], [edit(at(0), at(0, 1), 'x'), edit(at(0), at(0, 1), 'y')]), undefined);
});

test('an argument of another shape is none', () => {
  for (const argument of [null, undefined, [], {}, { uri: 'a', edits: [], splits: [] }, { uri: 'a', edits: [{}], splits: [at(1)] }, { uri: 3, edits: [], splits: [at(1)] }, { uri: 'a', edits: [], splits: [at(-1)] }]) {
    assert.equal(splitArgument(argument), undefined);
  }
});
