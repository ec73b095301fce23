// Bundles the extension into dist/, or with --tests the unit tests into dist-test/.
import { build } from 'esbuild';
import { cpSync, readdirSync } from 'node:fs';

const tests = process.argv.includes('--tests');

await build({
  entryPoints: tests
    ? readdirSync('test').filter((name) => name.endsWith('.test.ts')).map((name) => `test/${name}`)
    : ['src/extension.ts'],
  outdir: tests ? 'dist-test' : 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
  minify: !tests,
  sourcemap: tests ? 'inline' : false,
  logLevel: 'warning',
});

// The walkthrough opens a copy of it.
if (!tests) cpSync('../../examples/quickstart.ipynb', 'dist/quickstart.ipynb');

// The renderer runs in a web view, as a module.
if (!tests) {
  await build({ entryPoints: ['src/renderer.ts'], outdir: 'dist', bundle: true, platform: 'browser', target: 'es2022', format: 'esm', minify: true, logLevel: 'warning' });
}
