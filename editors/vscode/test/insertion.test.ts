import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Insertion, type Place, insertion, ownCell } from '../src/insertion';
import type { Name } from '../src/names';

const orders: Name = { kind: 'connections', name: 'orders', detail: '', documentation: '', insert: '%connections orders' };
const table: Name = { kind: 'tables', database: 'shop', name: 'items', detail: '', documentation: '', insert: 'shop.items' };

/** The place of `|` in a text. */
function at(form: Place['form'], marked: string): Place {
  const line = marked.slice(0, marked.indexOf('|')).split('\n').length - 1;
  return { form, lines: marked.replace('|', '').split('\n'), line };
}
/** The text after a connection was put into it. */
function put(form: Place['form'], marked: string): string | Insertion {
  const place = at(form, marked);
  const what = insertion(orders, place);
  if (what.do !== 'put') return what;
  const lines = [...place.lines];
  const line = lines[what.line] ?? '';
  lines[what.line] = line.slice(0, what.character) + what.text + line.slice(what.until);
  return lines.join('\n');
}

test('a connection joins the list that the cursor is in', () => {
  assert.equal(put('cell', '%connections|'), '%connections orders');
  assert.equal(put('cell', '%connections |'), '%connections orders');
  assert.equal(put('cell', '%connections a  |'), '%connections a, orders');
  assert.equal(put('cell', '%connections a, |b'), '%connections a, b, orders');
  assert.equal(put('cell', '%glue_version 5.0\n%conn|ections a,\nx = 1'), '%glue_version 5.0\n%connections a, orders\nx = 1');
  assert.equal(put('script', '# %%\n# %connections a|'), '# %%\n# %connections a, orders');
  assert.deepEqual(put('cell', '%connections orders, b|'), { do: 'nothing', why: 'orders is in the list already' });
  assert.deepEqual(put('cell', '%connections ["a", |]'), { do: 'type', text: 'orders' });
  assert.equal((put('cell', '|\n%connections ["a"]') as Insertion).do, 'copy');
  // The one of the cell, wherever in it the cursor is.
  assert.equal(put('cell', '%connections a\n%glue_version 5.0\nx = |1'), '%connections a, orders\n%glue_version 5.0\nx = 1');
  assert.equal(put('cell', '%glue_version 5.0|\n%connections a\n'), '%glue_version 5.0\n%connections a, orders\n');
  assert.equal(put('script', '# %%\n# %connections a\n# %%\n# %connections b\n|x = 1\n'), '# %%\n# %connections a\n# %%\n# %connections b, orders\nx = 1\n');
  // What stands below code is no list.
  assert.deepEqual(put('cell', 'x = 1\n%connections a\n|'), { do: 'cell', text: '%connections orders' });
  assert.deepEqual(put('text', '%connections |'), { do: 'type', text: 'orders' });
});

test('a magic is a line among magics, and never below code', () => {
  assert.equal(put('cell', '|'), '%connections orders');
  assert.equal(put('cell', '# settings\n%glue_version 5.0|'), '# settings\n%glue_version 5.0\n%connections orders');
  assert.equal(put('cell', '%glue_ver|sion 5.0\n%worker_type G.1X\nx = 1'), '%glue_version 5.0\n%connections orders\n%worker_type G.1X\nx = 1');
  assert.equal(put('cell', '%glue_version 5.0\n|\nx = 1'), '%glue_version 5.0\n%connections orders\nx = 1');
  for (const code of ['x = 1|', 'x = 1\n|', '%%sql\nselect |', '%%configure|']) {
    assert.deepEqual(put('cell', code), { do: 'cell', text: '%connections orders' }, code);
  }
  // A list elsewhere in its name.
  assert.equal(put('cell', '%connections_x|'), '%connections_x\n%connections orders');
});

test('in a script it is a comment, in the cell of the cursor or in one before it', () => {
  assert.equal(put('script', '# %%\n|\n# %%\n# %connections a'), '# %%\n# %connections orders\n# %%\n# %connections a');
  assert.equal(put('script', '# %%\n# %glue_version 5.0|\n# %%\nx = 1'), '# %%\n# %glue_version 5.0\n# %connections orders\n# %%\nx = 1');
  assert.equal(put('script', '# %%\n|\nx = 1'), '# %%\n# %connections orders\nx = 1');
  assert.equal(put('script', '# %%\nx = 1\n# %% next\ny = |2'), '# %%\nx = 1\n# %%\n# %connections orders\n\n# %% next\ny = 2');
  assert.equal(put('script', '# %%\n%glue_version 5.0\n|'), '# %%\n%glue_version 5.0\n%connections orders');
  assert.equal((put('script', 'import awsglue\n|') as Insertion).do, 'copy');
});

test('all else is typed where the cursor is', () => {
  for (const form of ['cell', 'script', 'text'] as const) assert.deepEqual(insertion(table, at(form, 'x = |')), { do: 'type', text: 'shop.items' });
  assert.equal(insertion({ ...table, insert: undefined }, at('cell', '|')).do, 'copy');
  assert.deepEqual(insertion(orders, at('text', 'notes |')), { do: 'type', text: 'orders' });
});

test('a cell of its own is one that can be run', () => {
  const cells = [orders, table, { ...table, kind: 'databases' as const, name: 'shop' }, { ...table, insert: undefined }].map(ownCell);
  assert.deepEqual(cells, ['%connections orders', 'spark.table("shop.items")', 'shop', undefined]);
});
