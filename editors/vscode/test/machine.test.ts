import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtFor, headOf } from '../src/machine';

function bytes(size: number, ...parts: [at: number, values: number[]][]): Buffer {
  const made = Buffer.alloc(size);
  for (const [at, values] of parts) Buffer.from(values).copy(made, at);
  return made;
}

test('programs are told by their first bytes', () => {
  assert.deepEqual(builtFor(bytes(64, [0, [0x7f, 0x45, 0x4c, 0x46, 2]], [18, [0xb7, 0]])), ['linux-arm64']);
  assert.deepEqual(builtFor(bytes(64, [0, [0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]])), ['darwin-x64']);
  const both = bytes(64, [0, [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2, 1, 0, 0, 7]], [28, [1, 0, 0, 12]]);
  assert.deepEqual(builtFor(both), ['darwin-x64', 'darwin-arm64']);
  assert.deepEqual(builtFor(bytes(256, [0, [0x4d, 0x5a]], [0x3c, [0x80]], [0x80, [0x50, 0x45, 0, 0, 0x64, 0x86]])), ['win32-x64']);
});

test('what is no program, or one that is cut, is for no machine', () => {
  for (const head of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'.padEnd(80)), bytes(64, [0, [0x4d, 0x5a]], [0x3c, [0xff, 0xff, 0xff, 0xff]]), bytes(64, [0, [0xca, 0xfe, 0xba, 0xbe, 0xff, 0xff, 0xff, 0xff]])]) {
    assert.deepEqual(builtFor(head), []);
  }
  assert.equal(headOf('/nowhere/at/all').length, 0);
});

test('this very program is for this machine', () => {
  assert.ok(builtFor(headOf(process.execPath)).includes(`${process.platform}-${process.arch}`));
});
