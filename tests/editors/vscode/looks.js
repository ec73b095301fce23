// What can be said of any picture without knowing what it is of; SCREENS.md has the whole list.

/** Looks at the workbench's own page. Runs in the page. */
function inTheWindow() {
  const flaws = [];
  const visible = (element) => { const { width, height } = element.getBoundingClientRect(); return width > 0 && height > 0 && getComputedStyle(element).visibility !== 'hidden'; };
  const all = (selector, from = document) => [...from.querySelectorAll(selector)].filter(visible);
  const text = (element) => element.textContent.replaceAll('\u00a0', ' ').trim();
  const once = (what, keys) => keys.filter((key, at) => key !== '' && keys.indexOf(key) < at).forEach((key) => flaws.push(`${what} is there twice: ${key.slice(0, 120)}`));
  const opaque = (element) => { for (let at = element; at !== null; at = at.parentElement) if (Number(getComputedStyle(at).opacity) === 0) return false; return true; };

  for (const row of all('.notebookOverlay .monaco-list-row.code-cell-row')) {
    const buttons = all('.run-button-container .action-label', row).filter(opaque);
    if (buttons.length > 1) flaws.push(`a cell has ${buttons.length} run buttons: ${text(row).slice(0, 60)}`);
    if (row.classList.contains('focused') && buttons.length === 0) flaws.push(`the cell in front has no run button: ${text(row).slice(0, 60)}`);
    const label = row.querySelector('.execution-count-label');
    if (label !== null && all('.execution-count-label', row).length > 1) flaws.push(`a cell has two numbers: ${text(row).slice(0, 60)}`);
  }
  if (all('.notebookOverlay .codelens-decoration').length > 0) flaws.push('a notebook cell has a lens beside its run button');

  for (const editor of all('.monaco-editor')) {
    // Parts of one line under a text lie side by side; two in one place are two problems of one kind.
    once('a line under a mistake', all('.squiggly-error, .squiggly-warning, .squiggly-info', editor).map((mark) => {
      const { left, top, width } = mark.getBoundingClientRect();
      return `${mark.className.match(/squiggly-\w+/)[0]} at ${Math.round(left)},${Math.round(top)} width ${Math.round(width)}`;
    }));
  }
  const plain = (line) => getComputedStyle(line.closest('.view-lines')).color;
  for (const line of all('.notebookOverlay .view-line')) {
    if (!/^%%?[a-z_]+\b/.test(text(line))) continue;
    const [word] = [...line.querySelectorAll('span span')].filter((part) => /[a-z]/.test(part.textContent));
    const code = [...line.closest('.view-lines').querySelectorAll('.mtk1')].map((part) => getComputedStyle(part).color)[0] ?? plain(line);
    if (word !== undefined && getComputedStyle(word).color === code) flaws.push(`a magic has the colour of plain text: ${text(line).slice(0, 60)}`);
  }

  for (const item of all('.statusbar-item').filter((item) => /Glue/.test(text(item)))) {
    const { left, right } = item.getBoundingClientRect();
    const label = item.querySelector('.statusbar-item-label') ?? item;
    if (label.scrollWidth > label.clientWidth + 1 || left < 0 || right > innerWidth) flaws.push(`the status bar cuts: ${text(item)}`);
  }
  once('an entry of the status bar', all('.statusbar-item').filter((item) => /Glue/.test(text(item))).map((item) => item.id));
  once('a message', all('.notification-toast .notification-list-item-message').map(text));
  once('a row of the list', all('.suggest-widget.visible .monaco-list-row').map((row) => row.getAttribute('aria-label') ?? text(row)));
  once('a part of a hover', all('.monaco-hover .hover-row').map(text).filter((part) => part.length > 20));
  once('a row of the view', all('.pane-body .monaco-list[aria-label*="Sessions"] .monaco-list-row').map((row) => row.getAttribute('aria-label') ?? text(row)));
  return flaws;
}

/** Looks at what cells show, in the frame of the outputs. */
function inTheOutputs() {
  const flaws = [];
  for (const cell of document.querySelectorAll('.cell_container')) {
    const outputs = [...cell.querySelectorAll('.output')].filter((output) => output.getBoundingClientRect().height > 0);
    const texts = outputs.map((output) => (output.innerText ?? '').trim());
    texts.forEach((text, at) => text !== '' && texts.indexOf(text) < at && flaws.push(`an output is there twice: ${text.slice(0, 80)}`));
    for (const output of outputs) {
      if (output.innerText?.includes('\u001b[')) flaws.push(`an output has raw escapes: ${output.innerText.slice(0, 80)}`);
    }
  }
  return flaws;
}

/** Returns what is wrong with what the window shows; what is only so for a moment is waited out. */
exports.flaws = async function flaws(page) {
  const find = async () => {
    const found = await page.evaluate(inTheWindow);
    for (const frame of page.frames()) {
      if (frame === page.mainFrame()) continue;
      // A frame that goes meanwhile shows nothing.
      found.push(...(await frame.evaluate(inTheOutputs).catch(() => [])));
    }
    return found;
  };
  let found = await find();
  for (let tries = 0; found.length > 0 && tries < 20; tries++) {
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 250)));
    found = await find();
  }
  return [...new Set(found)];
};

/** Looks over what is in the window, once something was proved in it. Returns what is wrong, undefined for nothing. */
exports.lookedOver = async function lookedOver(page) {
  const found = await exports.flaws(page);
  return found.length === 0 ? undefined : `the picture has flaws (see SCREENS.md): ${found.join('; ')}`;
};
