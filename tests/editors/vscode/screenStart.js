// What a new user sees: the extension packaged for this platform, with the server in it, in a VS Code without any setting and
// with nothing but Python on the PATH. An extension of the name of Jupyter's is there, with a kernel of its own. First in a folder that is not trusted, then along the walkthrough.
const { existsSync, mkdirSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { person } = require('./person.js');

/** The log of the extension in the newest window of a profile. */
function log(profile) {
  const logs = join(profile, 'logs');
  const found = readdirSync(logs).sort().flatMap((start) => readdirSync(join(logs, start)).filter((name) => name.startsWith('exthost')).sort()
    .map((host) => join(logs, start, host, 'glue-ls.glue-ls/Glue.log'))).filter(existsSync);
  return found.length === 0 ? '' : readFileSync(found.at(-1), 'utf8');
}

/** Waits until one of the frames in the window has a text; the page beside the steps is in one of its own. */
async function reads(page, text) {
  const has = (frame) => frame.evaluate((text) => document.body?.innerText.includes(text), text).catch(() => false);
  const until = Date.now() + 60_000;
  while (!(await Promise.all(page.frames().map(has))).includes(true)) {
    if (Date.now() > until) throw new Error(`nothing in the window says: ${text}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

exports.startAsANewUser = async function (page, { url, shots, dir, tell }) {
  const { prove, begin, open, command, run, cell, statusBar, squiggle, document } = person(page, { shots, tell });
  const toast = (text) => page.locator('.notification-toast', { hasText: text }).first();
  const step = (title) => page.locator('.getting-started-step', { hasText: title }).first();
  const link = (title) => page.locator('.getting-started-step.expanded .button-link, .getting-started-step.expanded a', { hasText: title }).first();
  const profile = join(dir, 'start-profile');
  const starts = () => log(profile).split('\n').filter((line) => line.includes(' starts '));
  /** Resolves with the starts that the log tells of; what VS Code logs is in the file a while later. */
  const started = async (count) => {
    for (const until = Date.now() + 30_000; starts().length < count && Date.now() < until;) await page.evaluate(() => new Promise(requestAnimationFrame));
    return starts();
  };

  await prove('with an empty PATH and no setting the server starts from the package, in a folder that is not trusted too', 'start-bundle', async () => {
    await begin(url);
    const [first, ...more] = await started(1);
    if (more.length > 0 || !/start-extensions\/glue-ls\.glue-ls-[^/]*\/bin\/glue-ls \(it came with the extension\)/.test(first ?? '')) throw new Error(`the log says: ${log(profile)}`);
  });
  const question = page.locator('.monaco-dialog-box', { hasText: 'Do you trust' });
  await prove('in a folder that is not trusted nothing runs, and a message says why', 'start-untrusted', async () => {
    await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await open('shown.ipynb');
    await cell('Before the table').waitFor();
    await command('Glue: Start Session');
    await toast('not trusted').getByText('Manage Workspace Trust').first().waitFor();
  });
  await prove('VS Code asks before it runs a cell there, and without trust it does not', 'start-asked', async () => {
    await run('Before the table');
    await question.getByText('Cancel', { exact: true }).click();
    await question.waitFor({ state: 'detached' });
    if ((await cell('Before the table').locator('.execution-count-label:visible', { hasText: /\[\d+\]/ }).count()) !== 0) throw new Error('it ran');
  });
  await prove('with trust the cell runs, on a server that was started anew, still not the program that the folder names', 'start-trusted', async () => {
    await run('Before the table');
    await question.getByText('Trust Folder & Continue').click();
    await statusBar('Restricted Mode').waitFor({ state: 'detached' });
    await cell('Before the table').locator('.codicon-notebook-state-success:visible').first().waitFor({ timeout: 60_000 });
    const all = await started(2);
    if (all.length !== 2 || all.some((line) => !line.includes('it came with the extension'))) throw new Error(`the log says: ${log(profile)}`);
  });
  await command('Notifications: Clear All Notifications');
  await prove('the walkthrough opens, with its steps and a page beside them', 'start-walkthrough', async () => {
    await command('Glue: Get Started');
    for (const title of ['Open an example notebook', 'Run a cell on this machine', 'Sign in to AWS', 'Choose where cells run', 'See your sessions']) await step(title).waitFor();
    await page.locator('.getting-started-media:visible').first().waitFor();
    await page.waitForFunction(() => document.querySelector('.getting-started-media')?.getBoundingClientRect().height > 100);
    await reads(page, 'A notebook to begin with');
  });
  await prove('its first step opens an example, which is in no file', 'start-example', async () => {
    await link('Open Example').click();
    await page.locator('.tab', { hasText: /Untitled-\d+\.ipynb/ }).first().waitFor();
    await page.locator('.kernel-label:visible', { hasText: 'Glue (glue-ls)' }).first().waitFor();
    await page.locator('.notebookOverlay .view-line:visible', { hasText: '%glue_version' }).first().waitFor();
  });
  await prove('its cells run', 'start-run', async () => {
    await command('Glue: Run All Cells');
    await cell('defaultdict').locator('.codicon-notebook-state-success:visible').first().waitFor({ timeout: 60_000 });
  });
  await prove('the steps that were taken are marked', 'start-steps', async () => {
    await command('Glue: Get Started');
    for (const title of ['Open an example notebook', 'Run a cell on this machine']) await step(title).locator('.codicon-getting-started-step-checked:visible').first().waitFor();
    await step('Choose where cells run').click();
    await link('Choose the Engine').waitFor();
    await reads(page, 'A folder that is not trusted runs nothing');
  });
  await prove('the doctor is asked from there', 'start-doctor', async () => {
    await step('Sign in to AWS').click();
    await link('Ask the Doctor').click();
    await document('Python').waitFor({ timeout: 60_000 });
  });
  await prove('beside the Jupyter extension the kernel is chosen while no Glue kernel is installed, as it was here', 'start-kernel', async () => {
    await open('shown.ipynb');
    await page.locator('.kernel-label:visible', { hasText: 'Glue (glue-ls)' }).first().waitFor();
  });
  await prove('where a Glue kernel is installed the choice is left to the user', 'start-other-kernel', async () => {
    mkdirSync(join(dir, 'jupyter/kernels/glue_pyspark'), { recursive: true });
    await open('run.ipynb');
    await page.locator('.kernel-label:visible', { hasText: 'Select Kernel' }).first().waitFor();
    await cell('%glue_version').locator('.view-line', { hasText: '%glue_version' }).first().waitFor();
  });
};
