import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STDERR, STDOUT, TABLES, convert } from '../src/outputs';
import { MOST, type Shown, textOutputs } from '../src/textOutputs';

const encoder = new TextEncoder();
const item = (mime: string, text: string) => ({ mime, data: encoder.encode(text) });
const shown = (...items: Shown['items'][number][]): Shown => ({ items });
const stream = (name: string, text: string) => ({ output_type: 'stream', name, text });
const texts = (outputs: unknown[]) => (outputs as { text: string }[]).map(({ text }) => text);

test('what is shown becomes what it was', () => {
  const outputs = [
    stream('stdout', 'a\n'),
    stream('stderr', 'ü'),
    { output_type: 'error', ename: 'ValueError', evalue: 'no', traceback: ['Traceback', '  at 1'] },
    { output_type: 'error', ename: 'Glue', evalue: 'refused', traceback: [] },
    { output_type: 'display_data', data: { 'text/html': '<b>1</b>', 'text/plain': '1' }, metadata: {} },
    { output_type: 'execute_result', data: { 'text/plain': '2' }, metadata: {}, execution_count: null },
  ];
  assert.deepEqual(textOutputs(convert(outputs)), outputs);
});

test('pieces of a stream are one, within an output and between them, also in the middle of a character', () => {
  const [first, second] = [encoder.encode('ü').slice(0, 1), encoder.encode('ü').slice(1)];
  const outputs = [shown({ mime: STDOUT, data: first }, { mime: STDOUT, data: second }), shown(item(STDOUT, 'b')), shown(item(STDERR, 'c'), item(STDOUT, 'd'))];
  assert.deepEqual(textOutputs(outputs), [stream('stdout', 'üb'), stream('stderr', 'c'), stream('stdout', 'd')]);
});

test('what is no text is passed over', () => {
  assert.deepEqual(textOutputs([shown(item('image/png', 'x')), shown(item(TABLES, '<table/>'), item(STDOUT, '+--+')), shown()]), [stream('stdout', '+--+')]);
  const picture = shown(item('image/png', 'x'), item('text/plain', '<Figure>'));
  assert.deepEqual(textOutputs([picture]), [{ output_type: 'display_data', data: { 'text/plain': '<Figure>' }, metadata: {} }]);
});

test('an error that is no JSON is a message', () => {
  const error = 'application/vnd.code.notebook.error';
  assert.deepEqual(textOutputs([shown(item(error, '{')), shown(item(error, '7'))]), [
    { output_type: 'error', ename: '', evalue: '{', traceback: [] },
    { output_type: 'error', ename: '', evalue: '', traceback: [] },
  ]);
});

test('of a long text its begin and its end are left, in whole lines, and the error behind it', () => {
  const line = `${'x'.repeat(98)}ü\n`;
  const long = `first\n${line.repeat(20_000)}last\n`;
  const error = { output_type: 'error', ename: 'E', evalue: 'm', traceback: ['t'] };
  const outputs = textOutputs(convert([stream('stdout', long), error]));
  assert.deepEqual(outputs[1], error);
  const [text = ''] = texts(outputs.slice(0, 1));
  assert.ok(Buffer.byteLength(text) <= MOST && Buffer.byteLength(text) > MOST * 0.99, String(text.length));
  const lines = text.split('\n');
  assert.deepEqual([lines[0], ...lines.slice(-2)], ['first', 'last', '']);
  assert.deepEqual([...new Set(lines.slice(1, -2))], [line.trim()]);
});

test('a text without lines is cut between characters', () => {
  const [text = ''] = texts(textOutputs([shown(item(STDOUT, `a${'ü'.repeat(MOST)}`))]));
  assert.match(text, /^aü+$/);
  assert.ok(Buffer.byteLength(text) <= MOST);
});

test('what is no stream stays whole or goes, but for the message of an error', () => {
  const html = (size: number) => ({ output_type: 'display_data', data: { 'text/html': 'x'.repeat(size) }, metadata: {} });
  const error = { output_type: 'error', ename: 'E', evalue: 'm'.repeat(MOST), traceback: ['t'.repeat(MOST)] };
  const outputs = textOutputs(convert([html(10), html(MOST), error, stream('stderr', 'end')])) as { evalue?: string }[];
  assert.deepEqual([outputs[0], outputs[2]], [html(10), stream('stderr', 'end')]);
  assert.match(outputs[1]?.evalue ?? '', /^m+$/);
  assert.equal(outputs.length, 3);
  assert.ok(JSON.stringify(outputs).length < MOST);
});
