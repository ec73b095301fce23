import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Kind, type Surroundings, findServer, thisMachine } from '../src/bootstrap';

/** A machine with these programs, and whatever else `others` says. */
function machine(programs: string[], more: Partial<Surroundings> = {}, others: Record<string, Kind> = {}): Surroundings {
  return {
    setting: '',
    extension: '/ext',
    env: { PATH: '/usr/bin:/opt/bin' },
    platform: 'linux',
    arch: 'x64',
    home: '/home/ada',
    kindOf: (file) => (programs.includes(file) ? 'program' : (others[file] ?? 'nothing')),
    allow: () => undefined,
    ...more,
  };
}

function windows(programs: string[], more: Partial<Surroundings> = {}, others: Record<string, Kind> = {}): Surroundings {
  return machine(programs, { platform: 'win32', extension: 'C:\\ext', home: 'C:\\Users\\ada', env: { Path: 'C:\\other;"C:\\my tools"' }, ...more }, others);
}

function problemOf(where: Surroundings): string {
  const found = findServer(where);
  assert.ok('problem' in found, `found ${JSON.stringify(found)}`);
  return found.problem;
}

function programOf(where: Surroundings): string {
  const found = findServer(where);
  assert.ok('program' in found, `found ${JSON.stringify(found)}`);
  return found.program;
}

test('the first folder of the PATH that has it wins', () => {
  assert.equal(programOf(machine(['/opt/bin/glue-ls', '/usr/bin/glue-ls'])), '/usr/bin/glue-ls');
});

test('the setting goes before the own program, that before the variable, the variable before the PATH', () => {
  const all = ['/a/glue-ls', '/ext/bin/glue-ls', '/b/glue-ls', '/usr/bin/glue-ls'];
  const env = { PATH: '/usr/bin', GLUE_LS_PATH: '/b/glue-ls' };
  const setting = '/a/glue-ls';
  assert.equal(programOf(machine(all, { env, setting })), '/a/glue-ls');
  assert.equal(programOf(machine(all, { env })), '/ext/bin/glue-ls');
  assert.equal(programOf(machine(all.filter((file) => file !== '/ext/bin/glue-ls'), { env })), '/b/glue-ls');
  assert.equal(programOf(machine(all, { env, extension: '/other', setting: ' ' })), '/b/glue-ls');
  assert.equal(programOf(machine(all, { env: { PATH: '/usr/bin', GLUE_LS_PATH: '' }, extension: '/other' })), '/usr/bin/glue-ls');
});

test('the source is said with the program', () => {
  const sources = [
    machine(['/a/glue-ls'], { setting: '/a/glue-ls' }),
    machine(['/ext/bin/glue-ls']),
    machine(['/b/glue-ls'], { env: { GLUE_LS_PATH: '/b/glue-ls' } }),
    machine(['/opt/bin/glue-ls']),
  ].map((where) => {
    const found = findServer(where);
    return 'source' in found ? found.source : found.problem;
  });
  assert.deepEqual(sources, [
    'the setting "glueLs.serverPath" names it',
    'it came with the extension',
    'the environment variable GLUE_LS_PATH names it',
    'it is on the PATH',
  ]);
});

test('a chosen path that does not work is not passed over', () => {
  const problem = problemOf(machine(['/usr/bin/glue-ls', '/ext/bin/glue-ls'], { setting: '/gone/glue-ls' }));
  assert.match(problem, /^\/gone\/glue-ls, named by the setting "glueLs\.serverPath", is not there/);
  assert.match(problem, /Install glue-ls/);
});

test('the message names the variable when the variable is wrong', () => {
  const problem = problemOf(machine([], { env: { GLUE_LS_PATH: '/gone/glue-ls' } }));
  assert.match(problem, /GLUE_LS_PATH/);
});

test('a folder and a file that may not be run are told apart, with what to do', () => {
  assert.match(problemOf(machine([], { setting: '/a' }, { '/a': 'folder' })), /is a folder: name the program in it/);
  assert.match(problemOf(machine([], { setting: '/a/g' }, { '/a/g': 'file' })), /may not be run.*chmod \+x '\/a\/g'/);
  assert.match(problemOf(machine([], {}, { '/opt/bin/glue-ls': 'file' })), /^\/opt\/bin\/glue-ls, on the PATH, may not be run/);
  assert.equal(programOf(machine(['/opt/bin/glue-ls'], {}, { '/usr/bin/glue-ls': 'file' })), '/opt/bin/glue-ls', 'as the system looks for it');
});

