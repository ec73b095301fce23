-- Runs a cell with real Spark in a real, headless Neovim, on the runtime that `glue-ls local setup` has made:
--   GLUE_LS=SERVER nvim --headless --clean -S spark.lua      (in a folder with copies of the fixtures)

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check = harness.check
-- Java starts, on a machine that does other things as well.
harness.patience(240000)

local glue_ls = require('glue_ls')
local shown = vim.api.nvim_create_namespace('glue_ls')

local function text_of(chunks)
  return table.concat(vim.tbl_map(function(chunk)
    return chunk[1]
  end, chunks))
end

--- The virtual lines of a buffer, and its states, without seconds.
local function screen(script)
  local lines, states = {}, {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(script, shown, 0, -1, { details = true })) do
    if mark[4].virt_text then
      table.insert(states, (vim.trim(text_of(mark[4].virt_text)):gsub(',? [%d.]+ s', '')))
    end
    for _, chunks in ipairs(mark[4].virt_lines or {}) do
      table.insert(lines, (text_of(chunks):gsub('^│ ?', '')))
    end
  end
  return lines, states
end

harness.main(function()
  glue_ls.setup({ cmd = { vim.env.GLUE_LS }, engine = 'local', settings = vim.empty_dict(), trusted = { vim.uv.cwd() } })
  local script = harness.open('spark_script.py')
  harness.attached(script)
  local function run(line, state)
    vim.cmd('GlueClear')
    vim.api.nvim_win_set_cursor(0, { line, 0 })
    vim.cmd('GlueRun')
    harness.await(function()
      local _, states = screen(script)
      return #states == 1 and states[1] == state
    end, function()
      return string.format('on the screen is\n  %s', vim.inspect({ screen(script) }))
    end)
    return (screen(script))
  end
  local lines = run(2, 'ok')
  local expected = { '+---+-----+', '| id|twice|', '+---+-----+', '|  0|    0|', '|  1|    2|', '|  2|    4|', '+---+-----+' }
  check(vim.deep_equal(vim.list_slice(lines, 1, #expected), expected), 'the table is %s', vim.inspect(lines))
  lines = run(9, 'error')
  check(lines[1]:find('There is no column no_such_column', 1, true), 'the cause is not first: %s', vim.inspect(lines))
  harness.await(function()
    local found = vim.diagnostic.get(script, { severity = vim.diagnostic.severity.ERROR })
    return #found == 1 and found[1].lnum == 9 and found[1].message:find('no_such_column', 1, true)
  end, function()
    return 'the problems are\n  ' .. table.concat(harness.problems(script, true), '\n  ')
  end)
  vim.lsp.stop_client(harness.clients()[1].id)
  harness.await(function()
    return #harness.clients() == 0
  end, function()
    return 'glue-ls has not ended'
  end)
end)
