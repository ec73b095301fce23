// What a person sees of running cells: the kernel chosen by itself, the message where settings were not run and
// what its buttons do, the numbers of the cells, and the session in the status bar.
const { join } = require('node:path');
const { lookedOver } = require('./looks.js');

exports.runOnTheScreen = async function (page, { url, shots, tell }) {
  const prove = async (name, picture, proof) => {
    let failure;
    await proof().catch((error) => { failure = `${error.message.split('\n')[0]} (picture: ${join(shots, picture)}.png)`; });
    failure ??= await lookedOver(page);
    tell(`on screen: ${name}`, failure);
    await page.screenshot({ path: join(shots, `${picture}.png`), animations: 'disabled' });
  };
  const open = (name) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick({ timeout: 60_000 });
  const editor = () => page.locator('.notebook-editor:visible, .notebookOverlay:visible').first();
  /** The row of the cell with this text. */
  const cell = (text) => editor().locator('.monaco-list-row.code-cell-row', { hasText: text }).first();
  const run = async (text) => {
    await cell(text).hover();
    await cell(text).locator('.run-button-container .action-label').first().click();
  };
  /** Waits for the number, and for the mark of the end beside it. */
  const numbered = async (text, number) => {
    await cell(text).locator('.execution-count-label:visible', { hasText: `[${number}]` }).first().waitFor();
    await cell(text).locator('.codicon-notebook-state-success:visible').first().waitFor();
  };
  const button = (title) => page.locator('.notification-toast', { hasText: 'settings' }).getByText(title, { exact: true }).first();
  const command = async (title) => {
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget input').first().fill(`>${title}`);
    await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
  };
  /** What cells show, in the web view of VS Code. */
  const output = page.frameLocator('iframe.webview >> nth=-1').frameLocator('iframe#active-frame');
  const session = page.locator('.statusbar-item', { hasText: 'Glue local' });

  await page.goto(url);
  await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
  // A notebook that is opened before the extension host runs would show as JSON text.
  await open('first.py');
  await page.locator('.monaco-editor .squiggly-error, .monaco-editor .squiggly-warning').first().waitFor({ timeout: 60_000 });

  await prove('a Glue notebook has the kernel "Glue (glue-ls)" without a choice', 'run-kernel', async () => {
    await open('run.ipynb');
    await page.locator('.kernel-label:visible', { hasText: 'Glue (glue-ls)' }).first().waitFor();
    await cell('%glue_version').locator('.view-line', { hasText: '%glue_version' }).first().waitFor();
  });
  await prove('where settings were not run, the message offers to run them first, and does', 'run-settings-first', async () => {
    await run('to stderr');
    await button('Start anyway').waitFor();
    await button('Run the settings cells first').click();
    await numbered('%glue_version', 1);
    await numbered('to stderr', 2);
  });
  await prove('the session is in the status bar, a click on it says what can be done', 'run-session', async () => {
    await session.waitFor();
    await session.click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Session Status' }).first().waitFor();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Stop Session' }).first().click();
    await page.locator('.statusbar-item', { hasText: 'Glue local: STOPPED' }).waitFor();
    await page.locator('.notification-toast', { hasText: 'Glue local: the session was stopped.' }).waitFor();
  });
  await prove('the message offers to start anyway, and does', 'run-anyway', async () => {
    await open('again.ipynb');
    await run('to stderr');
    await button('Start anyway').click();
    await numbered('to stderr', 1);
    const settings = await cell('%glue_version').locator('.execution-count-label:visible', { hasText: /\[\d+\]/ }).count();
    if (settings !== 0) throw new Error('the settings ran as well');
  });
  await prove('the plan is shown', 'run-plan', async () => {
    await command('Glue: Show Plan');
    await page.locator('.editor-instance .view-line', { hasText: 'CreateSession' }).first().waitFor();
  });
  await prove('a table that Spark draws is shown as one', 'run-table', async () => {
    await open('shown.ipynb');
    await run('Before the table');
    const table = output.locator('table', { hasText: 'region' });
    await table.locator('td', { hasText: '<b>us' }).first().waitFor();
    await output.getByText('Before the table').first().waitFor();
    if ((await output.getByText('+------+').count()) !== 0) throw new Error('the text of the table is shown as well');
  });
  await prove('of an exception from Spark the cause is shown, the stack of Java is folded', 'run-exception', async () => {
    await run('class Py4JJavaError');
    await output.getByText('ArithmeticException: / by zero').first().waitFor();
    await output.getByText("lines of Java's stack are left out").first().waitFor();
  });
  await prove('the whole of it opens as a document', 'run-whole', async () => {
    await command('Glue: Show Whole Output of Cell');
    await page.locator('.editor-instance .view-line:visible', { hasText: 'org.apache.spark.sql.Dataset' }).first().waitFor();
  });
};
