// Serves VS Code on loopback ports and has windows looked at, two at a time: from inside the extension host, and on
// the screen. Prints a line for each thing proved, part by part; the exit code is that of the whole.
//
//   node drive.js DIR      DIR: what `run` prepared: extensions/, start-extensions/, python/, and the lanes first/ and
//                          second/, each with all that its windows change (inside/, profile/, inside-ws/, running-ws/, …)
// Environment: VSCODE_TESTS (setup's folder), SHOTS (a folder for pictures), CHROMIUM (/usr/bin/chromium),
// GLUE_LS_ACCOUNT (see ../account; may be empty), GLUE_SERVICE (the example of that name),
// GLUE_LS_RUNTIME_CACHE (where the runtime with Spark is; may be missing, but not with CI=true),
// GLUE_LS_KERNEL_PYTHON (a Python with the official kernel; may be missing, but not with CI=true),
// ONLY (one of inside, running, screen-run, etl, account, names, reload, start, observer, screen: for work on that one),
// CI
const { spawn } = require('node:child_process');
const { createWriteStream, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const { fileHolds } = require('./files.js');
const { observe } = require('./screenObserver.js');
const { reloadOnTheScreen } = require('./screenReload.js');
const { runOnTheScreen } = require('./screenRun.js');
const { seeTheAccount } = require('./screenAccount.js');
const { lookAtTheViews } = require('./screenNames.js');
const { startAsANewUser } = require('./screenStart.js');
const { runWithSpark } = require('./screenEtl.js');
const { lookAtTheScreen } = require('./screen.js');

const work = process.argv[2];
const { VSCODE_TESTS: installed, SHOTS: shots, CHROMIUM: chromiumPath = '/usr/bin/chromium', ONLY: only, GLUE_LS_ACCOUNT: account } = process.env;
const { chromium } = require(join(installed, 'node_modules/playwright-core'));

/** What was proved, part by part: [{name, lines, passed, failed, begun}]. */
const parts = [];

function noted(name) {
  const part = { name, lines: [], passed: 0, failed: 0, begun: Date.now() };
  parts.push(part);
  part.tell = (what, error) => {
    if (error === undefined) part.passed += 1;
    else part.failed += 1;
    part.lines.push(error === undefined ? `  ok      ${what}` : `  FAILED  ${what}\n          ${error.replaceAll('\n', '\n          ')}`);
  };
  part.print = () => {
    console.log([`${name}, ${Math.round((Date.now() - part.begun) / 1000)} s`, ...part.lines].join('\n'));
    part.print = () => undefined;
  };
  return part;
}

/**
 * Starts code-server on a port of the system's choice and resolves with the process and its address. `dir` is the folder of
 * the lane, `prefix` that of the names of its profile and its extensions.
 */
function serve(dir, { prefix = '', flags = ['--disable-workspace-trust'], env = {} } = {}) {
  const server = spawn(process.execPath, [
    join(installed, 'node_modules/code-server/out/node/entry.js'),
    '--config', join(dir, 'config.yaml'), '--user-data-dir', join(dir, `${prefix}profile`), '--extensions-dir', join(work, `${prefix}extensions`),
    '--auth', 'none', '--bind-addr', '127.0.0.1:0',
    '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', ...flags,
  ], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_CONFIG_HOME: join(dir, 'config'), XDG_CACHE_HOME: join(dir, 'cache'), XDG_STATE_HOME: join(dir, 'state'), ...env },
    detached: true, // a group of its own, so that its children end with it
  });
  const log = createWriteStream(join(dir, `${prefix}server.log`));
  server.stderr.pipe(log, { end: false });
  servers.add(server);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('code-server did not say within 60 s that it listens')), 60_000);
    server.once('exit', (code) => reject(new Error(`code-server ended with code ${code}`)));
    createInterface({ input: server.stdout }).on('line', (line) => {
      log.write(line + '\n');
      const listening = /HTTP server listening on http:\/\/([\d.]+:\d+)/.exec(line);
      if (!listening) return;
      clearTimeout(timer);
      resolve({ server, authority: listening[1] });
    });
  });
}

/** The servers that run. */
const servers = new Set();

/** Ends a code-server with all that it has started. */
async function end(server) {
  servers.delete(server);
  server.removeAllListeners('exit');
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  process.kill(-server.pid, 'SIGTERM');
  await ended;
}

