-- Runs inside a real, headless Neovim with a C compiler at hand: the tree-sitter parser of cells, and what its queries colour.
--   nvim --headless -S parser.lua      (in a fresh home; GLUE_LS_PYTHON_PARSER may name a parser of Python that this Neovim takes)

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check = harness.check

--- The languages of the trees of a buffer, each with the text that its root covers.
local function trees(bufnr, language)
  local found = {}
  local parser = vim.treesitter.get_parser(bufnr, language)
  parser:parse(true)
  parser:for_each_tree(function(tree, of)
    table.insert(found, of:lang() .. ': ' .. vim.treesitter.get_node_text(tree:root(), bufnr))
  end)
  return found
end

local function captures(bufnr, row, column)
  return vim.tbl_map(function(capture)
    return capture.lang .. ' ' .. capture.capture
  end, vim.treesitter.get_captures_at_pos(bufnr, row, column))
end

harness.main(function()
  local parser = require('glue_ls.parser')
  check(not parser.installed(), 'the parser is there before it is installed')

  -- Without a compiler it says so.
  vim.env.CC = 'no-such-compiler'
  vim.cmd('GlueInstallParser')
  check(harness.messages[1] and harness.messages[1]:find('no C compiler no-such-compiler', 1, true), 'told is %s', vim.inspect(harness.told))
  vim.env.CC = nil
  harness.messages, harness.told = {}, {}
  vim.cmd('GlueInstallParser')
  check(#harness.messages == 0 and harness.told[1]:find('the parser is at', 1, true), 'told is %s', vim.inspect(harness.told))
  check(parser.installed(), 'it is not installed')
  vim.cmd('silent checkhealth glue_ls')
  local report = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  check(report:find('OK.* The parser of cells is installed'), 'checkhealth says\n%s', report)
  vim.cmd('silent %bwipeout!')

  -- A cell in a buffer of its own.
  local bufnr = vim.api.nvim_create_buf(true, false)
  vim.api.nvim_set_current_buf(bufnr)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, { '# Settings', '%glue_version 5.0', '!ls', '%region?', 'import sys' })
  vim.treesitter.start(bufnr, 'glue')
  check(trees(bufnr, 'glue')[1]:find('import sys', 1, true), 'the cell is not parsed')
  for place, wanted in pairs({ ['0:2'] = 'glue comment', ['1:0'] = 'glue punctuation.special', ['1:3'] = 'glue function.macro', ['1:15'] = 'glue string.special' }) do
    local row, column = place:match('(%d+):(%d+)')
    local found = captures(bufnr, tonumber(row), tonumber(column))
    check(vim.list_contains(found, wanted), '%s has %s, not %s', place, vim.inspect(found), wanted)
  end
  for _, name in ipairs({ 'highlights', 'injections', 'folds' }) do
    check(vim.treesitter.query.get('glue', name), 'Neovim finds no %s', name)
  end

  -- Magics in the comments of a script.
  if (vim.env.GLUE_LS_PYTHON_PARSER or '') == '' then
    return io.stdout:write('magics in scripts not tried, for want of a Python parser; ')
  end
  vim.treesitter.language.add('python', { path = vim.env.GLUE_LS_PYTHON_PARSER })
  local script = vim.api.nvim_create_buf(true, false)
  local lines = { '# %%', '# %glue_version 5.0', '# %d rows', '# %%sql', '# select 1', 'def f():', '    pass  # %region eu' }
  vim.api.nvim_buf_set_lines(script, 0, -1, false, lines)
  local found = vim.tbl_filter(function(text)
    return not vim.startswith(text, 'python: ')
  end, trees(script, 'python'))
  table.sort(found)
  check(vim.deep_equal(found, { 'glue: %%sql', 'glue: %glue_version 5.0' }), 'injected are %s', vim.inspect(found))
end)
