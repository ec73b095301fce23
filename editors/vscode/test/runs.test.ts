import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Output } from '../src/outputs';
import { type CellState, cellOutput, cellState } from '../src/protocol';
import { type Execution, Runs } from '../src/runs';

const URI = 'file:///a.ipynb';
const decoder = new TextDecoder();

/** Notes in words what would happen on the screen. Cells named `gone…` do not exist. */
function screen() {
  const seen: string[] = [];
  const texts = (outputs: Output[]) => outputs.flatMap(({ items }) => items.map(({ data }) => decoder.decode(data))).join('|');
  const restored = (uri: string, cell: string, outputs: Output[]) => seen.push(`${cell} has again ${uri === URI ? texts(outputs) : uri}`);
  const runs = new Runs((uri, cell): Execution | undefined => {
    if (uri !== URI || cell.startsWith('gone')) return undefined;
    seen.push(`${cell} pending`);
    return {
      start: (at) => seen.push(`${cell} starts ${at}`),
      replace: (outputs) => seen.push(`${cell} has ${texts(outputs)}`),
      append: (outputs) => seen.push(`${cell} gets ${texts(outputs)}`),
      end: (success, at) => seen.push(`${cell} ends ${success === undefined ? 'untold' : success}${at < 1e6 ? ` ${at}` : ''}`),
    };
  }, restored);
  /** What was seen since the last call. */
  return { runs, seen: () => seen.splice(0) };
}

function state(cell: string, runId: number, name: CellState['state'], more: object = {}): CellState {
  const parsed = cellState({ uri: URI, cell, runId, state: name, startedAt: name === 'queued' ? null : 100, elapsedMs: 5, progress: null, ...more });
  assert.ok(parsed);
  return parsed;
}

function output(cell: string, runId: number, text: string, replace = false) {
  const parsed = cellOutput({ uri: URI, cell, runId, outputs: [{ output_type: 'stream', name: 'stdout', text }], replace });
  assert.ok(parsed);
  return parsed;
}

test('cells are pending when asked for, run, print and end', () => {
  const { runs, seen } = screen();
  const asked = runs.ask(URI, ['a', 'b']);
  assert.equal(asked.waiting, 2);
  asked.accepted(1);
  assert.equal(asked.waiting, 0);
  runs.state(state('a', 1, 'queued'));
  runs.state(state('b', 1, 'queued'));
  runs.state(state('a', 1, 'starting-session'));
  runs.state(state('a', 1, 'running'));
  runs.output(output('a', 1, 'x'));
  runs.output(output('a', 1, 'y', true));
  runs.state(state('a', 1, 'ok'));
  runs.state(state('b', 1, 'running'));
  runs.state(state('b', 1, 'error'));
  assert.deepEqual(seen(), [
    'a pending', 'b pending', 'a starts 100', 'a gets x', 'a has y', 'a ends true 105', 'b starts 100', 'b ends false 105',
  ]);
  assert.equal(runs.active(), 0);
});

test('a run that does not begin leaves no mark, one that cannot be asked for has failed', () => {
  const { runs, seen } = screen();
  runs.ask(URI, ['a']).refused(false);
  runs.ask(URI, ['a']).refused(true);
  assert.deepEqual(seen(), ['a pending', 'a ends untold', 'a pending', 'a ends false']);
});

test('a cell that is cancelled before it began leaves no mark, one that ran has failed', () => {
  const { runs, seen } = screen();
  runs.ask(URI, ['a', 'b']).accepted(1);
  runs.state(state('a', 1, 'running'));
  runs.state(state('a', 1, 'cancelled'));
  runs.state(state('b', 1, 'cancelled', { startedAt: null }));
  assert.deepEqual(seen(), ['a pending', 'b pending', 'a starts 100', 'a ends false 105', 'b ends untold']);
});

test('cells that nobody here asked for show as well, as those of settings that run first', () => {
  const { runs, seen } = screen();
  runs.state(state('settings', 4, 'queued'));
  runs.output(output('settings', 4, 'x'));
  runs.state(state('settings', 4, 'ok', { startedAt: 7 }));
  const [pending, , ...rest] = seen();
  assert.deepEqual([pending, ...rest], ['settings pending', 'settings gets x', 'settings ends true 12']);
});

test('a final state of a cell that does not run begins nothing', () => {
  const { runs, seen } = screen();
  runs.state(state('a', 1, 'ok'));
  assert.deepEqual(seen(), []);
});

test('an error without an output says why', () => {
  const { runs, seen } = screen();
  runs.ask(URI, ['a']).accepted(1);
  runs.state(state('a', 1, 'error', { startedAt: null, message: 'There is no Python.' }));
  const [, , said] = seen();
  assert.match(said ?? '', /There is no Python\./);
});

test('what an earlier run still says is passed over; a later one waits its turn', () => {
  const { runs, seen } = screen();
  runs.ask(URI, ['a']).accepted(5);
  runs.state(state('a', 4, 'error'));
  runs.output(output('a', 4, 'old'));
  runs.state(state('a', 5, 'running'));
  runs.state(state('a', 6, 'queued'));
  runs.state(state('a', 5, 'ok'));
  runs.state(state('a', 6, 'running'));
  runs.state(state('a', 6, 'ok'));
  assert.deepEqual(seen(), ['a pending', 'a starts 100', 'a ends true 105', 'a pending', 'a starts 100', 'a ends true 105']);
});