test('the own program that has lost the right to be run gets it back', () => {
  const kinds: Record<string, Kind> = { '/ext/bin/glue-ls': 'file' };
  const allow = (file: string) => { kinds[file] = 'program'; };
  assert.equal(programOf(machine([], { allow }, kinds)), '/ext/bin/glue-ls');
  assert.match(problemOf(machine(['/usr/bin/glue-ls'], {}, { '/ext/bin/glue-ls': 'file' })), /came with the extension, may not be run/);
});

test('a home folder and a bare name are understood', () => {
  const programs = ['/home/ada/bin/glue-ls', '/opt/bin/glue-ls-nightly'];
  assert.equal(programOf(machine(programs, { setting: '~/bin/glue-ls' })), '/home/ada/bin/glue-ls');
  assert.equal(programOf(machine(programs, { setting: 'glue-ls-nightly' })), '/opt/bin/glue-ls-nightly');
});

test('a relative path is refused, in the setting as on the PATH', () => {
  assert.match(problemOf(machine(['target/glue-ls'], { setting: 'target/glue-ls' })), /relative path/);
  assert.match(problemOf(machine(['glue-ls', './glue-ls'], { env: { PATH: '.::' } })), /not found on the PATH/);
});

test('nothing anywhere: the message says where was looked and what to do, the log has each place', () => {
  const where = machine([], { env: { PATH: '/usr/bin' } });
  const problem = problemOf(where);
  assert.match(problem, /glueLs\.serverPath/);
  assert.match(problem, /none for linux-x64/);
  assert.match(problem, /GLUE_LS_PATH is not set/);
  assert.match(problem, /Glue: Restart Server/);
  assert.deepEqual(findServer(where).looked, [
    'the setting "glueLs.serverPath": empty',
    "the extension's own /ext/bin/glue-ls: not there",
    'the environment variable GLUE_LS_PATH: not set',
    '/usr/bin/glue-ls, on the PATH: not there',
  ]);
});

test('Windows: the program ends in .exe, the variable may be spelt Path, and folders may have quotes', () => {
  assert.equal(programOf(windows(['C:\\my tools\\glue-ls.exe'])), 'C:\\my tools\\glue-ls.exe');
  assert.equal(programOf(windows(['C:\\ext\\bin\\glue-ls.exe'])), 'C:\\ext\\bin\\glue-ls.exe');
  assert.equal(programOf(windows(['C:\\x\\glue-ls.exe'], { setting: 'C:\\x\\glue-ls' })), 'C:\\x\\glue-ls.exe');
  assert.equal(programOf(windows(['C:\\x\\glue-ls.exe'], { setting: '"C:\\x\\glue-ls.exe"' })), 'C:\\x\\glue-ls.exe');
  assert.equal(programOf(windows(['C:\\x\\Glue-LS.EXE'], { env: { glue_ls_path: 'C:\\x\\Glue-LS.EXE' } })), 'C:\\x\\Glue-LS.EXE');
  assert.equal(programOf(windows(['C:\\Users\\ada\\glue-ls.exe'], { setting: '~\\glue-ls.exe' })), 'C:\\Users\\ada\\glue-ls.exe');
});

test('Windows: a script is no program that can be started', () => {
  const scripts = ['C:\\x\\glue-ls.cmd'];
  assert.match(problemOf(windows(scripts, { setting: 'C:\\x\\glue-ls.cmd' })), /is a script: name the program itself/);
  assert.match(problemOf(windows([], { setting: 'C:\\x\\g' }, { 'C:\\x\\g': 'file' })), /may not be run\. Name the program itself, glue-ls\.exe/);
});

test('on this machine a folder or a file without the right to run is not a program', { skip: process.platform === 'win32' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'glue-ls-'));
  try {
    mkdirSync(join(folder, 'dir'));
    writeFileSync(join(folder, 'text'), '');
    writeFileSync(join(folder, 'program'), '#!/bin/sh\n');
    chmodSync(join(folder, 'text'), 0o644);
    chmodSync(join(folder, 'program'), 0o755);
    const at = (name: string) => thisMachine(join(folder, name), '/nowhere');
    assert.match(problemOf(at('dir')), /is a folder/);
    assert.match(problemOf(at('text')), /may not be run/);
    assert.match(problemOf(at('gone')), /is not there/);
    assert.match(problemOf(at('text/gone')), /is not there/);
    assert.equal(programOf(at('program')), join(folder, 'program'));

    // What came with the extension, unpacked without its rights.
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/glue-ls'), '#!/bin/sh\n');
    chmodSync(join(folder, 'bin/glue-ls'), 0o644);
    assert.equal(programOf(thisMachine('', folder)), join(folder, 'bin/glue-ls'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
