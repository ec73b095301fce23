import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Idleness } from '../src/idle';
import { MENU_COMMANDS, type Situation, menu, projectEngine, signInCommand } from '../src/menu';
import type { CellState, SessionState } from '../src/protocol';
import { statusDetails, statusSentence, statusText } from '../src/statusText';

const calm: Situation = { engine: 'local', status: undefined, observed: false, running: false, signIn: undefined };
const labels = (part: Partial<Situation>) => menu({ ...calm, ...part }).flatMap(({ entries }) => entries.map(({ label }) => label));

test('what is offered makes sense now', () => {
  const here = labels({});
  assert.deepEqual(here, [
    'Run All Cells', 'Show Plan', 'Start Session', 'Attach to Session…', 'Sessions…', 'Run Cells on AWS…', 'Refresh Account', 'Doctor',
  ]);
  const onAws = labels({ engine: 'aws', status: 'READY', running: true });
  assert.deepEqual(onAws, [
    'Cancel Running Cells', 'Show Plan', 'Stop Session', 'Restart Session', 'Attach to Session…', 'Session Status', 'Open Dashboard', 'Open Logs',
    'Sessions…', 'Run Cells on This Machine…', 'Refresh Account', 'Doctor',
  ]);
  for (const status of ['STOPPED', 'STOPPING', 'FAILED', 'TIMEOUT']) {
    const ended = labels({ engine: 'aws', status });
    assert.ok(ended.includes('Start Session') && ended.includes('Open Logs') && !ended.includes('Stop Session') && !ended.includes('Open Dashboard'), status);
  }
  for (const status of ['PROVISIONING', 'UNKNOWN']) assert.ok(labels({ engine: 'aws', status }).includes('Stop Session'), status);
  assert.ok(!labels({ status: 'READY' }).includes('Open Dashboard'), 'there is none on this machine');
});

test('of a session of another kernel nothing is offered that would start one of ours', () => {
  const observed = labels({ engine: 'aws', status: 'READY', observed: true });
  assert.deepEqual(observed, ['Run Cells Here', 'Show Plan', 'Stop Session', 'Session Status', 'Open Dashboard', 'Open Logs', 'Sessions…', 'Refresh Account', 'Doctor']);
});

test('signing in is offered where it is known how', () => {
  assert.ok(labels({ signIn: 'aws sso login --profile dev' }).includes('Sign In to AWS'));
  assert.equal(signInCommand('run `aws sso login --profile dev`'), 'aws sso login --profile dev');
  assert.equal(signInCommand('run `aws login --profile a.b-c_d@x`'), 'aws login --profile a.b-c_d@x');
  for (const other of [
    'run `aws sso login --profile a b`', 'run `aws sso login --profile $(x)`', 'run `aws sso login --profile a; x`', 'run `aws sso login --profile -x`',
    'run `aws sso login --profile a\nx`', 'sign in', 'run `aws configure sso`', 'then run `aws sso login --profile a`',
  ]) assert.equal(signInCommand(other), undefined, other);
});

test('every command of the menu is one of the palette', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: { commands: { command: string }[] } };
  const known = manifest.contributes.commands.map(({ command }) => command);
  for (const command of MENU_COMMANDS) assert.ok(known.includes(command), command);
});

test('the engine of a project file', () => {
  for (const [toml, engine] of [
    ['engine = "aws"\n', 'aws'], ['# x\nregion = "eu-west-1"\n  engine=\'local\' # here\n[local]\n', 'local'], ['"engine" = "aws"', 'aws'],
    ['[local]\nengine = "aws"\n', undefined], ['# engine = "aws"', undefined], ['engine = "glue"', undefined], ['myengine = "aws"', undefined], ['', undefined],
  ] as const) assert.equal(projectEngine(toml), engine, toml);
});

const state: SessionState = {
  uri: 'u', sessionId: 'glue-1', engine: 'aws', status: 'READY', workers: '5 × G.1X', costSoFar: 0.123, costPerHour: 2.2, idleSince: undefined, observed: false,
  message: undefined, survivors: 0, actions: [],
};

test('idleness is told where it costs something', () => {
  assert.equal(statusText(state, false, 59), 'Glue: READY, 5 × G.1X, $0.12');
  assert.equal(statusText(state, false, 720), 'Glue: READY, 5 × G.1X, $0.12, idle 12 min');
  assert.equal(statusText({ ...state, status: 'STOPPED' }, false, 720), 'Glue: STOPPED, 5 × G.1X, $0.12');
  assert.equal(statusText({ ...state, engine: 'local' }, false, 720), 'Glue local: READY');
});

test('how a session is, in sentences that say nothing twice', () => {
  assert.equal(statusSentence(state), 'Glue: READY, 5 × G.1X, $0.12.');
  assert.equal(statusSentence({ ...state, message: 'it drifts' }), 'Glue: READY, 5 × G.1X, $0.12. It drifts.');
  const stopped = { ...state, status: 'STOPPED', message: 'the session was stopped' };
  assert.equal(statusSentence(stopped), 'Glue, 5 × G.1X, $0.12: the session was stopped.');
  assert.equal(statusSentence({ ...stopped, engine: 'local' }), 'Glue local: the session was stopped.');
  assert.equal(statusSentence({ ...stopped, message: undefined }), 'Glue: STOPPED, 5 × G.1X, $0.12.');
  assert.equal(statusSentence({ ...state, status: undefined }), 'This document has no session.');
});

test('all that is known of a session, and no more', () => {
  const facts = 'Where cells run: AWS\nSession: glue-1\nState: READY\nWorkers: 5 × G.1X\nCost so far: $0.12, $2.20 an hour';
  assert.equal(statusDetails(state, undefined, undefined), facts);
  assert.equal(statusDetails({ ...state, message: 'it drifts' }, 720, '2 cells.'), `It drifts.\n\n${facts}\nIdle for 12 min, which costs as much as work\n\nThe last run: 2 cells.`);
  const none = { ...state, engine: 'local', status: undefined, sessionId: undefined, workers: undefined };
  assert.equal(statusDetails(none, undefined, undefined), 'Where cells run: this machine, at no cost');
  assert.ok(statusDetails({ ...state, observed: true }, undefined, undefined).endsWith('Another kernel has created it. Cells that you run with the kernel Glue (glue-ls) on AWS join it.'));
});

test('a document idles from the end of its last cell', () => {
  const cell = (name: string, now: CellState['state'], runId = 1): CellState => ({
    uri: 'u', cell: name, runId, state: now, startedAt: undefined, elapsedMs: undefined, message: undefined, actions: [], receipt: undefined,
  });
  const idle = new Idleness();
  assert.deepEqual([idle.isRunning('u'), idle.since('u')], [false, undefined]);
  idle.told(cell('a', 'running'), 1);
  idle.told(cell('b', 'queued'), 2);
  idle.told(cell('a', 'ok'), 3);
  assert.deepEqual([idle.isRunning('u'), idle.since('u')], [true, undefined]);
  idle.told(cell('b', 'cancelled'), 4);
  assert.deepEqual([idle.isRunning('u'), idle.since('u'), idle.since('other')], [false, 4, undefined]);
  idle.told(cell('b', 'running', 2), 5);
  assert.equal(idle.since('u'), undefined);
  idle.forget('u');
  assert.equal(idle.isRunning('u'), false);
});
