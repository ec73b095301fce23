import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { test } from 'node:test';
import { ProcessWatch } from '../src/processWatch';

function watched(program: string): { watch: ProcessWatch; logged: string[]; child: ChildProcess } {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'pipe'] });
  const logged: string[] = [];
  const watch = new ProcessWatch();
  watch.begins(child.stderr, { error: (line) => logged.push(line) }, () => child);
  return { watch, logged, child };
}

test('the last lines and the exit code of a process are known once it has ended', async () => {
  const { watch, logged, child } = watched('for (let n = 1; n <= 30; n++) console.error("line " + n); process.exitCode = 3');
  await new Promise((resolve) => child.once('close', resolve));
  const { said, ended } = await watch.outcome();
  assert.deepEqual(ended, { code: 3, signal: null });
  assert.deepEqual([said.length, said[0], said.at(-1)], [20, 'line 11', 'line 30']);
  assert.equal(logged.length, 30);
});

test('a process that runs on has not ended', async () => {
  const { watch, child } = watched('setInterval(() => {}, 1000)');
  const { ended } = await watch.outcome();
  assert.equal(ended, undefined);
  child.kill('SIGKILL');
});
