// What a person sees: lines under mistakes, the list of completions, a hover, and the message when the
// server's program is missing. Everything is waited for in the page; a picture of each state is kept.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { fileHolds } = require('./files.js');
const { lookedOver } = require('./looks.js');

exports.lookAtTheScreen = async function (page, { url, shots, dir, tell }) {
  const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' });
  const prove = async (name, picture, proof) => {
    let failure;
    await proof().catch((error) => { failure = `${error.message.split('\n')[0]} (picture: ${join(shots, picture)}.png)`; });
    failure ??= await lookedOver(page);
    tell(`on screen: ${name}`, failure);
    await shot(picture);
    return failure === undefined;
  };
  /** A picture for the documentation: no more than the given parts of the page and a little around them. */
  const excerpt = async (name, above, ...parts) => {
    const boxes = await Promise.all(parts.map((part) => part.boundingBox()));
    const least = (side) => Math.min(...boxes.map(side));
    const most = (side) => Math.max(...boxes.map(side));
    // Not the number beside the cell.
    const [x, y] = [least((box) => box.x) - 2, least((box) => box.y) - above];
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
  const scripts = '.editor-instance .monaco-editor';
  await prove('a file that becomes Glue while it is typed starts the server', 'typed', async () => {
    const starts = join(dir, 'starts');
    const before = readFileSync(starts, 'utf8');
    await open('plain.py');
    await page.locator(`${scripts} .view-line`, { hasText: 'An ordinary Python file' }).click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('import awsglue');
    await fileHolds(starts, (text) => text === `${before}started\n`, 60);
  });
  const underlined = await prove('mistakes in a script are underlined', 'script', async () => {
    await open('job.py');
    await squiggle(scripts, 'glue_versoin');
    await squiggle(scripts, 'number_of_workers five');
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
    await excerpt('vscode-notebook', 62, page.locator(`${cells} .monaco-editor:visible`).first(), page.locator('.monaco-hover:visible').first());
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
    await excerpt('vscode-completion', 28, page.locator(`${cells} .monaco-editor:visible`).last(), list);
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

  const use = (program, more) => writeFileSync(join(dir, 'profile/Machine/settings.json'), JSON.stringify({ 'glueLs.serverPath': program, ...more }));
  /** The message with this text, which is the only one that it brings, and what it offers. */
  const message = async (text, ...more) => {
    const toast = page.locator('.notification-toast', { hasText: text }).first();
    await toast.waitFor();
    for (const part of [...more, 'Open Settings', 'Install Instructions', 'Show Output']) await toast.getByText(part).first().waitFor();
    const raw = await page.locator('.notification-toast', { hasText: 'create connection' }).count();
    if (raw !== 0) throw new Error("languageclient's own message is there as well");
  };
  /** Closes all messages. */
  const dismiss = async () => {
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget input').first().fill('>Notifications: Clear All Notifications');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Clear All Notifications' }).first().click();
    await page.locator('.notification-toast').first().waitFor({ state: 'detached' });
  };
  const script = (name, text) => { writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 }); return join(dir, name); };
  await prove('a missing program is explained, the underlines go', 'missing-server', async () => {
    use('/nowhere/glue-ls');
    await message('is not there', 'Install glue-ls');
    await page.waitForFunction((cells) => !document.querySelector(`${cells} .squiggly-error, ${cells} .squiggly-warning`), cells);
  });
  await dismiss();
  await prove('a file that may not be run is explained', 'locked-server', async () => {
    writeFileSync(join(dir, 'locked'), '', { mode: 0o644 });
    use(join(dir, 'locked'));
    await message('may not be run', 'chmod +x');
  });
  await dismiss();
  await prove('a program that is no language server is explained', 'wrong-server', async () => {
    use('/bin/false');
    await message('does not answer as a language server', 'with exit code 1');
  });
  await dismiss();
  await prove('of a program that ends at once the last words are shown', 'crashing-server', async () => {
    use(script('crashes', 'echo one >&2; echo cannot open shared object libodd.so.7 >&2; exit 127'));
    await message('with exit code 127', 'one / cannot open shared object libodd.so.7');
  });
  await dismiss();
  await prove('what is no program for this machine is explained', 'foreign-server', async () => {
    // The beginning of one for a Mac.
    writeFileSync(join(dir, 'foreign'), Buffer.concat([Buffer.from([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]), Buffer.alloc(64)]), { mode: 0o755 });
    use(join(dir, 'foreign'));
    await message('could not be started', 'it is a program for darwin-x64');
  });
  await dismiss();
  /** A server that changes its introduction, in as many bytes. */
  const disguised = (name, from, to) => script(name, `exec '${process.execPath}' -e "
    const server = require('node:child_process').spawn('${join(dir, 'glue-ls')}', [], { stdio: ['inherit', 'pipe', 'inherit'] });
    server.stdout.on('data', (data) => process.stdout.write(Buffer.from(data.toString('latin1').replace('${from}', '${to}'), 'latin1')));
    server.on('exit', (code) => process.exit(code ?? 1));"`);
  await prove('another language server is told by its name, and not used', 'other-server', async () => {
    use(disguised('other', 'name\\":\\"glue-ls', 'name\\":\\"odd-lsp'));
    await message('is a language server, but not glue-ls', 'odd-lsp');
  });
  await dismiss();
  await prove('a server of another version is told with both versions and places, and works', 'other-version', async () => {
    use(disguised('version', 'version\\":\\"0.', 'version\\":\\"9.'));
    const { version } = JSON.parse(readFileSync(join(__dirname, '../../../editors/vscode/package.json'), 'utf8'));
    await message(`The extension ${version}`, version.replace(/^0/, '9'), join(dir, 'version'), 'Update the extension');
    await squiggle(cells, 'glue_versoin');
  });
  await prove('the output channel says what was looked at and started', 'output-channel', async () => {
    await page.locator('.notification-toast', { hasText: 'Update the extension' }).getByText('Show Output').first().click();
    await page.locator('.output-view .view-line, .panel .view-line', { hasText: 'runs: glue-ls 9.' }).first().waitFor();
  });
  await prove('with the setting the messages between VS Code and the server are there too', 'output-trace', async () => {
    use(join(dir, 'version'), { 'glueLs.trace.server': 'messages' });
    // The server is asked until the setting has come through.
    const traced = page.locator('.output-view .view-line, .panel .view-line', { hasText: "Sending request 'textDocument/hover" }).first();
    for (let tries = 0; tries < 60 && !(await traced.isVisible()); tries++) {
      const word = page.locator(`${cells} .view-line:visible span`, { hasText: tries % 2 === 0 ? /^worker_type$/ : /^number_of_workers$/ }).first();
      await word.hover();
      await page.locator('.monaco-hover:visible .hover-row', { hasText: /worker/i }).first().waitFor();
    }
    await traced.waitFor();
  });
  await page.keyboard.press('Control+j');
  await dismiss();
  await prove('with the right program, after one that hangs, the server is back', 'server-back', async () => {
    const hangs = join(dir, 'hangs');
    writeFileSync(hangs, `#!/bin/sh\necho hangs >'${join(dir, 'hung')}'\nexec sleep 300\n`, { mode: 0o755 });
    use(hangs);
    await fileHolds(join(dir, 'hung'), (text) => text === 'hangs\n', 30);
    // Those of the server before are gone.
    await page.waitForFunction((cells) => !document.querySelector(`${cells} .squiggly-error, ${cells} .squiggly-warning`), cells);
    use(join(dir, 'glue-ls'));
    await squiggle(cells, 'glue_versoin');
  });
};
