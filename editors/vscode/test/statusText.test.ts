import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SessionState, sessionState } from '../src/protocol';
import { statusText, untilNextText } from '../src/statusText';

function state(more: object): SessionState {
  const parsed = sessionState({ uri: 'file:///a.ipynb', engine: 'aws', status: 'READY', workers: '2 × G.1X', costSoFar: 0.125, ...more });
  assert.ok(parsed);
  return parsed;
}

test('a session of another kernel shows for how many minutes nothing has run', () => {
  const observed = state({ observed: true, idleSince: 1_000_000 });
  assert.equal(statusText(observed, false, 1_000_000 + 59_999), 'Glue: READY, 2 × G.1X, $0.13, idle 0 min');
  assert.equal(statusText(observed, false, 1_000_000 + 7 * 60_000), 'Glue: READY, 2 × G.1X, $0.13, idle 7 min');
  // A clock that was put back.
  assert.equal(statusText(observed, false, 0), 'Glue: READY, 2 × G.1X, $0.13, idle 0 min');
});

test('the text is another one at the next minute', () => {
  const observed = state({ observed: true, idleSince: 1_000_000 });
  assert.equal(untilNextText(observed, 1_000_000), 60_000);
  assert.equal(untilNextText(observed, 1_000_000 + 179_000), 1000);
  assert.equal(untilNextText(observed, 0), 60_000);
});

test('what runs, has ended or is a session of ours has no idle time', () => {
  for (const more of [{ observed: true, idleSince: null }, { observed: true, idleSince: 5, status: 'STOPPED' }, { idleSince: 5 }, { observed: 'yes', idleSince: 5 }]) {
    assert.ok(!statusText(state(more)).includes('idle'));
    assert.equal(untilNextText(state(more)), undefined);
  }
});
