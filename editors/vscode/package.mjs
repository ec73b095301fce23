// Packages the extension, and looks that nothing is missing in the package and nothing else in it.
//
//   npm run package                                              dist/glue-ls.vsix, for all platforms, without the server
//   npm run package -- --target linux-x64 --server PATH          dist/glue-ls-linux-x64.vsix, with the server in bin/
//   … --out FILE                                                 another file
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];

/** What is copied into the package, by its name there. */
const FILES = {
  'package.json': 'package.json',
  'language-configuration.json': 'language-configuration.json',
  'README.md': 'README.md',
  'CHANGELOG.md': '../../CHANGELOG.md',
  'dist/extension.js': 'dist/extension.js',
  'dist/renderer.js': 'dist/renderer.js',
  'dist/quickstart.ipynb': 'dist/quickstart.ipynb',
  'icons/glue.svg': 'icons/glue.svg',
  'icons/glue.png': 'icons/glue.png',
  'syntaxes/glue-session.tmLanguage.json': 'syntaxes/glue-session.tmLanguage.json',
  ...Object.fromEntries(['example', 'run', 'account', 'engine', 'sessions'].map((step) => [`walkthrough/${step}.md`, `walkthrough/${step}.md`])),
};

/** What is in the package: those, the licence, and what the format asks for. */
const LICENCE = 'LICENSE.txt';
const OF_THE_FORMAT = ['extension.vsixmanifest', '[Content_Types].xml'];

/** Returns for which platforms a program was built; the extension itself asks the same of one that does not start. */
async function platforms(program) {
  const { outputFiles } = await build({ entryPoints: [join(here, 'src/machine.ts')], bundle: true, platform: 'node', format: 'esm', write: false, logLevel: 'warning' });
  const { builtFor, headOf } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return builtFor(headOf(program));
}

/** Returns the names in a zip file, with the rights that Unix has for each. */
function entries(zip) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('it is no zip file');
  const found = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    found.push({ name: zip.toString('utf8', at + 46, at + 46 + name), mode: zip.readUInt32LE(at + 38) >>> 16 });
    at += 46 + name + extra + comment;
  }
  return found;
}

function stop(message) {
  console.error(`package: ${message}`);
  process.exit(1);
}

function read(options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return stop(error.message);
  }
}

const { target, server, out } = read({ target: { type: 'string' }, server: { type: 'string' }, out: { type: 'string' } });
if ((target === undefined) !== (server === undefined)) stop('--target and --server belong together');
if (target !== undefined && !TARGETS.includes(target)) stop(`${target} is none of ${TARGETS.join(', ')}`);
if (server !== undefined) {
  if (!existsSync(server)) stop(`there is no ${server}`);
  const found = await platforms(server);
  if (!found.includes(target)) stop(`${server} is no program for ${target}${found.length === 0 ? '' : `, but for ${found.join(' and ')}`}`);
}

const file = resolve(out ?? join(here, 'dist', target === undefined ? 'glue-ls.vsix' : `glue-ls-${target}.vsix`));
// The temporary folder's own name, as the system has it: vsce compares paths as texts.
const stage = realpathSync(mkdtempSync(join(tmpdir(), 'glue-ls-vsix-')));
process.once('exit', () => rmSync(stage, { recursive: true }));
for (const [name, source] of Object.entries(FILES)) {
  if (!existsSync(join(here, source))) stop(`there is no ${source}; run: npm run build`);
  mkdirSync(dirname(join(stage, name)), { recursive: true });
  cpSync(join(here, source), join(stage, name));
}
// All of the folder goes in; vsce warns where nothing says so.
writeFileSync(join(stage, '.vscodeignore'), '');
const licences = ['LICENSE-MIT', 'LICENSE-APACHE'].map((name) => readFileSync(join(root, name), 'utf8').trim());
writeFileSync(join(stage, LICENCE), `Licensed under either of the two licences that follow, at your choice.\n\n${licences.join(`\n\n${'-'.repeat(79)}\n\n`)}\n`);
const program = target === undefined ? undefined : `bin/glue-ls${target.startsWith('win32') ? '.exe' : ''}`;
if (program !== undefined) {
  mkdirSync(join(stage, 'bin'));
  cpSync(server, join(stage, program));
  chmodSync(join(stage, program), 0o755);
}

const page = JSON.parse(readFileSync(join(stage, 'package.json'), 'utf8')).repository.url.replace(/\.git$/, '');
const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');
mkdirSync(dirname(file), { recursive: true });
execFileSync(process.execPath, [
  vsce, 'package', '--no-dependencies', '--out', file,
  // The pages that the README links are in the repository.
  '--baseContentUrl', `${page}/blob/main/editors/vscode`, '--baseImagesUrl', `${page}/raw/main/editors/vscode`,
  ...(target === undefined ? [] : ['--target', target]),
], { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'] });

const inside = entries(readFileSync(file));
// vsce spells some names as the marketplace does.
const spelt = (name) => name.toLowerCase();
const wanted = new Set([...OF_THE_FORMAT, ...[...Object.keys(FILES), LICENCE, ...(program === undefined ? [] : [program])].map((name) => `extension/${name}`)].map(spelt));
const there = new Set(inside.map(({ name }) => spelt(name)));
const missing = [...wanted].filter((name) => !there.has(name));
const foreign = [...there].filter((name) => !wanted.has(name));
if (missing.length > 0 || foreign.length > 0) {
  rmSync(file);
  stop(`the package is not as it should be; missing: ${missing.join(', ') || 'nothing'}; not wanted: ${foreign.join(', ') || 'nothing'}`);
}
const right = inside.find(({ name }) => name === `extension/${program}`);
// Windows has no such rights to keep.
if (right !== undefined && process.platform !== 'win32' && (right.mode & 0o111) === 0) stop(`${program} may not be run when it is unpacked`);
console.log(`${file}: ${inside.length} files`);
