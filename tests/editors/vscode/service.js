const { spawn } = require('node:child_process');

/**
 * Starts the service that the tests have in AWS's place and resolves `ready` with what a shell exports to reach it; `calls`
 * ends it and tells how often each operation was called.
 */
exports.serve = function serve(program) {
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
};
