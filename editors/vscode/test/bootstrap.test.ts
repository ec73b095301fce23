import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Surroundings, findServer, thisMachine } from '../src/bootstrap';

function machine(programs: string[], more: Partial<Surroundings> = {}): Surroundings {
  return {
    setting: '',
    env: { PATH: '/usr/bin:/opt/bin' },
    platform: 'linux',
    home: '/home/ada',
    isProgram: (file) => programs.includes(file),
    ...more,
  };
}

function problemOf(where: Surroundings): string {
  const found = findServer(where);
  assert.ok('problem' in found, `found ${JSON.stringify(found)}`);
  return found.problem;
}

test('the first folder of the PATH that has it wins', () => {
  const found = findServer(machine(['/opt/bin/glue-ls', '/usr/bin/glue-ls']));
  assert.deepEqual(found, { program: '/usr/bin/glue-ls' });
});

test('the setting goes before the variable, the variable before the PATH', () => {
  const programs = ['/a/glue-ls', '/b/glue-ls', '/usr/bin/glue-ls'];
  const env = { PATH: '/usr/bin', GLUE_LS_PATH: '/b/glue-ls' };
  assert.deepEqual(findServer(machine(programs, { env, setting: '/a/glue-ls' })), { program: '/a/glue-ls' });
  assert.deepEqual(findServer(machine(programs, { env })), { program: '/b/glue-ls' });
});

test('a chosen path that does not work is not passed over', () => {
  const problem = problemOf(machine(['/usr/bin/glue-ls'], { setting: '/gone/glue-ls' }));
  assert.match(problem, /^\/gone\/glue-ls, named by the setting "glueLs\.serverPath",/);
  assert.match(problem, /Install glue-ls/);
});

test('the message names the variable when the variable is wrong', () => {
  const problem = problemOf(machine([], { env: { GLUE_LS_PATH: '/gone/glue-ls' } }));
  assert.match(problem, /GLUE_LS_PATH/);
});

test('a home folder and a bare name are understood', () => {
  const programs = ['/home/ada/bin/glue-ls', '/opt/bin/glue-ls-nightly'];
  assert.deepEqual(findServer(machine(programs, { setting: '~/bin/glue-ls' })), { program: '/home/ada/bin/glue-ls' });
  assert.deepEqual(findServer(machine(programs, { setting: 'glue-ls-nightly' })), { program: '/opt/bin/glue-ls-nightly' });
});

test('a relative path is refused, in the setting as on the PATH', () => {
  assert.match(problemOf(machine(['target/glue-ls'], { setting: 'target/glue-ls' })), /relative path/);
  assert.match(problemOf(machine(['glue-ls', './glue-ls'], { env: { PATH: '.::' } })), /not found on the PATH/);
});

test('nothing anywhere: the message says what to do', () => {
  const problem = problemOf(machine([], { env: {} }));
  assert.match(problem, /glueLs\.serverPath/);
  assert.match(problem, /Glue: Restart Server/);
});

test('Windows: the program ends in .exe and the variable may be spelt Path', () => {
  const where = machine(['C:\\tools\\glue-ls.exe'], { platform: 'win32', env: { Path: 'C:\\other;C:\\tools' } });
  assert.deepEqual(findServer(where), { program: 'C:\\tools\\glue-ls.exe' });
});

test('on this machine a folder or a file without the right to run is not a program', { skip: process.platform === 'win32' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'glue-ls-'));
  try {
    mkdirSync(join(folder, 'dir'));
    writeFileSync(join(folder, 'text'), '');
    writeFileSync(join(folder, 'program'), '#!/bin/sh\n');
    chmodSync(join(folder, 'program'), 0o755);
    assert.ok('problem' in findServer(thisMachine(join(folder, 'dir'))));
    assert.ok('problem' in findServer(thisMachine(join(folder, 'text'))));
    assert.deepEqual(findServer(thisMachine(join(folder, 'program'))), { program: join(folder, 'program') });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
