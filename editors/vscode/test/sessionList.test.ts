import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Offers } from '../src/offers';
import type { ListedSession } from '../src/protocol';
import { ageText, brief, describe, details, hasEnded, nameOf, summary } from '../src/sessionList';

const session: ListedSession = {
  sessionId: 'glue-1', status: 'READY', ageSeconds: 3900, workers: '5 × G.1X', glueVersion: '5.0', cost: 0.123, estimate: true,
  tags: [['team', 'data']], whose: 'here', document: '/ws/orders.ipynb', actions: [],
};

test('a session in a line, and in full', () => {
  assert.equal(nameOf(session), 'orders.ipynb');
  assert.equal(nameOf({ ...session, document: 'C:\\ws\\orders.py' }), 'orders.py');
  assert.equal(nameOf({ ...session, document: undefined }), 'glue-1');
  assert.equal(brief(session), '$0.12, 1 h 5 min, READY, 5 × G.1X');
  assert.equal(describe(session), 'about $0.12, 1 h 5 min, READY, 5 × G.1X, of this window');
  assert.equal(details(session), `glue-1\n${describe(session)}\n/ws/orders.ipynb\nGlue 5.0\nteam = data`);
});

test('what is not known is not said', () => {
  const bare = { ...session, workers: undefined, ageSeconds: undefined, cost: undefined, whose: 'new to us' };
  assert.equal(describe(bare), 'READY');
});

test('a session that has ended has no age', () => {
  const ended = { ...session, status: 'TIMEOUT', whose: 'other', estimate: false };
  assert.deepEqual([hasEnded(session), hasEnded(ended)], [false, true]);
  assert.equal(describe(ended), '$0.12, TIMEOUT, 5 × G.1X, of somebody else');
});

test('ages as people say them', () => {
  const ages = [-5, 59.9, 60, 3599, 3600, 86_399, 100_000].map(ageText);
  assert.deepEqual(ages, ['0 s', '59 s', '1 min', '59 min', '1 h 0 min', '23 h 59 min', '1 d 3 h']);
});

test('where they are, and whether that is all', () => {
  assert.equal(summary({ region: 'eu-west-1', more: true, sessions: [] }), 'eu-west-1, the newest only');
  assert.equal(summary({ region: undefined, more: false, sessions: [] }), '');
});

test('an offer is made once, for as long as it holds', () => {
  const offers = new Offers();
  assert.deepEqual([offers.isNew('a', 'x'), offers.isNew('a', 'x'), offers.isNew('b', 'x'), offers.isNew('a', 'y')], [true, false, true, true]);
  offers.over('a');
  assert.equal(offers.isNew('a', 'y'), true);
  offers.clear();
  assert.equal(offers.isNew('b', 'x'), true);
});

test('the offers that are remembered are bounded, the newest stay', () => {
  const offers = new Offers();
  for (let run = 0; run < 2000; run += 1) offers.isNew(`run ${run}`, '');
  assert.deepEqual([offers.isNew('run 1999', ''), offers.isNew('run 0', '')], [false, true]);
});
