import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGlueNotebook } from '../src/glueDocument';
import { accountTroubles, cellOutput, cellState, runAnswer, sessionList, sessionPages, sessionState } from '../src/protocol';
import { serverSettings } from '../src/serverSettings';
import { statusText } from '../src/statusText';

test('an answer begins a run, or says why not and what to do', () => {
  assert.deepEqual(runAnswer({ runId: 7 }), { runId: 7, message: undefined, actions: [] });
  const actions = [{ title: 'Start anyway', command: 'glue-ls.runCell', arguments: [{ force: true }] }];
  assert.deepEqual(runAnswer({ runId: 7, message: 'Anew.', actions }), { runId: 7, message: 'Anew.', actions });
  assert.deepEqual(runAnswer({ state: 'blocked', reason: 'problems', message: 'No.', actions }), { reason: 'problems', message: 'No.', actions });
});

test('an answer of another shape is none, a broken action no button', () => {
  for (const answer of [null, undefined, 3, [], {}, { state: 'ready' }, { runId: 'x' }]) assert.equal(runAnswer(answer), undefined);
  const broken = runAnswer({ state: 'blocked', actions: [null, { title: 3 }, { title: 'x' }, { title: 'Do', command: 'c', arguments: 'no' }] });
  assert.deepEqual(broken, { reason: 'not-runnable', message: 'The server does not run this.', actions: [{ title: 'Do', command: 'c', arguments: [] }] });
});

test('notifications of another shape, and those of scripts, are passed over', () => {
  const place = { uri: 'file:///a', cell: 'c', runId: 1 };
  for (const params of [null, [], place, { ...place, state: 'dancing' }, { ...place, cell: 3, state: 'ok' }, { ...place, cell: null, state: 'ok' }]) {
    assert.equal(cellState(params), undefined);
  }
  for (const params of [null, place, { ...place, outputs: {} }, { ...place, runId: '1', outputs: [] }]) assert.equal(cellOutput(params), undefined);
  assert.equal(sessionState({ status: 'READY' }), undefined);
});

test('what to do next is read from states, and of a broken list what has its shape', () => {
  const actions = [{ title: 'Restart the session', command: 'glue-ls.restartSession', arguments: [{ uri: 'u' }] }];
  const broken = [...actions, null, { title: 'x' }];
  assert.deepEqual(sessionState({ uri: 'u', sessionId: 's', actions: broken })?.actions, actions);
  assert.deepEqual(cellState({ uri: 'u', cell: 'c', runId: 1, state: 'ok', actions: broken })?.actions, actions);
  assert.deepEqual(cellState({ uri: 'u', cell: 'c', runId: 1, state: 'ok', actions: 3 })?.actions, []);
  const receipts = [{ text: 'One cell took 1.0 s.', cost: 1 }, { cost: 1 }, 'x'].map((receipt) => cellState({ uri: 'u', cell: 'c', runId: 1, state: 'ok', receipt })?.receipt);
  assert.deepEqual(receipts, ['One cell took 1.0 s.', undefined, undefined]);
});

test('sessions of the account are read, what has another shape is none', () => {
  const stop = { title: 'Stop the session', command: 'glue-ls.stopSession', arguments: [{ sessionId: 's' }] };
  const list = sessionList({
    region: 'eu-west-1', more: true,
    sessions: [{ sessionId: 's', status: 'READY', ageSeconds: 70, cost: 1.5, estimate: true, tags: { team: 'a', odd: 3 }, whose: 'here', document: '/w/a.ipynb', actions: [stop, 1] }, null, { sessionId: 't' }],
  });
  assert.deepEqual([list?.region, list?.more, list?.sessions.length], ['eu-west-1', true, 1]);
  const [session] = list?.sessions ?? [];
  assert.ok(session);
  assert.deepEqual([session.tags, session.actions, session.workers], [[['team', 'a']], [stop], undefined]);
  for (const answer of [null, [], {}, { sessions: 3 }]) assert.equal(sessionList(answer), undefined);
});

