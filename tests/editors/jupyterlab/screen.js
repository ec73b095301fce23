// Opens a script and a notebook in JupyterLab, and looks at what a person sees.
// Environment: LAB (its address), PLAYWRIGHT (the package's folder), WORK (where the server's messages are on record), SHOTS (a folder for pictures).
const fs = require('node:fs');
const path = require('node:path');
const { LAB, PLAYWRIGHT, WORK, SHOTS } = process.env;
const { chromium } = require(PLAYWRIGHT);

const patience = 60_000;
let passed = 0;

function proved(what, ok) {
  if (!ok) throw new Error(`not so: ${what}`);
  passed += 1;
}

const pause = () => new Promise(resolve => setTimeout(resolve, 100));

// For what tells nobody when it comes about.
async function until(what, ok) {
  for (let begun = Date.now(); Date.now() - begun < patience; ) {
    if (await ok()) return proved(what, true);
    await pause();
  }
  proved(what, false);
}

// The messages of one direction, as they are on record so far.
function messages(file) {
  const bytes = fs.existsSync(path.join(WORK, file)) ? fs.readFileSync(path.join(WORK, file)) : Buffer.alloc(0);
  const found = [];
  for (let at = 0; ; ) {
    const head = bytes.indexOf('\r\n\r\n', at);
    if (head < 0) return found;
    const length = Number(/content-length: *(\d+)/i.exec(bytes.toString('latin1', at, head))[1]);
    at = head + 4 + length;
    if (at > bytes.length) return found;
    found.push(JSON.parse(bytes.toString('utf8', head + 4, at)));
  }
}

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  try {
    await until('JupyterLab answers', () => fetch(LAB).then(answer => answer.ok, () => false));

    await page.goto(`${LAB}/tree/job.py?reset`);
    const mistake = page.locator('.jp-FileEditor .cm-lintRange-error').first();
    await mistake.waitFor({ timeout: patience });
    proved('the mistake is underlined', (await mistake.innerText()).includes('glue_versoin'));

    await page.locator('.jp-FileEditor .cm-line').nth(3).click();
    await page.keyboard.type('# %worker_t');
    await page.keyboard.press('Tab');
    const completion = page.locator('.jp-Completer:not(.lm-mod-hidden) .jp-Completer-item', { hasText: 'worker_type' }).first();
    await completion.waitFor({ timeout: patience });
    proved('a magic completes', true);
    await page.screenshot({ path: path.join(SHOTS, 'jupyterlab-script.png') });
    await completion.click();
    const written = page.locator('.jp-FileEditor .cm-line', { hasText: 'worker_t' });
    await until('it takes the place of what was typed', async () => (await written.innerText()).trim() === '# %worker_type');

    // The hover comes with Ctrl, unless the user has chosen otherwise.
    await page.locator('.jp-FileEditor .cm-line', { hasText: 'idle_timeout' }).hover({ position: { x: 60, y: 8 } });
    await page.keyboard.down('Control');
    const hover = page.locator('.lsp-hover', { hasText: 'idle_timeout' });
    await until('a magic is explained', async () => {
      if ((await hover.count()) > 0) return true;
      await page.mouse.move(0, 0);
      await page.locator('.jp-FileEditor .cm-line', { hasText: 'idle_timeout' }).hover({ position: { x: 62, y: 8 } });
      return false;
    });
    await page.keyboard.up('Control');

    await page.goto(`${LAB}/tree/magics.ipynb?reset`);
    await page.locator('.jp-Notebook .jp-CodeCell').first().waitFor({ timeout: patience });
    const notebook = message => message.method === 'textDocument/didOpen' && message.params.textDocument.uri.endsWith('magics.ipynb');
    await until('the notebook has come to the server', () => messages('asked').some(notebook));
    proved('its magics come as calls', messages('asked').find(notebook).params.textDocument.text.includes('run_line_magic'));
    // A mistake behind the notebook: what is published before is of the notebook.
    await page.locator('.jp-Notebook .jp-CodeCell .cm-line').last().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('\ny = 2');
    await until('an edit has come', () => messages('asked').some(message => message.method === 'textDocument/didChange' && JSON.stringify(message).includes('y = 2')));
    proved('nothing false is said', messages('answered').every(message => !(message.params?.uri ?? '').endsWith('.ipynb') || message.params.diagnostics.length === 0));
    proved('nothing is underlined', (await page.locator('.jp-Notebook .cm-lintRange-error').count()) === 0);
    const errors = messages('answered').filter(message => message.error);
    proved(`no request is refused ${JSON.stringify(errors)}`, errors.length === 0);
    await page.screenshot({ path: path.join(SHOTS, 'jupyterlab-notebook.png') });
  } catch (error) {
    await page.screenshot({ path: path.join(SHOTS, 'jupyterlab-failed.png') }).catch(() => undefined);
    throw error;
  } finally {
    await browser.close();
  }
  console.log(`jupyterlab: ${passed} passed`);
}

main().catch(error => {
  console.error(`jupyterlab: ${error.message}`);
  process.exit(1);
});
