// The views *Connections* and *Databases*, what they write into cells, and the menu of the status bar.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { fileHolds } = require('./files.js');
const { person } = require('./person.js');

exports.lookAtTheViews = async function (page, { url, shots, dir, account, tell }) {
  const { prove, shot, begin, open, command, behind, line, statusBar, document } = person(page, { shots, tell });
  /** Whose account the next server has. */
  const sign = (how) => writeFileSync(join(dir, 'environment'), `. '${join(account, how)}'\n`);
  const view = (title) => page.locator('.sidebar .pane', { has: page.locator('.pane-header', { hasText: title }) });
  const rowOf = (title, name) => view(title).locator('.monaco-list-row', { hasText: name }).first();
  /** Does what a button of a row does. */
  const press = async (row, title) => {
    await row.hover();
    await row.locator(`.action-label[aria-label="${title}"]`).click();
  };
  const expand = (row) => row.locator('.monaco-tl-twistie').click();
  const menu = page.locator('.quick-input-widget:visible');
  const entry = (text) => menu.locator('.monaco-list-row', { hasText: text }).first();
  const dialog = page.locator('.monaco-dialog-box:visible');
  const settings = join(dir, 'names-ws/.vscode/settings.json');

  sign('signed-in');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await begin(url);

  await prove('the connections of the account are listed, with where they are', 'names-connections', async () => {
    await open('account.ipynb');
    await behind('%idle_timeout');
    await page.locator('.activitybar .action-label[aria-label="Glue"]').first().click();
    for (const name of ['orders-db', 'shop-network', 'warehouse']) await rowOf('Connections', name).filter({ hasText: 'vpc-0a1b2c3d' }).waitFor();
    await view('Connections').locator('.pane-header', { hasText: 'eu-west-1, 3' }).waitFor();
  });
  await prove('one explains itself under the mouse', 'names-hover', async () => {
    await rowOf('Connections', 'orders-db').locator('.monaco-highlighted-label, .label-name').first().hover();
    await page.locator('.monaco-hover:visible', { hasText: 'Availability zone' }).waitFor();
  });
  await prove('one is written into the cell with the cursor, as a magic below the others', 'names-inserted', async () => {
    await press(rowOf('Connections', 'orders-db'), 'Insert into Document');
    await line(/^%connections\sorders-db$/).first().waitFor();
  });
  await prove('another joins the list, wherever in the cell the cursor is', 'names-joined', async () => {
    await behind('%idle_timeout');
    await press(rowOf('Connections', 'shop-network'), 'Insert into Document');
    await line(/^%connections\sorders-db,\sshop-network$/).first().waitFor();
  });
  await prove('databases open to tables, and these to columns', 'names-tables', async () => {
    await expand(rowOf('Databases', 'shop'));
    await rowOf('Databases', 'orders').filter({ hasText: 'parquet, s3://shop-lake/orders/' }).waitFor();
    await expand(rowOf('Databases', 'orders'));
    await rowOf('Databases', 'paid').filter({ hasText: 'decimal(10,2)' }).waitFor();
    await expand(rowOf('Databases', 'web-logs'));
    await rowOf('Databases', 'No tables').waitFor();
  });
  await prove('a table is written where the cursor is', 'names-table-inserted', async () => {
    await behind('%connections orders-db');
    await page.keyboard.press('Enter');
    await page.keyboard.type('# see ');
    await press(rowOf('Databases', 'customers'), 'Insert into Document');
    await line(/^#\ssee\sshop\.customers$/).first().waitFor();
  });
  await prove('a name is copied', 'names-copied', async () => {
    await press(rowOf('Databases', 'customers'), 'Copy Name');
    await page.waitForFunction(async () => (await navigator.clipboard.readText()) === 'shop.customers');
  });
  await prove('a magic never goes below code, but into a cell of its own', 'names-new-cell', async () => {
    await command('Notebook: Insert Code Cell Below');
    await page.locator('.notebookOverlay .code-cell-row .monaco-editor.focused').first().waitFor();
    await page.keyboard.type('x = 1');
    await line('x = 1').first().waitFor();
    await press(rowOf('Connections', 'warehouse'), 'Insert into Document');
    await line(/^%connections\swarehouse$/).first().waitFor();
    await line(/^x\s=\s1/).first().waitFor();
  });

  await prove('the status bar says where cells run, and its menu what can be done', 'menu', async () => {
    await statusBar('Glue: no session').click();
    for (const text of ['Start Session', 'Show Plan', 'Run Cells on This Machine…', 'Doctor']) await entry(text).waitFor();
    for (const text of ['Stop Session', 'Open Dashboard', 'Sign In']) if ((await menu.getByText(text).count()) > 0) throw new Error(`${text} makes no sense now`);
  });
  await prove('an entry of it is done', 'menu-plan', async () => {
    await entry('Show Plan').click();
    await document('orders-db').waitFor();
  });
  await prove('cells run on this machine once that is chosen', 'menu-local', async () => {
    await command('View: Close Editor');
    await statusBar('Glue: no session').click();
    await entry('Run Cells on This Machine…').click();
    await statusBar('Glue local: no session').waitFor();
    await fileHolds(settings, (text) => JSON.parse(text)['glue-ls.engine'] === 'local', 30);
  });
  await prove('and on AWS after the price was shown', 'menu-aws', async () => {
    await statusBar('Glue local: no session').click();
    await entry('Run Cells on AWS…').click();
    await dialog.filter({ hasText: /5 × G\.1X: 5 DPU, .*\$2\.20/ }).waitFor();
    await shot('menu-price');
    if (JSON.parse(readFileSync(settings, 'utf8'))['glue-ls.engine'] !== 'local') throw new Error('it was not waited for');
    await dialog.getByText('Run Cells on AWS', { exact: true }).click();
    await statusBar('Glue: no session').waitFor();
  });

  await prove('what keeps names from being known stands in their place, with what to do', 'names-trouble', async () => {
    sign('signed-out');
    await command('Glue: Restart Server');
    await command('Glue: Refresh Account');
    for (const title of ['Connections', 'Databases']) {
      await view(title).getByText(/There are no AWS credentials.* What to do: sign in/).waitFor();
      await rowOf(title, 'Doctor').waitFor();
    }
  });
  await prove('and leads there', 'names-doctor', async () => {
    await rowOf('Databases', 'Doctor').click();
    await document('failed').waitFor();
  });
  writeFileSync(join(dir, 'environment'), '');
};
