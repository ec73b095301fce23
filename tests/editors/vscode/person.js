// What a person does and sees in a window, for the proofs on the screen.
const { join } = require('node:path');
const { lookedOver } = require('./looks.js');

exports.person = function person(page, { shots, tell }) {
  const editor = () => page.locator('.notebook-editor:visible, .notebookOverlay:visible').first();
  const cells = '.notebookOverlay';
  const it = {
    /** Tells how a proof went, and keeps a picture of how it left the window. */
    prove: async (name, picture, proof) => {
      let failure;
      await proof().catch((error) => { const lines = error.message.split('\n'); failure = `${lines[0]} ${lines.find((line) => line.includes('intercepts')) ?? ''} (picture: ${join(shots, picture)}.png)`; });
      failure ??= await lookedOver(page);
      tell(`on screen: ${name}`, failure);
      await it.shot(picture);
      return failure === undefined;
    },
    shot: (picture) => page.screenshot({ path: join(shots, `${picture}.png`), animations: 'disabled' }),
    /** Opens the window. A notebook that is opened before the extension host runs would show as JSON text, so a script comes first. */
    begin: async (url) => {
      await page.goto(url);
      await page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
      await it.open('first.py');
      await page.locator('.monaco-editor .squiggly-error, .monaco-editor .squiggly-warning').first().waitFor({ timeout: 60_000 });
    },
    open: (name) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick({ timeout: 60_000 }),
    command: async (title) => {
      await page.keyboard.press('F1');
      await page.locator('.quick-input-widget input').first().fill(`>${title}`);
      await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
    },
    /** The row of the cell with this text. */
    cell: (text) => editor().locator('.monaco-list-row.code-cell-row', { hasText: text }).first(),
    run: async (text) => {
      await it.cell(text).hover();
      await it.cell(text).locator('.run-button-container .action-label').first().click();
    },
    numbered: (text, number) => it.cell(text).locator('.execution-count-label:visible', { hasText: `[${number}]` }).first().waitFor({ timeout: 60_000 }),
    line: (text) => page.locator(`${cells} .view-line:visible`, { hasText: text }),
    /** Puts the cursor behind the last character of a line of a cell. */
    behind: async (text) => {
      await it.line(text).first().click();
      await page.keyboard.press('End');
    },
    type: (text) => page.keyboard.type(text, { delay: 60 }),
    list: page.locator('.suggest-widget.visible'),
    row: (text) => it.list.locator('.monaco-list-row', { hasText: text }).first(),
    statusBar: (text) => page.locator('.statusbar-item', { hasText: text }),
    /** The text of the document in front that is none of a notebook's. */
    document: (text) => page.locator('.editor-instance .view-line:visible', { hasText: text }).first(),
    /** Waits until a wavy line is, or is not, under a text in a cell. */
    squiggle: (text, there) => page.waitForFunction(([cells, text, there]) => {
      const lines = [...document.querySelectorAll(`${cells} .view-line`)].filter((line) => line.textContent.replaceAll('\u00a0', ' ').includes(text));
      const marks = [...document.querySelectorAll(`${cells} .squiggly-error, ${cells} .squiggly-warning`)];
      const marked = lines.some((line) => {
        const { top, bottom } = line.getBoundingClientRect();
        return marks.some((mark) => {
          const box = mark.getBoundingClientRect();
          return box.width > 0 && (box.top + box.bottom) / 2 > top && (box.top + box.bottom) / 2 <= bottom + 1;
        });
      });
      return lines.length > 0 && marked === there;
    }, [cells, text, there], { timeout: 40_000 }),
  };
  return it;
};
