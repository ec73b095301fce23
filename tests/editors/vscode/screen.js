// What a person sees: lines under mistakes, the list of completions, a hover, and the message when the
// server's program is missing. Everything is waited for in the page; a picture of each state is kept.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { fileHolds } = require('./files.js');

exports.lookAtTheScreen = async function (page, { url, shots, dir, tell }) {
  const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' });
  const prove = async (name, picture, proof) => {
    let failure;
    await proof().catch((error) => { failure = `${error.message.split('\n')[0]} (picture: ${join(shots, picture)}.png)`; });
    tell(`on screen: ${name}`, failure);
    await shot(picture);
    return failure === undefined;
  };
  /** A picture for the documentation: no more than the given parts of the page and a little around them. */
  const excerpt = async (name, above, ...parts) => {
    const boxes = await Promise.all(parts.map((part) => part.boundingBox()));
    const least = (side) => Math.min(...boxes.map(side));
    const most = (side) => Math.max(...boxes.map(side));
    const [x, y] = [least((box) => box.x) - 12, least((box) => box.y) - above];
    const clip = { x, y, width: most((box) => box.x + box.width) + 4 - x, height: most((box) => box.y + box.height) + 32 - y };
    await page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled', clip });
  };
  const open = (name) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick({ timeout: 60_000 });

  /** Waits for a wavy line that lies under `text`, within `area`. */
  const squiggle = (area, text) => page.waitForFunction(([area, text]) => {
    const lines = [...document.querySelectorAll(`${area} .view-line`)].filter((line) => line.textContent.replaceAll('\u00a0', ' ').includes(text));
    const marks = [...document.querySelectorAll(`${area} .squiggly-error, ${area} .squiggly-warning`)];
    return lines.some((line) => {
      const { top, bottom } = line.getBoundingClientRect();
      return marks.some((mark) => {
        const box = mark.getBoundingClientRect();
        return box.width > 0 && (box.top + box.bottom) / 2 > top && (box.top + box.bottom) / 2 <= bottom + 1;
      });
    });
  }, [area, text], { timeout: 40_000 });

  await page.goto(url);
  await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });

  // Scripts first: a notebook opened before the extension host runs would show as JSON text.
  const script = '.editor-instance .monaco-editor';
  await prove('a file that becomes Glue while it is typed starts the server', 'typed', async () => {
    const starts = join(dir, 'starts');
    const before = readFileSync(starts, 'utf8');
    await open('plain.py');
    await page.locator(`${script} .view-line`, { hasText: 'An ordinary Python file' }).click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('import awsglue');
    await fileHolds(starts, (text) => text === `${before}started\n`, 60);
  });
  const underlined = await prove('mistakes in a script are underlined', 'script', async () => {
    await open('job.py');
    await squiggle(script, 'glue_versoin');
    await squiggle(script, 'number_of_workers five');
  });

  if (!underlined) return tell('on screen: the rest', 'not tried, since the server does not reach the editor');

  const cells = '.notebookOverlay';
  await prove('mistakes in a notebook cell are underlined', 'notebook', async () => {
    await open('glue.ipynb');
    await squiggle(cells, 'glue_versoin');
    await squiggle(cells, 'number_of_workers five');
  });
  await prove('the cells are marked Glue PySpark, the magic is coloured apart from its value', 'notebook', async () => {
    await page.locator(`${cells} .cell-status-item`, { hasText: /^Glue PySpark$/ }).first().waitFor();
    await page.waitForFunction((cells) => {
      const line = [...document.querySelectorAll(`${cells} .view-line`)].find((line) => line.textContent.includes('worker_type'));
      const colours = [...line.querySelectorAll('span span')].map((part) => getComputedStyle(part).color);
      return new Set(colours).size > 1;
    }, cells);
  });
  await prove('a mistake in a cell says what is wrong, under the mouse', 'notebook-mistake', async () => {
    await page.locator(`${cells} .view-line:visible span`, { hasText: /^glue_versoin$/ }).first().hover();
    const says = page.locator('.monaco-hover:visible .hover-row', { hasText: 'did you mean' }).first();
    await says.waitFor();
    await excerpt('vscode-notebook', 48, page.locator(`${cells} .monaco-editor:visible`).first(), page.locator('.monaco-hover:visible').first());
  });
  await prove('typing %glue_ in a cell lists magics', 'notebook-completion', async () => {
    // Before the code: the kernel takes a magic after code for code.
    await page.locator(`${cells} .view-line:visible`, { hasText: 'orders = 1' }).last().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.type('%');
    const list = page.locator('.suggest-widget.visible');
    await list.locator('.monaco-list-row', { hasText: '%additional_python_modules' }).first().waitFor();
    await excerpt('vscode-completion', 12, page.locator(`${cells} .monaco-editor:visible`).last(), list);
    await page.keyboard.type('glue_', { delay: 60 });
    // With the percent sign: a word of the file itself would have none.
    await list.locator('.monaco-list-row', { hasText: '%glue_version' }).first().waitFor();
  });
  await page.keyboard.press('Escape');
  await prove('an accepted magic is followed by the list of its values, and Enter takes the one that is typed', 'notebook-values', async () => {
    const list = page.locator('.suggest-widget.visible');
    const row = (label) => list.locator('.monaco-list-row', { hasText: label }).first().waitFor();
    const shows = (text) => page.locator(`${cells} .view-line:visible`, { hasText: text }).first().waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('%workert', { delay: 60 });
    await row('%worker_type');
    await page.keyboard.press('Enter');
    await row('G.8X');
    await page.keyboard.type('G.8', { delay: 60 });
    await page.keyboard.press('Enter');
    await shows(/^%worker_type.G\.8X/);
    // A price stands behind the line that decides it, once.
    await page.waitForFunction((cells) => {
      const lines = [...document.querySelectorAll(`${cells} .view-line`)].map((line) => line.textContent.replaceAll('\u00a0', ' '));
      return lines.filter((line) => line.includes(' DPU, about $')).length === 1;
    }, cells);
    await page.keyboard.press('Shift+Home');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Backspace');
  });
  await prove('a hover in a cell explains the magic', 'notebook-hover', async () => {
    await page.locator(`${cells} .view-line:visible span`, { hasText: /^worker_type$/ }).first().hover();
    await page.locator('.monaco-hover:visible .hover-row', { hasText: /worker/i }).first().waitFor();
  });
  await prove('a server that crashes is started again', 'after-crash', async () => {
    const starts = join(dir, 'starts');
    const before = readFileSync(starts, 'utf8');
    process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGKILL');
    await fileHolds(starts, (text) => text === `${before}started\n`, 30);
    // A mistake made only now: the old lines may still be there from the server that is gone.
    await page.locator(`${cells} .view-line:visible`, { hasText: /^%glue_$/ }).last().click();
    await page.keyboard.press('End');
    await page.keyboard.type('versoin 5.0');
    await squiggle(cells, 'glue_versoin 5.0');
  });

  const use = (program) => writeFileSync(join(dir, 'profile/Machine/settings.json'), JSON.stringify({ 'glueLs.serverPath': program }));
  const message = (text) => page.locator('.notification-toast', { hasText: text }).getByText('Open Settings').first().waitFor();
  await prove('a missing program is explained, the underlines go', 'missing-server', async () => {
    use('/nowhere/glue-ls');
    await message('Install glue-ls');
    await page.waitForFunction((cells) => !document.querySelector(`${cells} .squiggly-error, ${cells} .squiggly-warning`), cells);
  });
  await prove('a program that is no language server is explained', 'wrong-server', async () => {
    use('/bin/false');
    await message('/bin/false does not answer as a language server');
  });
  await prove('with the right program, after one that hangs, the server is back', 'server-back', async () => {
    const hangs = join(dir, 'hangs');
    writeFileSync(hangs, `#!/bin/sh\necho hangs >'${join(dir, 'hung')}'\nexec sleep 300\n`, { mode: 0o755 });
    use(hangs);
    await fileHolds(join(dir, 'hung'), (text) => text === 'hangs\n', 30);
    use(join(dir, 'glue-ls'));
    await squiggle(cells, 'glue_versoin');
  });
};
