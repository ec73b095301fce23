import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lists, type Name, type NameList, type Wanted, copied, inside, nameList, notes } from '../src/names';
import { sentence } from '../src/sentence';

const CONNECTIONS: Wanted = { kind: 'connections' };
const list = (part: Partial<NameList>): NameList => ({
  state: 'ready', message: undefined, remedy: undefined, region: undefined, complete: true, items: [], actions: [], ...part,
});
const name = (part: Partial<Name>): Name => ({ kind: 'connections', name: 'orders', detail: '', documentation: '', insert: '%connections orders', ...part });

test('an answer is read, what has another shape is none', () => {
  const item = { name: 'orders', detail: 'JDBC', documentation: '**orders**', insert: '%connections orders' };
  const answer = { state: 'ready', message: null, remedy: null, region: 'eu-west-1', complete: true, items: [item, null, { name: 3 }], actions: [] };
  assert.deepEqual(nameList(answer, CONNECTIONS), list({ region: 'eu-west-1', items: [{ kind: 'connections', ...item }] }));
  const bare = nameList({ state: 'loading', items: [{ name: 'x', insert: null }] }, { kind: 'tables', database: 'shop' });
  assert.deepEqual(bare?.items, [{ kind: 'tables', database: 'shop', name: 'x', detail: '', documentation: '', insert: undefined }]);
  assert.equal(bare?.complete, false);
  for (const broken of [null, [], {}, { state: 'ready' }, { state: 'dancing', items: [] }, { items: [] }]) assert.equal(nameList(broken, CONNECTIONS), undefined);
});

test('databases hold tables, these hold columns', () => {
  assert.deepEqual(inside(name({ kind: 'databases', name: 'shop' })), { kind: 'tables', database: 'shop' });
  assert.deepEqual(inside(name({ kind: 'tables', database: 'shop', name: 'orders' })), { kind: 'columns', database: 'shop', table: 'orders' });
  assert.deepEqual([inside(name({})), inside(name({ kind: 'columns', database: 'shop', table: 'orders' }))], [undefined, undefined]);
});

test('a table is copied with its database, all else by its name', () => {
  assert.equal(copied(name({ kind: 'tables', database: 'shop', insert: 'shop.orders' })), 'shop.orders');
  assert.equal(copied(name({ kind: 'tables', database: 'shop', insert: undefined })), 'orders');
  assert.equal(copied(name({})), 'orders');
});

test('what keeps a list from being there stands in its place, with what to do', () => {
  const told = (part: Partial<NameList>) => notes(list(part), 'connections', sentence);
  const labels = (part: Partial<NameList>) => told(part).map(({ label }) => label);
  assert.deepEqual(labels({ state: 'loading' }), ['Asking for connections…']);
  assert.deepEqual(labels({ state: 'loading', items: [name({})] }), []);
  assert.deepEqual(labels({}), ['No connections']);
  assert.deepEqual(labels({ items: [name({})] }), []);
  assert.deepEqual(labels({ items: [name({})], complete: false }), ['The first 1 only']);
  const action = { title: 'Doctor', command: 'glue-ls.doctor', arguments: [] };
  const rows = told({ state: 'unavailable', message: 'There are no AWS credentials', remedy: 'sign in', actions: [action] });
  assert.deepEqual(rows.map(({ label, icon }) => [label, icon]), [
    ['There are no AWS credentials.', 'warning'], ['What to do: sign in.', 'info'], ['Doctor', 'arrow-right'],
  ]);
  assert.equal(rows[0]?.tooltip, 'There are no AWS credentials.\n\nWhat to do: sign in.');
  assert.deepEqual(rows.map((row) => row.action), [undefined, undefined, action]);
  assert.deepEqual(labels({ state: 'unavailable' }), ['The names are not known.']);
});

/** Lists whose answers the test gives. */
function desk() {
  const asked: { wanted: Wanted; answer: (list: NameList) => Promise<void> }[] = [];
  let changes = 0;
  const lists = new Lists((wanted) => new Promise((resolve) => {
    asked.push({ wanted, answer: async (list) => { resolve(list); await new Promise(setImmediate); } });
  }), () => { changes += 1; });
  return { lists, asked, changes: () => changes };
}

test('a list is asked for once, and again with news until it is there', async () => {
  const { lists, asked, changes } = desk();
  const [first, second] = [lists.get(CONNECTIONS), lists.get(CONNECTIONS)];
  assert.equal(asked.length, 1);
  await asked[0]!.answer(list({ state: 'loading' }));
  assert.deepEqual([(await first).state, (await second).state, changes()], ['loading', 'loading', 0]);
  lists.news();
  assert.equal(asked.length, 2);
  assert.equal((await lists.get(CONNECTIONS)).state, 'loading', 'what is known is shown meanwhile');
  await asked[1]!.answer(list({ items: [name({})] }));
  assert.deepEqual([(await lists.get(CONNECTIONS)).items.length, changes()], [1, 1]);
  // What is there is not fetched anew because of something else.
  lists.news();
  assert.equal(asked.length, 2);
  lists.again();
  await asked[2]!.answer(list({ items: [name({})] }));
  assert.deepEqual([asked.length, changes()], [3, 1], 'nothing has changed');
});

test('news that come while somebody asks are not lost', async () => {
  const { lists, asked, changes } = desk();
  const first = lists.get(CONNECTIONS);
  lists.news();
  lists.news();
  assert.equal(asked.length, 1);
  await asked[0]!.answer(list({ state: 'loading' }));
  assert.equal((await first).state, 'loading');
  assert.equal(asked.length, 2, 'once for all of them');
  await asked[1]!.answer(list({}));
  assert.deepEqual([(await lists.get(CONNECTIONS)).state, changes(), asked.length], ['ready', 1, 2]);
});

test('what was forgotten comes back to nobody', async () => {
  const { lists, asked, changes } = desk();
  void lists.get(CONNECTIONS);
  lists.news();
  lists.clear();
  assert.ok(lists.isEmpty);
  await asked[0]!.answer(list({ items: [name({})] }));
  assert.deepEqual([asked.length, changes()], [1, 0]);
  const again = lists.get(CONNECTIONS);
  await asked[1]!.answer(list({}));
  assert.equal((await again).items.length, 0);
});
