-- Runs inside a real, headless Neovim: what is shown and offered while magics are written.
--   GLUE_LS=SERVER nvim --headless --clean -S typing.lua

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check, await, open, attached, has_problems = harness.check, harness.await, harness.open, harness.attached, harness.has_problems

--- Makes the one action of a kind that the server has for a line.
local function act(bufnr, kind, line)
  vim.api.nvim_win_set_cursor(0, { line, 2 })
  local before = vim.api.nvim_buf_get_changedtick(bufnr)
  vim.lsp.buf.code_action({ context = { only = { kind }, diagnostics = {} }, apply = true })
  await(function()
    return vim.api.nvim_buf_get_changedtick(bufnr) ~= before
  end, function()
    return kind .. ' changed nothing; Neovim said ' .. vim.inspect(harness.told)
  end)
end

local function has_lines(bufnr, expected)
  local lines = vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
  check(vim.deep_equal(lines, expected), 'the text is\n%s', table.concat(lines, '\n'))
end

--- Waits until the hints that are drawn are those expected, as 'LINE:COLUMN text' (1-based line, 0-based byte).
local function has_hints(bufnr, expected)
  local found
  await(function()
    found = vim.tbl_map(function(hint)
      local at = hint.inlay_hint
      return string.format('%d:%d %s', at.position.line + 1, at.position.character, at.label)
    end, vim.lsp.inlay_hint.get({ bufnr = bufnr }))
    return vim.deep_equal(found, expected)
  end, function()
    return 'the hints are ' .. vim.inspect(found)
  end)
end

--- The kinds of semantic tokens that colour a place.
local function colours(bufnr, row, column)
  return vim.tbl_map(function(token)
    return token.type
  end, vim.lsp.semantic_tokens.get_at_pos(bufnr, row, column) or {})
end

local function labels(bufnr, line, character, context)
  local answers = vim.lsp.buf_request_sync(bufnr, 'textDocument/completion', {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    position = { line = line, character = character },
    context = context,
  }, harness.deadline_ms)
  local _, answer = next(answers or {})
  check(answer and answer.result, 'no completions: %s', vim.inspect(answers))
  return vim.tbl_map(function(item)
    return item.label
  end, answer.result.items)
end

local function drive()
  require('glue_ls').setup({ cmd = { vim.env.GLUE_LS } })
  local script = open('typing_script.py')
  local client = attached(script)
  has_problems(script, { '2:3 glue_verison', '3:15 g.1x', '8:2 %%sql' })

  -- A cell magic below another magic gets a cell of its own; all other safe fixes at once.
  act(script, 'refactor.extract', 8)
  has_problems(script, { '2:3 glue_verison', '3:15 g.1x' })
  act(script, 'source.fixAll.glue-ls', 1)
  has_lines(script, {
    '# %%', '# %glue_version 5.0', '# %worker_type G.1X', '# %number_of_workers 4', '',
    '# %%', '# %region eu-west-1', '', '# %% language="sql"', '# select 1',
  })
  has_problems(script, {})

  -- Colours, the price, what a magic takes.
  await(function()
    return #colours(script, 2, 16) > 0
  end, function()
    return 'a value has no semantic token'
  end)
  check(#colours(script, 1, 4) == 1, "a magic's name has the tokens %s", vim.inspect(colours(script, 1, 4)))
  vim.lsp.inlay_hint.enable(true, { bufnr = script })
  has_hints(script, { '4:22 · 4 DPU, about $1.76/h on AWS' })

  vim.api.nvim_buf_set_lines(script, 3, 4, false, { '# %number_of_workers 1' })
  check(labels(script, 3, 22)[1] == '1', 'the number that is typed is not offered first')
  has_hints(script, { '4:22 · 1 DPU, about $0.44/h on AWS' })
  local help = vim.lsp.buf_request_sync(script, 'textDocument/signatureHelp', {
    textDocument = { uri = vim.uri_from_bufnr(script) },
    position = { line = 2, character = 15 },
  }, harness.deadline_ms)
  local _, answer = next(help or {})
  check(answer and answer.result and answer.result.signatures[1].label:find('%worker_type', 1, true), 'no signature: %s', vim.inspect(help))

  -- Blanks, commas and quotes ask too, everywhere; in code they find nothing.
  vim.api.nvim_buf_set_lines(script, -1, -1, false, { '', '# %%', 'x = 5 % 3, "a.b-c" ' })
  local last = vim.api.nvim_buf_line_count(script) - 1
  for column, typed in ipairs({ 'x', ' ', '=', ' ', '5', ' ', '%', ' ', '3', ',', ' ', '"', 'a', '.', 'b', '-', 'c', '"', ' ' }) do
    local offered = labels(script, last, column, { triggerKind = 2, triggerCharacter = typed })
    check(#offered == 0, 'behind column %d of code it offers %s', column, vim.inspect(offered))
  end

  -- The same mistake in a notebook's JSON text.
  local notebook = open('glue_notebook.ipynb')
  has_problems(notebook, { '18:6 glue_versoin', '28:75 five' })
  act(notebook, 'source.fixAll.glue-ls', 18)
  has_problems(notebook, { '28:75 five' })
  check(pcall(vim.json.decode, table.concat(vim.api.nvim_buf_get_lines(notebook, 0, -1, false), '\n')), 'the notebook is no JSON any more')

  -- With the line ends of Windows nothing is out of place.
  local windows = open('typing_windows.py')
  vim.bo[windows].fileformat = 'dos'
  vim.api.nvim_buf_set_lines(windows, 0, -1, false, { '# %%', '# %glue_verison 5.0', '# %worker_type g.1x' })
  vim.cmd('silent write')
  check(attached(windows) == client, 'the script got a server of its own')
  has_problems(windows, { '2:3 glue_verison', '3:15 g.1x' })
  act(windows, 'source.fixAll.glue-ls', 1)
  has_lines(windows, { '# %%', '# %glue_version 5.0', '# %worker_type G.1X' })
  check(#harness.messages == 0, 'the user was told:\n%s', table.concat(harness.messages, '\n'))
end

harness.main(drive)