test('the end of the server ends everything, once', () => {
  const { runs, seen } = screen();
  const asked = runs.ask(URI, ['a', 'b']);
  asked.accepted(1);
  runs.state(state('a', 1, 'running'));
  const unanswered = runs.ask(URI, ['c']);
  assert.equal(runs.lost(), 3);
  assert.equal(unanswered.waiting, 0);
  unanswered.refused(true);
  assert.equal(runs.lost(), 0);
  assert.deepEqual(seen(), ['a pending', 'b pending', 'a starts 100', 'c pending', 'a ends false', 'b ends false', 'c ends false']);
});

test('what was not answered yet survives a server that is replaced', () => {
  const { runs, seen } = screen();
  runs.ask(URI, ['a']).accepted(1);
  runs.state(state('a', 1, 'running'));
  const unanswered = runs.ask(URI, ['c']);
  assert.equal(runs.lost(true), 1);
  assert.equal(unanswered.waiting, 1);
  unanswered.accepted(1);
  runs.state(state('c', 1, 'running'));
  assert.deepEqual(seen(), ['a pending', 'a starts 100', 'c pending', 'a ends false', 'c starts 100']);
});

test('a cell that is deleted is forgotten, one that never was there is no matter', () => {
  const { runs, seen } = screen();
  runs.ask(URI, ['a', 'gone']).accepted(1);
  runs.state(state('a', 1, 'running'));
  assert.equal(runs.active(URI), 1);
  runs.forget('a');
  runs.state(state('a', 1, 'cancelled'));
  runs.state(state('gone', 1, 'running'));
  runs.output(output('gone', 1, 'x'));
  assert.deepEqual(seen(), ['a pending', 'a starts 100', 'a ends false']);
});

test('what a session has shown before is shown without a run, unless the cell has one', () => {
  const { runs, seen } = screen();
  const before = (text: string | undefined, more: object = {}) => {
    const outputs = text === undefined ? [] : [{ output_type: 'stream', name: 'stdout', text }];
    const parsed = cellOutput({ uri: URI, cell: 'a', runId: null, outputs, replace: true, ...more });
    assert.ok(parsed);
    return parsed;
  };
  runs.output(before('x', { restored: { sessionId: 's', statement: 1, state: 'AVAILABLE', startedAt: 1, completedAt: 2 } }));
  runs.output(before(undefined));
  assert.equal(runs.active(), 0);
  runs.ask(URI, ['a']).accepted(1);
  runs.output(before('y'));
  runs.state(state('a', 1, 'running'));
  runs.output(before('y'));
  assert.deepEqual(seen(), ['a has again x', 'a has again ', 'a pending', 'a starts 100']);
});

test('what still runs in a session is shown as running, until it has ended or the cell is run', () => {
  const { runs, seen } = screen();
  const told = (cell: string, state: string) => {
    const restored = { sessionId: 's', statement: 1, state, startedAt: 100, completedAt: state === 'RUNNING' ? null : 200 };
    const outputs = [{ output_type: 'stream', name: 'stdout', text: state }];
    const parsed = cellOutput({ uri: URI, cell, runId: null, outputs, replace: true, restored });
    assert.ok(parsed);
    runs.output(parsed);
  };
  told('a', 'RUNNING');
  assert.ok(runs.has('a') && runs.follows('a') && !runs.follows('b'));
  told('a', 'CANCELLING');
  told('a', 'CANCELLED');
  assert.deepEqual(seen(), ['a pending', 'a starts 100', 'a has RUNNING', 'a has CANCELLING', 'a has CANCELLED', 'a ends untold 200']);
  told('b', 'WAITING');
  told('b', 'AVAILABLE');
  assert.deepEqual(seen(), ['b pending', 'b starts 100', 'b has WAITING', 'b has AVAILABLE', 'b ends true 200']);
  const raised = [{ output_type: 'error', ename: 'E', evalue: 'v', traceback: ['t'] }];
  const failed = { uri: URI, cell: 'b', runId: null, outputs: raised, replace: true, restored: { state: 'AVAILABLE', startedAt: 100, completedAt: 300 } };
  told('b', 'RUNNING');
  runs.output(cellOutput(failed)!);
  assert.equal(seen().at(-1), 'b ends false 300');
  told('c', 'RUNNING');
  runs.state(state('c', 7, 'queued'));
  runs.state(state('c', 7, 'running'));
  told('c', 'AVAILABLE');
  assert.equal(runs.follows('c'), false);
  assert.deepEqual(seen(), ['c pending', 'c starts 100', 'c has RUNNING', 'c ends untold', 'c pending', 'c starts 100']);
  // Another kernel has this one: it shows what it can.
  told('gone', 'RUNNING');
  assert.equal(runs.forget('c'), 7);
  assert.deepEqual(seen(), ['gone has again RUNNING', 'c ends false']);
  told('d', 'RUNNING');
  assert.equal(runs.forget('d'), undefined, 'there is no run to cancel');
});

test('a cell that runs already is not asked for twice', () => {
  const { runs, seen } = screen();
  runs.ask(URI, ['a']).accepted(1);
  assert.equal(runs.ask(URI, ['a']).waiting, 0);
  assert.deepEqual(seen(), ['a pending']);
});
