// What a person sees of Spark on this machine: the example `etl.ipynb` from top to bottom, with its tables and its plot, a
// job of Spark that is interrupted, and an exception of Spark under the line that raised it.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { person } = require('./person.js');

/** Starting Java, on a machine that does other things as well. */
const PATIENCE = { timeout: 240_000 };

exports.runWithSpark = async function (page, { url, shots, dir, runtime, tell }) {
  const { prove, shot, begin, open, command, cell, run, squiggle, statusBar } = person(page, { shots, tell });
  /** What cells show, in the web view of VS Code. */
  const output = page.frameLocator('iframe.webview >> nth=-1').frameLocator('iframe#active-frame');
  const numbered = (text, number) => cell(text).locator('.execution-count-label:visible', { hasText: `[${number}]` }).first().waitFor(PATIENCE);
  const nothingCut = async (what) => {
    const cut = await what.evaluate((element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < 0 || right > document.documentElement.clientWidth || element.scrollWidth > element.clientWidth + 1;
    });
    if (cut) throw new Error('a part of it is cut off');
  };

  // The next server finds the runtime that `glue-ls local setup` has made.
  writeFileSync(join(dir, 'environment'), `export XDG_CACHE_HOME='${runtime}'\n`);
  await begin(url);
  // High enough for what the notebook shows: VS Code draws what is in sight.
  await page.setViewportSize({ width: 1180, height: 2700 });
  await command('View: Toggle Primary Side Bar Visibility').catch(() => undefined);

  await prove('a notebook with tables, joins, SQL and a plot runs from top to bottom on Spark', 'etl-all', async () => {
    await command('View: Toggle Primary Side Bar Visibility');
    await open('etl.ipynb');
    await page.locator('.kernel-label:visible', { hasText: 'Glue (glue-ls)' }).first().waitFor();
    await command('View: Toggle Primary Side Bar Visibility');
    await command('Glue: Run All Cells');
    await numbered('target = "s3://shop-lake/sold/"', 7);
    await output.getByText('rows in').first().waitFor();
  });
  await prove('what SQL finds is a table with nothing cut, and its text is not shown as well', 'etl-table', async () => {
    const table = output.locator('table', { hasText: 'revenue' }).last();
    await table.locator('td').first().waitFor();
    await nothingCut(table);
    if ((await output.getByText('+-------+').count()) !== 0) throw new Error('the text of the table is shown as well');
  });
  await prove('the plot is a picture with nothing cut', 'etl-plot', async () => {
    const picture = output.locator('img').last();
    await picture.waitFor();
    if (!(await picture.evaluate((image) => image.complete && image.naturalWidth > 300))) throw new Error('the picture is empty');
    await nothingCut(picture);
  });
  await prove('the session is in the status bar', 'etl-session', () => statusBar('Glue local').first().waitFor());
  // The picture of docs/images: from the cell of SQL to the plot.
  const [top, bottom] = [await cell('GROUP BY country').boundingBox(), await cell('target = "s3://shop-lake/sold/"').boundingBox()];
  if (top && bottom) {
    const clip = { x: top.x, y: top.y, width: top.width, height: bottom.y - top.y };
    await page.screenshot({ path: join(shots, 'vscode-etl.png'), animations: 'disabled', clip });
  }

  await prove('a job of Spark is interrupted, and Spark goes on', 'spark-interrupt', async () => {
    await command('View: Toggle Primary Side Bar Visibility');
    await open('spark.ipynb');
    await run('counting');
    await output.getByText('counting now').first().waitFor(PATIENCE);
    await command('Glue: Cancel Running Cells');
    await cell('counting').locator('.codicon-notebook-state-error:visible').first().waitFor(PATIENCE);
    await run('spark.range(42)');
    await output.getByText('the count is 42').first().waitFor(PATIENCE);
  });
  await prove('what Spark cannot analyse is underlined, and its cause is read first', 'spark-analysis', async () => {
    await run('no_such_column');
    await output.getByText('UNRESOLVED_COLUMN').first().waitFor(PATIENCE);
    await squiggle('few.select("no_such_column")', true);
    await squiggle('few = spark', false);
    await command('View: Toggle Problems');
    await page.locator('.markers-panel .monaco-list-row', { hasText: /AnalysisException|UNRESOLVED_COLUMN/ }).first().waitFor();
  });
  await shot('spark-end');
  writeFileSync(join(dir, 'environment'), '');
};
