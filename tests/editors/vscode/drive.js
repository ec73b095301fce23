// Serves VS Code on a loopback port and has windows looked at, one after the other: from inside the extension
// host, and on the screen. Prints a line for each thing proved; the exit code is that of the whole.
//
//   node drive.js DIR      DIR: what `run` prepared (inside/, profile/, extensions/, inside-ws/, running-ws/, start-…, …)
// Environment: VSCODE_TESTS (setup's folder), SHOTS (a folder for pictures), CHROMIUM (/usr/bin/chromium),
// GLUE_LS_ACCOUNT (see ../account; may be empty), GLUE_SERVICE (the example of that name),
// GLUE_LS_RUNTIME_CACHE (where the runtime with Spark is; may be missing, but not with CI=true),
// GLUE_LS_KERNEL_PYTHON (a Python with the official kernel; may be missing, but not with CI=true),
// ONLY (one of inside, running, screen-run, etl, account, names, reload, start, observer, screen: for work on that one)
const { spawn } = require('node:child_process');
const { createWriteStream, readFileSync } = require('node:fs');
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

const dir = process.argv[2];
const { VSCODE_TESTS: installed, SHOTS: shots, CHROMIUM: chromiumPath = '/usr/bin/chromium', ONLY: only, GLUE_LS_ACCOUNT: account } = process.env;
const { chromium } = require(join(installed, 'node_modules/playwright-core'));

const results = [];
function tell(name, error) {
  results.push({ name, error });
  console.log(error === undefined ? `  ok      ${name}` : `  FAILED  ${name}\n          ${error.replaceAll('\n', '\n          ')}`);
}

/**
 * Starts code-server on a port of the system's choice and resolves with the process and its address. `prefix` is that of the
 * folders of its profile and its extensions.
 */
function serve({ prefix = '', flags = ['--disable-workspace-trust'], env = process.env } = {}) {
  const server = spawn(process.execPath, [
    join(installed, 'node_modules/code-server/out/node/entry.js'),
    '--config', join(dir, 'config.yaml'), '--user-data-dir', join(dir, `${prefix}profile`), '--extensions-dir', join(dir, `${prefix}extensions`),
    '--auth', 'none', '--bind-addr', '127.0.0.1:0',
    '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', ...flags,
  ], { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true }); // a group of its own, so that its children end with it
  const log = createWriteStream(join(dir, `${prefix}server.log`));
  server.stderr.pipe(log, { end: false });
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

/** Opens the folder `NAME-ws` and has the extension host run a script of `inside/`, which reports in `NAME.json`. */
async function lookFromInside(page, { authority, name, script }) {
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

(async () => {
  const { server, authority } = await serve();
  const servers = [server];
  // Whoever loses patience with this process ends VS Code with it.
  process.once('SIGTERM', () => {
    servers.forEach(({ pid }) => process.kill(-pid, 'SIGKILL'));
    process.exit(2);
  });
  let browser;
  try {
    browser = await chromium.launch({
      executablePath: chromiumPath,
      // Chromium has no sandbox for root, and nothing here needs the network.
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    const window = () => browser.newPage({ viewport: { width: 1280, height: 1100 } });
    const wanted = (name) => !only || only === name;
    const folder = (name) => `http://${authority}/?folder=${join(dir, `${name}-ws`)}`;
    for (const [name, script] of [['inside', 'index.js'], ['running', 'running.js']].filter(([name]) => wanted(name))) {
      const page = await window();
      await lookFromInside(page, { authority, name, script });
      await page.close();
    }
    if (wanted('screen-run')) {
      const page = await window();
      await runOnTheScreen(page, { url: folder('screen-run'), shots, tell });
      await page.close();
    }
    if (wanted('etl')) {
      const { GLUE_LS_RUNTIME_CACHE: runtime, CI: ci } = process.env;
      if (runtime) {
        const page = await window();
        await runWithSpark(page, { url: folder('etl'), shots, dir, runtime, tell });
        await page.close();
      } else if (ci && ci !== 'false' && ci !== '0') {
        tell('on screen: Spark on this machine', 'GLUE_LS_RUNTIME_CACHE names no folder with the runtime');
      } else {
        console.log('  SKIPPED Spark on this machine: GLUE_LS_RUNTIME_CACHE names no folder with the runtime');
      }
    }
    // Where there is no account, that has been told.
    if (account && wanted('account')) {
      const page = await window();
      await seeTheAccount(page, { url: folder('account'), shots, dir, account, tell });
      await page.close();
    }
    if (account && wanted('names')) {
      const page = await window();
      await lookAtTheViews(page, { url: folder('names'), shots, dir, account, tell });
      await page.close();
    }
    if (wanted('reload')) {
      const page = await window();
      await reloadOnTheScreen(page, { url: folder('reload'), shots, dir, tell });
      await page.close();
    }
    if (wanted('observer')) {
      const page = await window();
      await observe(page, () => lookFromInside(page, { authority, name: 'observer', script: 'observer.js' }), { shots, dir, tell });
      await page.close();
    }
    if (wanted('start')) {
      // Python is all that the PATH has.
      const fresh = await serve({ prefix: 'start-', flags: [], env: { ...process.env, PATH: join(dir, 'python'), JUPYTER_DATA_DIR: join(dir, 'jupyter') } });
      servers.push(fresh.server);
      const page = await window();
      await startAsANewUser(page, { url: `http://${fresh.authority}/?folder=${join(dir, 'start-ws')}`, shots, dir, tell });
      await page.close();
    }
    if (wanted('screen')) await lookAtTheScreen(await window(), { url: folder('screen'), shots, dir, tell });
  } finally {
    await browser?.close();
    for (const server of servers) {
      server.removeAllListeners('exit');
      const ended = new Promise((resolve) => server.once('exit', resolve));
      process.kill(-server.pid, 'SIGTERM');
      await ended;
    }
  }
  const failed = results.filter(({ error }) => error !== undefined).length;
  console.log(`vscode: ${results.length - failed} passed${failed ? `, ${failed} failed` : ''}`);
  process.exitCode = failed ? 1 : 0;
})().catch((error) => {
  console.error(`vscode: could not run: ${error.message}`);
  process.exitCode = 2;
});
