import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Observed, type Summary, Watched } from '../src/watched';

const URI = 'file:///a.ipynb';
const EMPTY: Summary = { executionOrder: undefined, success: undefined, timing: undefined };
const ended = (order: number | undefined, success: boolean | undefined): Summary => ({ executionOrder: order, success, timing: { startTime: 100, endTime: 150 } });

/** Notes what is told, by a clock that is set by hand. */
function window(isWanted: () => boolean = () => true) {
  const told: Observed[] = [];
  let now = 1000;
  let later: { at: number; done: () => void }[] = [];
  const watched = new Watched((observed) => told.push(observed), {
    now: () => now,
    after: (milliseconds, done) => {
      const one = { at: now + milliseconds, done };
      later.push(one);
      return () => { later = later.filter((other) => other !== one); };
    },
  });
  const outputs = new Map<string, string[]>();
  const asked: string[] = [];
  const change = (cell: string, summary: Summary | undefined, changed: boolean, uri = URI) =>
    watched.changed(uri, cell, { summary, outputs: changed, read: () => outputs.get(cell) ?? [] }, () => {
      asked.push(cell);
      return isWanted();
    });
  return {
    watched,
    asked,
    summary: (cell: string, summary: Summary, uri?: string) => change(cell, summary, false, uri),
    prints: (cell: string, ...texts: string[]) => {
      outputs.set(cell, texts);
      change(cell, undefined, true);
    },
    passes: (milliseconds: number) => {
      now += milliseconds;
      const due = later.filter(({ at }) => at <= now);
      later = later.filter(({ at }) => at > now);
      due.forEach(({ done }) => done());
    },
    /** What was told since the last call, in short. */
    told: () => told.splice(0).map(({ cell, outputs, success, executionOrder }) => `${cell}[${executionOrder ?? ''}] ${success ?? 'runs'}: ${outputs.join(',')}`),
    whole: () => told.splice(0),
  };
}

test('a cell runs from its number on, to its end', () => {
  const { summary, prints, whole } = window();
  summary('a', EMPTY);
  assert.deepEqual(whole(), []);
  summary('a', EMPTY);
  summary('a', { executionOrder: 3 });
  assert.deepEqual(whole(), [{ uri: URI, cell: 'a', outputs: [], success: null, executionOrder: 3, startedAt: 1000, endedAt: null }]);
  prints('a', 'x');
  summary('a', ended(3, true));
  assert.deepEqual(whole(), [{ uri: URI, cell: 'a', outputs: ['x'], success: true, executionOrder: 3, startedAt: 1000, endedAt: 150 }]);
});

test('outputs are told at most once a second, and not after the end', () => {
  const { summary, prints, passes, told } = window();
  summary('a', EMPTY);
  summary('a', { executionOrder: 1 });
  prints('a', 'x');
  prints('a', 'x', 'y');
  passes(999);
  assert.deepEqual(told(), ['a[1] runs: ']);
  passes(1);
  assert.deepEqual(told(), ['a[1] runs: x,y']);
  passes(1000);
  assert.deepEqual(told(), []);
  prints('a', 'z');
  assert.deepEqual(told(), ['a[1] runs: z']);
  prints('a', 'last');
  summary('a', ended(1, false));
  passes(5000);
  prints('a', 'an old output, of an edit');
  assert.deepEqual(told(), ['a[1] false: last']);
});

test('a kernel without numbers is told of at the end', () => {
  const { summary, prints, told } = window();
  summary('a', EMPTY);
  prints('a', 'x');
  summary('a', ended(undefined, true));
  assert.deepEqual(told(), ['a[] runs: ', 'a[] true: x']);
});

test('clearing outputs, undoing that and what a file has is no execution', () => {
  const { summary, prints, passes, told, asked } = window();
  prints('a', 'of the file');
  summary('a', { executionOrder: 5, success: true });
  prints('a');
  summary('a', EMPTY);
  prints('a', 'of the file');
  passes(5000);
  assert.deepEqual(told(), []);
  assert.deepEqual(asked, ['a']);
});

test('an execution that is not wanted is left alone to its end', () => {
  const { summary, prints, told } = window(() => false);
  summary('a', EMPTY);
  summary('a', { executionOrder: 1 });
  prints('a', 'x');
  summary('a', ended(1, true));
  assert.deepEqual(told(), []);
});

test('who runs a cell is asked again for each execution, also where the one before never came to anything', () => {
  let isWanted = true;
  const { summary, told, asked } = window(() => isWanted);
  summary('a', EMPTY);
  isWanted = false;
  summary('a', EMPTY);
  summary('a', { executionOrder: 1 });
  summary('a', ended(1, true));
  assert.deepEqual(told(), []);
  assert.deepEqual(asked, ['a', 'a']);
});

test('an execution that ends untold ends when the next one of the cell is made', () => {
  const { summary, prints, told } = window();
  summary('a', EMPTY);
  summary('a', { executionOrder: 1 });
  prints('a', 'x');
  summary('a', { executionOrder: 1 });
  summary('a', EMPTY);
  assert.deepEqual(told(), ['a[1] runs: ', 'a[1] false: x']);
  summary('a', { executionOrder: 2 });
  summary('a', ended(2, undefined));
  assert.deepEqual(told(), ['a[2] runs: ', 'a[2] false: x']);
});

test('or when a later cell of the notebook ends, and the others wait on', () => {
  const { summary, told } = window();
  for (const cell of ['a', 'b', 'c']) summary(cell, EMPTY);
  summary('other', EMPTY, 'file:///b.ipynb');
  summary('other', { executionOrder: 1 }, 'file:///b.ipynb');
  summary('a', { executionOrder: 1 });
  summary('b', { executionOrder: 2 });
  summary('c', { executionOrder: 3 });
  told();
  summary('b', ended(2, true));
  assert.deepEqual(told(), ['a[1] false: ', 'b[2] true: ']);
});

test('the end is told of a cell that goes away, once', () => {
  const { watched, summary, prints, passes, told } = window();
  summary('a', EMPTY);
  summary('waits', EMPTY);
  summary('a', { executionOrder: 1 });
  prints('a', 'x');
  watched.gone('a');
  watched.gone('a');
  watched.gone('waits');
  passes(5000);
  summary('a', ended(1, true));
  assert.deepEqual(told(), ['a[1] runs: ', 'a[1] false: x']);
});
