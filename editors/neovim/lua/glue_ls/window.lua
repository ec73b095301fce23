-- The whole output of a cell, in a window of its own.

local output = require('glue_ls.output')
local run = require('glue_ls.run')

local M = {}

local api = vim.api
local colours = api.nvim_create_namespace('glue_ls.window')

local function float_of(lines)
  local width = 1
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  return {
    relative = 'cursor',
    row = 1,
    col = 0,
    width = math.min(width, math.max(vim.o.columns - 4, 1)),
    height = math.max(1, math.min(#lines, math.floor(vim.o.lines * 0.6))),
    border = 'rounded',
    title = ' Output, q closes ',
  }
end

--- Shows all of a store below the window or, as `how` or the option says, floating at the cursor. Returns the window.
function M.show(store, how)
  local lines, highlights = output.all(store)
  local view = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(view, 0, -1, false, lines)
  for i, hl in ipairs(highlights) do
    if hl ~= 'GlueOutput' then
      api.nvim_buf_set_extmark(view, colours, i - 1, 0, { end_row = i - 1, end_col = #lines[i], hl_group = hl })
    end
  end
  vim.bo[view].bufhidden, vim.bo[view].modifiable = 'wipe', false
  local floats = (how or run.options.output_window) == 'float'
  local height = math.max(1, math.min(#lines, math.floor(vim.o.lines * 0.4)))
  local window = api.nvim_open_win(view, true, floats and float_of(lines) or { split = 'below', win = 0, height = height })
  vim.wo[window].number, vim.wo[window].relativenumber, vim.wo[window].signcolumn = false, false, 'no'
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = view, desc = 'Close the output' })
  if floats then
    api.nvim_create_autocmd('WinLeave', {
      buffer = view,
      once = true,
      callback = function()
        pcall(api.nvim_win_close, window, true)
      end,
    })
  end
  return window
end

return M
