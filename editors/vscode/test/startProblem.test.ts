import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Failure, anotherServer, otherVersion, startProblem } from '../src/startProblem';

const found = { program: '/x/glue-ls', source: 'it is on the PATH' };
const failure = (more: Partial<Failure>): string => startProblem({ ...found, said: [], ended: undefined, error: undefined, builtFor: [], platform: 'linux-x64', ...more });

test('a program that ends at once is named with its last words', () => {
  const said = ['one', 'two', '', '  error: no such option --stdio ', 'three'];
  assert.equal(
    failure({ said, ended: { code: 2, signal: null } }),
    '/x/glue-ls (it is on the PATH) does not answer as a language server: it ended at once, with exit code 2. It said: two / error: no such option --stdio / three',
  );
  assert.match(failure({ ended: { code: 1, signal: null } }), /with exit code 1\. Is it glue-ls\?$/);
  assert.match(failure({ ended: { code: null, signal: 'SIGSEGV' } }), /it ended at once, by SIGSEGV/);
});

test('of long last words the end is shown', () => {
  const message = failure({ said: [`${'x'.repeat(5000)} the reason`], ended: { code: 101, signal: null } });
  assert.ok(message.length < 500 && message.endsWith('the reason'), message);
});

test('a program that runs on without an answer is another one', () => {
  assert.match(failure({}), /what it writes is no answer\. Is it glue-ls\?/);
});

test('what the system does not start has a reason', () => {
  assert.match(failure({ error: 'Launching server using command /x/glue-ls failed. Error: spawn /x/glue-ls EACCES' }), /could not be started: it may not be run\.$/);
  assert.match(failure({ error: 'Error: spawn ENOEXEC' }), /no program for this machine/);
  assert.match(failure({ error: 'Error: spawn Unknown system error -86' }), /another kind of machine/);
  assert.match(failure({ error: 'Error: spawn E2BIG' }), /could not be started: E2BIG\./);
});

test('a program for another machine is told as one, whatever the shell made of it', () => {
  const ended = { code: 127, signal: null };
  assert.match(failure({ ended, said: ['not found'], builtFor: ['darwin-x64', 'darwin-arm64'] }), /it is a program for darwin-x64 and darwin-arm64, and this is linux-x64\.$/);
  assert.match(failure({ ended, said: ['a library is missing'], builtFor: ['linux-x64'] }), /ended at once.*a library is missing/);
});

test('another language server says its name', () => {
  assert.equal(anotherServer(found, { name: 'glue-ls', version: '0.1.0' }), undefined);
  assert.equal(anotherServer(found, undefined), undefined);
  assert.match(anotherServer(found, { name: 'pylsp' }) ?? '', /but not glue-ls: it calls itself "pylsp"/);
});

test('versions belong together by their first two numbers', () => {
  const told = (server: string | undefined, extension: string) => otherVersion(found, { name: 'glue-ls', version: server }, { version: extension, path: '/ext' });
  for (const [server, extension] of [['0.1.0', '0.1.0'], ['0.1.7', '0.1.0'], ['1.2.0-beta', '1.2.9']] as const) assert.equal(told(server, extension), undefined, `${server} ${extension}`);
  const message = told('0.2.0', '0.10.1') ?? '';
  for (const part of ['0.2.0', '0.10.1', '/x/glue-ls', '/ext', 'Update glue-ls,']) assert.ok(message.includes(part), `${part}: ${message}`);
  assert.match(told('1.0.0', '0.9.0') ?? '', /Update the extension,/);
  assert.match(told('0.10.0', '0.9.0') ?? '', /Update the extension,/);
  assert.match(told(undefined, '0.9.0') ?? '', /does not tell its version.*Update glue-ls,/);
});