test('a page of a session is one that a browser may be sent to', () => {
  const pages = sessionPages({ dashboardUrl: 'https://d.example/?t=1', dashboardError: null, logsUrl: 'command:evil' });
  assert.deepEqual(pages, { dashboard: 'https://d.example/?t=1', dashboardError: undefined, logs: undefined });
  assert.deepEqual(sessionPages(null), { dashboard: undefined, dashboardError: undefined, logs: undefined });
});

test('troubles of the account are read, what has another shape is none', () => {
  const trouble = { profile: 'dev', message: 'expired', remedy: 'sign in', requiresReauth: true };
  assert.deepEqual(accountTroubles({ troubles: [trouble, null, {}, { ...trouble, remedy: 3 }] }), [trouble]);
  for (const params of [null, [], {}, { troubles: 'x' }]) assert.deepEqual(accountTroubles(params), []);
});

test('a session in a few words', () => {
  const state = (more: object) => sessionState({ uri: 'file:///a', engine: 'aws', status: 'READY', workers: '5 × G.1X', costSoFar: 0.123, ...more });
  const words = (more: object) => {
    const parsed = state(more);
    assert.ok(parsed);
    return statusText(parsed);
  };
  assert.equal(words({}), '$(server-process) Glue: READY, 5 × G.1X, $0.12');
  assert.equal(words({ workers: null, costSoFar: null }), '$(server-process) Glue: READY');
  assert.equal(words({ engine: 'local' }), '$(server-process) Glue local: READY');
  assert.equal(words({ status: null }), '$(server-process) Glue: no session, 5 × G.1X, $0.12');
});

test('the server is told the settings of the manifest and no others', () => {
  const manifest = { contributes: { configuration: { properties: { 'glueLs.serverPath': {}, 'glue-ls.engine': {}, 'glue-ls.local.python': {} } } } };
  const values: Record<string, unknown> = { 'glue-ls.engine': 'local', 'glue-ls.local.python': '/usr/bin/python3', 'glue-ls.trusted': true };
  assert.deepEqual(serverSettings(manifest, (name) => values[name], false), {
    engine: 'local', local: { python: '/usr/bin/python3' }, trusted: false,
  });
  assert.deepEqual(serverSettings({}, () => undefined, true), { trusted: true });
});

const kernel = (name: string, language?: string) => ({ metadata: { kernelspec: { name }, language_info: { name: language } } });
const notebooks: [string, unknown, string[], boolean][] = [
  ['of a Glue kernel', kernel('glue_pyspark'), [], true],
  ['of SageMaker\'s Glue kernel', kernel('conda-env-sm_glue_is-glue_pyspark__SAGEMAKER_INTERNAL__arn'), [], true],
  ['in the language of Glue\'s kernel', { language_info: { name: 'Python_Glue_Session' } }, [], true],
  ['of plain Python', kernel('python3'), ['print(1)', '%timeit f()'], false],
  ['of plain Python with a magic of Glue', kernel('python3'), ['print(1)', '%glue_version 5.0'], true],
  ['of no kernel with a magic of Glue', {}, ['%%configure\n{}', '%idle_timeout 15'], true],
  ['of another kernel, whatever is in it', kernel('pysparkkernel'), ['%glue_version 5.0'], false],
  ['without anything', undefined, [], false],
];
for (const [what, metadata, cells, expected] of notebooks) {
  test(`a notebook ${what} is ${expected ? '' : 'not '}Glue's`, () => assert.equal(isGlueNotebook(metadata, () => cells), expected));
}

test('tables of outputs are those that have their shape', () => {
  const tables = [{ output: 0, html: '<table/>' }, { output: '1', html: 'x' }, { output: 2 }, null];
  const parsed = cellOutput({ uri: 'u', cell: 'c', runId: 1, outputs: [], tables });
  assert.deepEqual([...(parsed?.tables ?? [])], [[0, '<table/>']]);
  assert.equal(cellOutput({ uri: 'u', cell: 'c', runId: 1, outputs: [], tables: 'x' })?.tables.size, 0);
});
