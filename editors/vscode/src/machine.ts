// Tells from the beginning of a program which machine it is for. Knows nothing of VS Code.
import { closeSync, openSync, readSync } from 'node:fs';

/** How much of a file `builtFor` wants. */
const HEAD = 4096;

const ELF: Record<number, string> = { 0x3e: 'linux-x64', 0xb7: 'linux-arm64', 0x28: 'linux-arm', 0x03: 'linux-ia32' };
const MACH_O: Record<number, string> = { 0x01000007: 'darwin-x64', 0x0100000c: 'darwin-arm64' };
const PORTABLE: Record<number, string> = { 0x8664: 'win32-x64', 0xaa64: 'win32-arm64', 0x014c: 'win32-ia32' };

/** The platforms that a program is for, as Node spells them; none for what is no program of a known form, a script for one. */
export function builtFor(head: Buffer): string[] {
  const known = (name: string | undefined) => (name === undefined ? [] : [name]);
  if (head.length < 64) return [];
  if (head.toString('latin1', 0, 4) === '\x7fELF') return known(ELF[head.readUInt16LE(18)]);
  if (head.readUInt32LE(0) === 0xfeedfacf) return known(MACH_O[head.readUInt32LE(4)]);
  // Programs for several machines in one file.
  if (head.readUInt32BE(0) === 0xcafebabe) {
    const count = Math.min(head.readUInt32BE(4), 2);
    return [...Array(count).keys()].flatMap((n) => known(MACH_O[head.readUInt32BE(8 + n * 20)]));
  }
  if (head.toString('latin1', 0, 2) === 'MZ') {
    const at = head.readUInt32LE(0x3c);
    if (at + 6 <= head.length && head.toString('latin1', at, at + 4) === 'PE\0\0') return known(PORTABLE[head.readUInt16LE(at + 4)]);
  }
  return [];
}

/** The first bytes of a file; none where it cannot be read. */
export function headOf(file: string): Buffer {
  const head = Buffer.alloc(HEAD);
  try {
    const opened = openSync(file, 'r');
    try {
      return head.subarray(0, readSync(opened, head, 0, HEAD, 0));
    } finally {
      closeSync(opened);
    }
  } catch {
    return head.subarray(0, 0);
  }
}