/** Opens the folder `NAME-ws` and has the extension host run a script of `inside/`, which reports in `NAME.json`. */
async function lookFromInside(page, { dir, authority, name, script, tell }) {
  const there = `vscode-remote://${authority}${join(dir, 'inside')}`;
  const payload = [['extensionDevelopmentPath', there], ['extensionTestsPath', `${there}/${script}`]];
  const console = [];
  page.on('console', (message) => console.push(message.text().slice(0, 300)));
  await page.goto(`http://${authority}/?folder=${join(dir, `${name}-ws`)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  try {
    await fileHolds(join(dir, `${name}.json`), () => true, 420);
  } catch (error) {
    await page.screenshot({ path: join(shots, `${name}-failed.png`) });
    return tell(`${name}: the extension host runs the proofs`, `${error.message}; the page's last words:\n${console.slice(-15).join('\n')}`);
  }
  const report = JSON.parse(readFileSync(join(dir, `${name}.json`), 'utf8'));
  if (report.some(({ error }) => error !== undefined)) await page.screenshot({ path: join(shots, `${name}-failed.png`) });
  for (const { name: proof, error } of report) tell(`${name}: ${proof}`, error);
}

const isCi = !['', '0', 'false'].includes((process.env.CI ?? '').toLowerCase());

/** What is looked at, each in a window of its own: what takes longest first, what breaks its lane's settings last. */
const PARTS = [
  ['etl', async (page, { folder, dir, tell }) => {
    const { GLUE_LS_RUNTIME_CACHE: runtime } = process.env;
    if (runtime) await runWithSpark(page, { url: folder, shots, dir, runtime, tell });
    else if (isCi) tell('on screen: Spark on this machine', 'GLUE_LS_RUNTIME_CACHE names no folder with the runtime');
    else console.log('  SKIPPED Spark on this machine: GLUE_LS_RUNTIME_CACHE names no folder with the runtime');
  }],
  ['account', (page, { folder, dir, tell }) => seeTheAccount(page, { url: folder, shots, dir, account, tell })],
  ['start', async (page, { dir, tell }) => {
    // Python is all that the PATH has.
    const { server, authority } = await serve(dir, { prefix: 'start-', flags: [], env: { PATH: join(work, 'python'), JUPYTER_DATA_DIR: join(dir, 'jupyter') } });
    await startAsANewUser(page, { url: `http://${authority}/?folder=${join(dir, 'start-ws')}`, shots, dir, tell });
    await end(server);
  }],
  ['running', (page, { dir, authority, tell }) => lookFromInside(page, { dir, authority, name: 'running', script: 'running.js', tell })],
  ['reload', (page, { folder, dir, tell }) => reloadOnTheScreen(page, { url: folder, shots, dir, tell })],
  ['screen-run', (page, { folder, tell }) => runOnTheScreen(page, { url: folder, shots, tell })],
  ['inside', (page, { dir, authority, tell }) => lookFromInside(page, { dir, authority, name: 'inside', script: 'index.js', tell })],
  ['names', (page, { folder, dir, tell }) => lookAtTheViews(page, { url: folder, shots, dir, account, tell })],
  ['observer', (page, { dir, authority, tell }) =>
    observe(page, () => lookFromInside(page, { dir, authority, name: 'observer', script: 'observer.js', tell }), { shots, dir, tell })],
  ['screen', (page, { folder, dir, tell }) => lookAtTheScreen(page, { url: folder, shots, dir, tell })],
]
  .filter(([name]) => !only || only === name)
  // Where there is no account, that has been told.
  .filter(([name]) => account || !['account', 'names'].includes(name));

/** Takes one part after the other, with a VS Code and a browser of its own. */
async function lane(dir) {
  let browser;
  try {
    const { authority } = await serve(dir);
    browser = await chromium.launch({
      executablePath: chromiumPath,
      // Chromium has no sandbox for root, and nothing here needs the network.
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    for (let next = PARTS.shift(); next !== undefined; next = PARTS.shift()) {
      const [name, look] = next;
      for (const file of ['starts', 'environment']) writeFileSync(join(dir, file), '');
      const { tell, print } = noted(name);
      const page = await browser.newPage({ viewport: { width: 1280, height: 1100 } });
      await look(page, { folder: `http://${authority}/?folder=${join(dir, `${name}-ws`)}`, authority, dir, tell });
      await page.close();
      print();
    }
  } finally {
    await browser?.close();
  }
}

(async () => {
  // Whoever loses patience with this process ends VS Code with it.
  process.once('SIGTERM', () => {
    servers.forEach(({ pid }) => process.kill(-pid, 'SIGKILL'));
    parts.forEach(({ print }) => print());
    process.exit(2);
  });
  // Two at a time, if there are as many parts: a window waits more than it works.
  const lanes = ['first', 'second'].slice(0, PARTS.length).map((name) => lane(join(work, name)));
  const ended = await Promise.allSettled(lanes);
  await Promise.all([...servers].map(end));
  const broken = ended.find(({ status }) => status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  const [passed, failed] = ['passed', 'failed'].map((what) => parts.reduce((sum, part) => sum + part[what], 0));
  console.log(`vscode: ${passed} passed${failed ? `, ${failed} failed` : ''}`);
  process.exitCode = failed ? 1 : 0;
})().catch((error) => {
  parts.forEach(({ print }) => print());
  console.error(`vscode: could not run: ${error.message}`);
  process.exitCode = 2;
});
