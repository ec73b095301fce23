// Sessions on AWS: the view that lists them, a second notebook that attaches to one, and a reload of the window, which one outlives:
// the server leaves it to a process that waits for the next one.
const { existsSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { person } = require('./person.js');
const { serve } = require('./service.js');

exports.reloadOnTheScreen = async function (page, { url, shots, dir, tell }) {
  const { GLUE_SERVICE: program, CI: ci = '' } = process.env;
  if (!existsSync(program)) {
    const lack = `there is no ${program}; build it with: cargo build --examples`;
    if (!['', '0', 'false'].includes(ci.toLowerCase())) tell('on screen: a session outlives a reload', lack);
    else console.log(`SKIPPED: a session that outlives a reload is not tried: ${lack}`);
    return;
  }
  const { prove, shot, begin, open, command, run, numbered, statusBar, behind, cell } = person(page, { shots, tell });
  /** What cells show, in the web view of VS Code. */
  const output = page.frameLocator('iframe.webview >> nth=-1').frameLocator('iframe#active-frame');
  const message = (text) => page.locator('.notification-toast:visible', { hasText: text });
  /** A row shows its text up to the end of what is looked for. */
  const shows = async (label, expected) => {
    const cut = await label.first().evaluate((label, { source }) => {
      const place = document.createTreeWalker(label, NodeFilter.SHOW_TEXT);
      for (let node = place.nextNode(); node !== null; node = place.nextNode()) {
        const found = new RegExp(source).exec(node.textContent);
        if (found === null) continue;
        const range = document.createRange();
        range.setStart(node, found.index);
        range.setEnd(node, found.index + found[0].length);
        return range.getBoundingClientRect().right > label.getBoundingClientRect().right + 1;
      }
      return undefined;
    }, { source: expected.source });
    if (cut !== false) throw new Error(cut ? 'a part of it is cut off' : `it does not say ${expected}`);
  };
  const service = serve(program);
  writeFileSync(join(dir, 'environment'), await service.ready);

  await begin(url);
  await prove('a cell runs on AWS', 'reload-before', async () => {
    await open('reload.ipynb');
    await run('kept = 40');
    await message('settings').getByText('Run the settings cells first', { exact: true }).first().click();
    await numbered('kept = 40', 2);
    await cell('kept = 40').locator('.codicon-notebook-state-success:visible').first().waitFor();
    await statusBar('Glue: READY').waitFor();
  });
  const sessions = page.locator('.sidebar .monaco-list-row');
  const glueView = () => page.locator('.activitybar .action-label[aria-label="Glue"]').first().click();
  await prove('the view Sessions lists it, with what can be done', 'sessions', async () => {
    await glueView();
    const row = sessions.filter({ hasText: 'READY' }).first();
    await row.filter({ hasText: 'reload.ipynb' }).filter({ hasText: /\$\d+\.\d\d, \d+ (s|min), READY, / }).filter({ hasText: '2 × G.1X' }).waitFor();
    await page.mouse.move(0, 0);
    await shows(row.locator('.monaco-icon-label-container'), /\$\d+\.\d\d, \d+ (s|min), /);
    await shot('sessions-list');
    await row.hover();
    await page.locator('.monaco-hover:visible', { hasText: 'of this window' }).waitFor();
    for (const title of ['Attach', 'Stop', 'Dashboard and Logs', 'Copy Id']) await row.locator(`.action-label[aria-label="${title}"]`).waitFor();
    await row.locator('.action-label[aria-label="Dashboard and Logs"]').click();
    await message('browser').getByText('Open Dashboard', { exact: true }).waitFor();
    await message('browser').getByText('Open Logs', { exact: true }).waitFor();
  });
  await prove('the same is a list to pick from', 'sessions-pick', async () => {
    await page.mouse.move(0, 0);
    await command('Glue: Sessions…');
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: /about \$.*of this window/ }).first();
    await row.waitFor();
    await shows(row.locator('.quick-input-list-label .monaco-icon-label-container'), /about \$.*of this window/);
  });
  await page.keyboard.press('Escape');
  await prove('another notebook attaches to it, and shows again what was run there', 'sessions-attach', async () => {
    await command('View: Show Explorer');
    await open('reload.ipynb');
    await run('kept + 2');
    await numbered('kept + 2', 3);
    await command('View: Show Explorer');
    await open('restored.ipynb');
    await glueView();
    const row = sessions.filter({ hasText: 'READY' }).first();
    await row.hover();
    await row.locator('.action-label[aria-label="Attach"]').click();
    await output.getByText('42', { exact: true }).first().waitFor();
    const numbers = await cell('kept + 2').locator('.execution-count-label:visible', { hasText: /\[\d+\]/ }).count();
    if (numbers !== 0) throw new Error('the cell is marked as run');
    await command('View: Show Explorer');
  });
  await prove('after the window is reloaded, the same session goes on', 'reload-after', async () => {
    const reloaded = page.waitForEvent('load', { timeout: 60_000 });
    await command('Developer: Reload Window');
    await reloaded;
    await open('reload.ipynb');
    await run('kept + 2');
    await numbered('kept + 2', 1);
    await output.getByText('42', { exact: true }).first().waitFor();
    await cell('kept + 2').locator('.codicon-notebook-state-success:visible').first().waitFor();
  });
  await prove('where the document changes, a restart is offered', 'reload-drift', async () => {
    await behind('%number_of_workers 2');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('3');
    await command('Glue: Session Status');
    await message('Glue: READY').waitFor();
    await message('the notebook says 3').getByText('Restart the session', { exact: true }).first().waitFor();
    if ((await message('the notebook says 3').count()) !== 1) throw new Error('it is said twice');
  });
  await prove('the session is stopped from the list', 'sessions-stop', async () => {
    await glueView();
    const row = sessions.filter({ hasText: 'READY' }).first();
    await row.hover();
    await row.locator('.action-label[aria-label="Stop"]').click();
    await sessions.filter({ hasText: 'Ended' }).first().waitFor();
    await statusBar('Glue: STOPPED').waitFor();
  });
  // The windows to come have nothing to do with it.
  writeFileSync(join(dir, 'environment'), '');
  await prove('one session was created in all', 'reload-once', async () => {
    const calls = await service.calls();
    if (calls.get('CreateSession') !== '1') throw new Error(`the service was called ${JSON.stringify([...calls])}`);
  });
};
