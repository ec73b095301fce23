import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR, STDERR, STDOUT, TABLES, convert, failure, isSame } from '../src/outputs';

const decoder = new TextDecoder();
const shown = (outputs: readonly unknown[]) =>
  convert(outputs).map(({ items, metadata }) => ({ items: items.map(({ mime, data }) => [mime, decoder.decode(data)]), metadata }));
const stream = (name: string, text: unknown) => ({ output_type: 'stream', name, text });

test('pieces of one stream become one output, until another comes between', () => {
  const outputs = shown([stream('stdout', 'a\n'), stream('stdout', ['b\n', 'c']), stream('stderr', 'e'), stream('stdout', 'd')]);
  assert.deepEqual(outputs, [
    { items: [[STDOUT, 'a\n'], [STDOUT, 'b\nc']], metadata: { outputType: 'stream' } },
    { items: [[STDERR, 'e']], metadata: { outputType: 'stream' } },
    { items: [[STDOUT, 'd']], metadata: { outputType: 'stream' } },
  ]);
});

test('an error has its traceback as the stack, and is written as it came', () => {
  const raw = { output_type: 'error', ename: 'ValueError', evalue: 'no', traceback: ['Traceback', 'ValueError: no'] };
  const [output] = shown([raw]);
  assert.deepEqual(output?.items, [[ERROR, JSON.stringify({ name: 'ValueError', message: 'no', stack: 'Traceback\nValueError: no' })]]);
  assert.deepEqual(output?.metadata, { outputType: 'error', originalError: raw });
});

test('an error without a traceback has no stack: VS Code then shows the message', () => {
  const [output] = shown([failure('There is no Python.')]);
  assert.deepEqual(output?.items, [[ERROR, '{"name":"Glue","message":"There is no Python."}']]);
});

test('a picture becomes its bytes, and comes before its text', () => {
  const [output] = convert([{ output_type: 'display_data', data: { 'text/plain': ['<Figure>'], 'image/png': 'iVBORw0K\n' }, metadata: { a: 1 } }]);
  assert.deepEqual(output?.items.map(({ mime }) => mime), ['image/png', 'text/plain']);
  assert.deepEqual([...(output?.items[0]?.data ?? [])], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]);
  assert.deepEqual(output?.metadata, { outputType: 'display_data', metadata: { a: 1 } });
});

test('JSON stays JSON, also where it is a text or a list of texts', () => {
  const value = { data: [], layout: { title: 'ü' } };
  const data = { 'application/vnd.plotly.v1+json': value, 'application/json': ['a', 'b'], 'text/html': ['<b>', '</b>'], 'image/svg+xml': '<svg/>' };
  const [output] = shown([{ output_type: 'display_data', data }]);
  assert.deepEqual(output?.items, [
    ['application/vnd.plotly.v1+json', JSON.stringify(value)],
    ['text/html', '<b></b>'],
    ['image/svg+xml', '<svg/>'],
    ['application/json', '["a","b"]'],
  ]);
});

test('a result keeps its number', () => {
  const [output] = shown([{ output_type: 'execute_result', execution_count: 3, data: { 'text/plain': '42' }, metadata: {} }]);
  assert.deepEqual(output, { items: [['text/plain', '42']], metadata: { outputType: 'execute_result', executionCount: 3, metadata: {} } });
});

test('what is no output is passed over', () => {
  const nothing = [null, 7, 'text', [], {}, { output_type: 'comet' }, { output_type: 'display_data', data: {} }, { output_type: 'display_data' }];
  assert.deepEqual(convert(nothing), []);
  assert.deepEqual(shown([{ output_type: 'error', traceback: 'x', ename: 3 }])[0]?.items, [[ERROR, '{"name":"","message":""}']]);
  assert.deepEqual(shown([stream('stdout', { a: 1 })])[0]?.items, [[STDOUT, '']]);
});

test('a table is shown before the text, which is what is saved', () => {
  const outputs = convert([stream('stdout', 'a'), stream('stdout', '+---+'), stream('stdout', 'b')], new Map([[1, '<table/>'], [7, 'x']]));
  assert.deepEqual(outputs.map(({ items }) => items.map(({ mime, data }) => [mime, decoder.decode(data)])), [
    [[STDOUT, 'a']],
    [[TABLES, '<table/>'], [STDOUT, '+---+']],
    [[STDOUT, 'b']],
  ]);
  assert.deepEqual(outputs[1]?.metadata, { outputType: 'stream' });
});

test('what a cell shows already is known, also in pieces', () => {
  const streams = convert([{ output_type: 'stream', name: 'stdout', text: 'ab' }, { output_type: 'stream', name: 'stderr', text: 'c' }]);
  const [out, err] = streams.map(({ items }) => items);
  assert.ok(out && err);
  const piece = (text: string) => ({ mime: STDOUT, data: new TextEncoder().encode(text) });
  assert.equal(isSame(streams, [out, err]), true);
  assert.equal(isSame(streams, [[piece('a'), piece('b')], err]), true);
  assert.equal(isSame(streams, [[piece('a')], err]), false);
  assert.equal(isSame(streams, [out]), false);
  assert.equal(isSame(streams, [err, out]), false);
  assert.equal(isSame([], []), true);
});
