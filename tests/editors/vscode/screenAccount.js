// What a person sees of the account: names in lists and hovers, names that are not there, what keeps names from being
// known, and how an identity is allowed that a notebook names.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { person } = require('./person.js');

exports.seeTheAccount = async function (page, { url, shots, dir, account, tell }) {
  const { prove, shot, begin, open, command, behind, line, type, list, row, statusBar, document, squiggle } = person(page, { shots, tell });
  /** Whose account the next server has. */
  const sign = (how) => writeFileSync(join(dir, 'environment'), `. '${join(account, how)}'\n`);
  const hover = page.locator('.monaco-hover:visible');

  sign('signed-in');
  await begin(url);

  await prove('a connection that the account lacks is underlined', 'account-missing', async () => {
    await open('account.ipynb');
    await squiggle('%connections warehose', true);
    await line('%connections warehose').locator('span span', { hasText: 'warehose' }).first().hover();
    await hover.locator('.hover-row', { hasText: 'warehose' }).first().waitFor();
  });
  await prove('a fix of it writes the one that is there', 'account-fixed', async () => {
    await page.keyboard.press('Escape');
    await behind('%connections warehose');
    await page.keyboard.press('Control+.');
    const action = page.locator('.action-widget .monaco-list-row', { hasText: 'warehouse' }).first();
    await action.waitFor();
    await shot('account-fixes');
    await page.keyboard.press('Enter');
    await line('%connections warehouse').first().waitFor();
    await squiggle('%connections warehouse', false);
  });
  await prove('a connection explains itself under the mouse', 'account-hover', async () => {
    await line('%connections warehouse').locator('span span', { hasText: 'warehouse' }).first().hover();
    await hover.locator('.hover-row', { hasText: 'vpc-0a1b2c3d' }).first().waitFor();
  });
  await prove("the account's connections complete, with where they are and how old that is", 'account-connections', async () => {
    await page.keyboard.press('Escape');
    await behind('%idle_timeout');
    await page.keyboard.press('Enter');
    await type('%connections ');
    await row('orders-db').waitFor();
    await row('shop-network').waitFor();
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-details-container:visible', { hasText: 'vpc-0a1b2c3d' }).waitFor();
  });
  await prove('Enter takes one', 'account-taken', async () => {
    await type('shop');
    await page.keyboard.press('Enter');
    await line('%connections shop-network').first().waitFor();
  });
  await prove("the account's roles complete", 'account-roles', async () => {
    await page.keyboard.press('Enter');
    await type('%iam_role ');
    await row('glue-notebooks').waitFor();
    await row('thumbnails').waitFor();
  });
  await page.keyboard.press('Escape');
  await prove("the doctor's report opens as a document", 'account-doctor', async () => {
    await command('Glue: Doctor');
    await document('Credentials').waitFor();
  });
  await prove('an identity that a notebook names is used once the user has allowed it', 'account-consent', async () => {
    await open('staging.ipynb');
    await behind('%profile staging');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await type(' ');
    await row('Load names as profile staging').waitFor();
    await shot('account-consent-item');
    await page.keyboard.press('Enter');
    await row('staging-network').waitFor();
  });
  await prove('the same is a code action of the cell that names the identity', 'account-consent-action', async () => {
    await open('consent.ipynb');
    await line('%profile auditing').first().click();
    await page.keyboard.press('Control+.');
    const action = page.locator('.action-widget .monaco-list-row', { hasText: 'Load names as profile auditing' }).first();
    await action.waitFor();
    await shot('account-consent-actions');
    // The list has a pane before it that takes clicks.
    while (!(await action.evaluate((row) => row.classList.contains('focused')))) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await action.waitFor({ state: 'detached' });
    await behind('%profile auditing');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await type(' ');
    await row('staging-network').waitFor();
  });
  await page.keyboard.press('Escape');
  await prove('credentials that are missing are told in the list and in the status bar', 'account-trouble', async () => {
    sign('signed-out');
    await command('Glue: Restart Server');
    await open('trouble.ipynb');
    await behind('%number_of_workers');
    await page.keyboard.press('Enter');
    await type('%connections ');
    await row('No AWS credentials').waitFor();
    await statusBar('Glue: sign in to AWS').waitFor();
  });
  await prove('taking that opens the doctor, and leaves the text as it is', 'account-trouble-doctor', async () => {
    await page.keyboard.press('Enter');
    await document('failed').waitFor();
    await open('trouble.ipynb');
    await line(/^%connections\s?$/).first().waitFor();
  });
  await prove('the status bar tells what to do', 'account-status', async () => {
    await statusBar('Glue: sign in to AWS').hover();
    await page.locator('.monaco-hover:visible', { hasText: 'What to do' }).waitFor();
  });
  writeFileSync(join(dir, 'environment'), '');
};
