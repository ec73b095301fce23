// A session on AWS outlives a reload of the window: the server's end leaves it to a process that waits for the next one.
const { spawn } = require('node:child_process');
const { existsSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { person } = require('./person.js');

/** Starts the service that the tests have in AWS's place; `calls` ends it and tells how often each operation was called. */
function serve(program) {
  const service = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
  let [environment, counted] = ['', ''];
  service.stderr.on('data', (data) => { counted += data; });
  const ended = new Promise((resolve) => service.once('close', resolve));
  const ready = new Promise((resolve, reject) => {
    service.once('error', reject);
    service.stdout.on('data', (data) => {
      environment += data;
      if (environment.endsWith('\n\n')) resolve(environment.trim().split('\n').map((line) => `export ${line}\n`).join(''));
    });
  });
  const calls = async () => {
    service.stdin.end();
    await ended;
    return new Map(counted.trim().split('\n').map((line) => line.split(' ')));
  };
  return { ready, calls };
}

exports.reloadOnTheScreen = async function (page, { url, shots, dir, tell }) {
  const { GLUE_SERVICE: program, CI: ci = '' } = process.env;
  if (!existsSync(program)) {
    const lack = `there is no ${program}; build it with: cargo build --examples`;
    if (!['', '0', 'false'].includes(ci.toLowerCase())) tell('on screen: a session outlives a reload', lack);
    else console.log(`SKIPPED: a session that outlives a reload is not tried: ${lack}`);
    return;
  }
  const { prove, begin, open, command, run, numbered, statusBar } = person(page, { shots, tell });
  const service = serve(program);
  writeFileSync(join(dir, 'environment'), await service.ready);

  await begin(url);
  await prove('a cell runs on AWS', 'reload-before', async () => {
    await open('reload.ipynb');
    await run('kept = 40');
    await numbered('kept = 40', 1);
    await statusBar('Glue: READY').waitFor();
  });
  await prove('after the window is reloaded, the same session goes on', 'reload-after', async () => {
    const reloaded = page.waitForEvent('load', { timeout: 60_000 });
    await command('Developer: Reload Window');
    await reloaded;
    await open('reload.ipynb');
    await run('kept + 2');
    await numbered('kept + 2', 1);
  });
  // The windows to come have nothing to do with it.
  writeFileSync(join(dir, 'environment'), '');
  await prove('one session was created in all', 'reload-once', async () => {
    const calls = await service.calls();
    if (calls.get('CreateSession') !== '1') throw new Error(`the service was called ${JSON.stringify([...calls])}`);
  });
};
