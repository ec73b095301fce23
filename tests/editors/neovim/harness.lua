-- What the scripts share that run inside a real, headless Neovim: they look at what a person would see, and end Neovim with 0 when
-- every check held, with 1 and a message otherwise.

local M = {}

local deadline_ms = 20000
local passed = 0
--- What the user was told, from warnings up, and all of it.
M.messages, M.told = {}, {}
M.deadline_ms = deadline_ms

--- Has everything waited for this long, in place of twenty seconds.
function M.patience(ms)
  deadline_ms = ms
  M.deadline_ms = ms
end

function M.fail(...)
  error(string.format(...), 0)
end

function M.check(held, ...)
  if not held then
    M.fail(...)
  end
  passed = passed + 1
end

--- Waits, while Neovim goes on handling events, until `done()` is true; else fails with the text that `otherwise()` makes.
function M.await(done, otherwise)
  if not vim.wait(deadline_ms, done, 10) then
    M.fail('after %d s: %s', deadline_ms / 1000, otherwise())
  end
  passed = passed + 1
end

function M.open(name)
  vim.cmd.edit(name)
  return vim.api.nvim_get_current_buf()
end

function M.clients(bufnr)
  -- Also those that have not answered `initialize` yet. (0.10 leaves them out unless told so.)
  return vim.lsp.get_clients({ name = 'glue_ls', bufnr = bufnr, _uninitialized = true })
end

function M.attached(bufnr)
  M.await(function()
    return #M.clients(bufnr) == 1 and M.clients(bufnr)[1].initialized
  end, function()
    return vim.api.nvim_buf_get_name(bufnr) .. ': glue-ls is not attached'
  end)
  return M.clients(bufnr)[1]
end

--- The problems of a buffer, as 'LINE:COLUMN text under the squiggle' (1-based line, 0-based byte).
function M.problems(bufnr, with_message)
  local found = {}
  for _, d in ipairs(vim.diagnostic.get(bufnr, { severity = { min = vim.diagnostic.severity.WARN } })) do
    local under = vim.api.nvim_buf_get_text(bufnr, d.lnum, d.col, d.end_lnum, d.end_col, {})
    local problem = string.format('%d:%d %s', d.lnum + 1, d.col, table.concat(under, '\n'))
    table.insert(found, with_message and problem .. ': ' .. d.message or problem)
  end
  table.sort(found)
  return found
end

function M.has_problems(bufnr, expected)
  M.await(function()
    return vim.deep_equal(M.problems(bufnr), expected)
  end, function()
    return string.format('%s: expected the problems\n  %s\nbut found\n  %s', vim.api.nvim_buf_get_name(bufnr),
      table.concat(expected, '\n  '), table.concat(M.problems(bufnr, true), '\n  '))
  end)
end

--- Runs the checks in `drive` and ends Neovim.
function M.main(drive)
  vim.o.showmode = false
  vim.notify = function(message, level)
    table.insert(M.told, message)
    if (level or vim.log.levels.INFO) >= vim.log.levels.WARN then
      table.insert(M.messages, message)
    end
  end

  local ok, err = xpcall(drive, function(e)
    return type(e) == 'string' and e or debug.traceback(vim.inspect(e))
  end)
  local version = vim.version()
  if ok then
    io.stdout:write(string.format('%d passed in Neovim %d.%d.%d\n', passed, version.major, version.minor, version.patch))
    vim.cmd('qall!')
  end
  io.stderr:write('FAILED: ' .. err .. '\n')
  for _, message in ipairs(M.messages) do
    io.stderr:write('Neovim said: ' .. message .. '\n')
  end
  vim.cmd('cquit! 1')
end

return M
