// A notebook of the official kernel: what the window shows of it, and that one session is created in all. The cells are run by
// `inside/observer.js`, which says when there is something to be seen.
const { existsSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { fileHolds } = require('./files.js');
const { person } = require('./person.js');
const { serve } = require('./service.js');

/** `lookFromInside` opens the window and resolves when all cells were run. */
exports.observe = async function (page, lookFromInside, { shots, dir, tell }) {
  const { GLUE_SERVICE: program, GLUE_LS_KERNEL_PYTHON: python, CI: ci = '' } = process.env;
  const lack = !python ? 'GLUE_LS_KERNEL_PYTHON names no Python with the official kernel'
    : !existsSync(program) ? `there is no ${program}; build it with: cargo build --examples` : undefined;
  if (lack !== undefined) {
    if (!['', '0', 'false'].includes(ci.toLowerCase())) tell('observer: beside the official kernel', lack);
    else console.log(`  SKIPPED beside the official kernel: ${lack}`);
    return;
  }
  const service = serve(program);
  const exported = await service.ready;
  writeFileSync(join(dir, 'environment'), exported);
  writeFileSync(join(dir, 'official.json'), JSON.stringify(kernelOf(python, dir, exported)));

  const { numbered, prove, squiggle, statusBar } = person(page, { shots, tell });
  const row = (text) => page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  /** Waits until there is something to be seen, and says when it was. */
  const seen = async (name, what, proof) => {
    await fileHolds(join(dir, `observer-${name}`), () => true, 400);
    await prove(what, `observer-${name}`, proof);
    writeFileSync(join(dir, `observer-${name}-seen`), '');
  };
  const onTheScreen = async () => {
    await seen('ready', 'the session of the official kernel is in the status bar: size and cost', async () => {
      await statusBar(/Glue: READY, 2 × G\.1X, \$\d+\.\d\d/).waitFor();
    });
    await seen('wrong', 'a cell that failed in it is underlined', () => squiggle('share = total / parts', true));
    await seen('joined', 'a cell that the extension runs joins it', async () => {
      await numbered('print(kept + 2)', 1);
      await statusBar('Glue: READY, 2 × G.1X').waitFor();
    });
    await seen('stopped', 'its menu says that cells may join it, and stops it', async () => {
      await statusBar('Glue: READY').click();
      await row('Run Cells Here').waitFor();
      await page.screenshot({ path: join(shots, 'observer-menu.png'), animations: 'disabled' });
      await row('Stop Session').click();
      await statusBar('Glue: STOPPED').waitFor();
    });
  };
  await Promise.all([lookFromInside(), onTheScreen()]);
  // The windows to come have nothing to do with it.
  writeFileSync(join(dir, 'environment'), '');
  await prove('one session was created in all', 'observer-once', async () => {
    const calls = await service.calls();
    if (calls.get('CreateSession') !== '1') throw new Error(`the service was called ${JSON.stringify([...calls])}`);
  });
};

/** The command of the official kernel and its environment, which has nothing of this machine's accounts. */
function kernelOf(python, dir, exported) {
  const variables = Object.fromEntries([...exported.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
  writeFileSync(join(dir, 'official.config'), [
    '[profile official]', `endpoint_url = ${variables.AWS_ENDPOINT_URL}`, `region = ${variables.AWS_REGION}`,
    `aws_access_key_id = ${variables.AWS_ACCESS_KEY_ID}`, `aws_secret_access_key = ${variables.AWS_SECRET_ACCESS_KEY}`, '',
  ].join('\n'));
  return {
    command: [python, '-B', join(__dirname, 'official.py')],
    environment: {
      PATH: process.env.PATH, HOME: dir, AWS_CONFIG_FILE: join(dir, 'official.config'), AWS_REGION: variables.AWS_REGION,
      glue_profile: 'official', glue_role_arn: 'arn:aws:iam::000000000000:role/GlueLocal',
      // It looks for a newer version of itself: nobody is there.
      HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1',
    },
  };
}
