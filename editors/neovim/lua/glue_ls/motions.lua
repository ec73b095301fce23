-- Moving among the cells of a percent script, and text objects of them.
--
-- These answer while keys are typed, so they look at the text and ask nobody. The server decides what is run.

local M = {}

local api = vim.api

--- Whether a line begins a cell: `# %%` alone or with anything behind a blank, or what nbconvert and older editors write.
local function is_marker(line)
  local comment = line:match('^%s*#%s*(.*)$')
  if not comment then
    return false
  end
  local rest = comment:match('^%%%%(.*)$')
  if rest then
    return not rest:find('%S') or rest:find('^%%*%s') ~= nil
  end
  return comment:find('^<codecell>%s*$') ~= nil or comment:find('^In%[[%s%d]*%]:?%s*$') ~= nil
end

--- The end of a string that a line begins inside of, or nothing if it goes on in the next one.
local function string_end(line, from, quote)
  local i = from
  while i <= #line do
    if line:sub(i, i) == '\\' then
      i = i + 2
    elseif line:sub(i, i + #quote - 1) == quote then
      return i + #quote
    else
      i = i + 1
    end
  end
end

--- The quotes of a string of several lines that is open at the end of a line, given those at its beginning.
local function open_quotes(line, quote)
  local i = 1
  if quote then
    i = string_end(line, 1, quote)
    if not i then
      return quote
    end
  end
  while true do
    i = line:find('[#"\']', i)
    if not i or line:sub(i, i) == '#' then
      return nil
    end
    local three = line:sub(i, i + 2)
    local opened = (three == '"""' or three == "'''") and three or line:sub(i, i)
    local after = string_end(line, i + #opened, opened)
    if not after then
      return #opened == 3 and opened or nil
    end
    i = after
  end
end

local function only_comments(lines, stop)
  for i = 1, stop do
    if lines[i]:find('^%s*[^%s#]') then
      return false
    end
  end
  return true
end

local function find_cells(lines)
  local firsts, quote = {}, nil
  for i, line in ipairs(lines) do
    if not quote and is_marker(line) then
      table.insert(firsts, i)
    elseif quote or line:find('[\'"]') then
      quote = open_quotes(line, quote)
    end
  end
  local cells = {}
  -- Text above the first marker is a cell if there is more in it than comments; without any marker all is one.
  local above = (firsts[1] or #lines + 1) - 1
  if #firsts == 0 or not only_comments(lines, above) then
    table.insert(cells, { first = 1, last = above })
  end
  for i, first in ipairs(firsts) do
    table.insert(cells, { first = first, last = (firsts[i + 1] or #lines + 1) - 1, marked = true })
  end
  return cells
end

local known = {}

--- The cells of a buffer: { first, last, marked }, lines from 1; `marked` where the first of them is a marker.
function M.cells(bufnr)
  bufnr = bufnr == 0 and api.nvim_get_current_buf() or bufnr
  local tick = api.nvim_buf_get_changedtick(bufnr)
  if not known[bufnr] or known[bufnr].tick ~= tick then
    known[bufnr] = { tick = tick, cells = find_cells(api.nvim_buf_get_lines(bufnr, 0, -1, false)) }
  end
  return known[bufnr].cells
end

--- The cell at a line, and its place among all; nothing in a header above the first.
local function cell_at(cells, line)
  for i = #cells, 1, -1 do
    if cells[i].first <= line then
      return cells[i], i
    end
  end
end

local function go(line)
  vim.cmd("normal! m'")
  api.nvim_win_set_cursor(0, { line, 0 })
  vim.cmd('normal! zv')
end

--- To the first line of the next cell, or `count` cells on; as far as there are cells.
function M.next_cell(count)
  local cells = M.cells(0)
  local _, place = cell_at(cells, api.nvim_win_get_cursor(0)[1])
  local target = cells[math.min((place or 0) + (count or vim.v.count1), #cells)]
  if target and target.first > api.nvim_win_get_cursor(0)[1] then
    go(target.first)
  end
end

--- To the first line of this cell, then of the one before, or `count` cells back.
function M.previous_cell(count)
  local cells = M.cells(0)
  local line = api.nvim_win_get_cursor(0)[1]
  local here, place = cell_at(cells, line)
  if here then
    place = math.max(place - (count or vim.v.count1) + (line > here.first and 1 or 0), 1)
    if cells[place].first < line then
      go(cells[place].first)
    end
  end
end

--- Selects the lines of the cell under the cursor: without its marker and the blank lines around it, or with them.
local function select(inner)
  local here = cell_at(M.cells(0), api.nvim_win_get_cursor(0)[1])
  if not here then
    return
  end
  local first, last = here.first, here.last
  if inner then
    first = here.marked and first + 1 or first
    local function is_blank(line)
      return not vim.fn.getline(line):find('%S')
    end
    while first <= last and is_blank(first) do
      first = first + 1
    end
    while last >= first and is_blank(last) do
      last = last - 1
    end
  end
  if first > last then
    return
  end
  if api.nvim_get_mode().mode:find('^[vV\22]') then
    vim.cmd('normal! \27')
  end
  api.nvim_win_set_cursor(0, { first, 0 })
  vim.cmd('normal! V')
  api.nvim_win_set_cursor(0, { last, 0 })
end

--- Selects the code of the cell under the cursor.
function M.inner_cell()
  select(true)
end

--- Selects the cell under the cursor, its marker and the blank lines below it too.
function M.a_cell()
  select(false)
end

local function lua(name)
  return ("<Cmd>lua require('glue_ls.motions').%s()<CR>"):format(name)
end

--- By the name behind `<Plug>(glue-`: modes, what it does, what it is for, and the keys that `mappings = true` gives it.
M.plugs = {
  { 'next-cell', { 'n', 'x', 'o' }, lua('next_cell'), 'Next cell', ']g' },
  { 'previous-cell', { 'n', 'x', 'o' }, lua('previous_cell'), 'Previous cell', '[g' },
  { 'inner-cell', { 'x', 'o' }, lua('inner_cell'), 'Inner cell', 'ig' },
  { 'a-cell', { 'x', 'o' }, lua('a_cell'), 'A cell', 'ag' },
  { 'run', 'n', '<Cmd>GlueRun<CR>', 'Run the cell' },
  { 'run', 'x', ':GlueRun<CR>', 'Run the cells that are selected' },
  { 'run-next', 'n', '<Cmd>GlueRun<CR>' .. lua('next_cell'), 'Run the cell and go to the next' },
}

--- Gives a script its mappings; with `keys` also those on keys, but for keys that have a meaning already.
function M.attach(bufnr, keys)
  if vim.bo[bufnr].filetype ~= 'python' then
    return
  end
  for _, plug in ipairs(M.plugs) do
    local name, modes, action, desc, key = unpack(plug)
    local lhs = ('<Plug>(glue-%s)'):format(name)
    vim.keymap.set(modes, lhs, action, { buffer = bufnr, silent = true, desc = desc })
    for _, mode in ipairs(keys and key and modes or {}) do
      local taken = api.nvim_buf_call(bufnr, function()
        return vim.fn.maparg(key, mode) ~= '' or vim.fn.hasmapto(lhs, mode) ~= 0
      end)
      if not taken then
        vim.keymap.set(mode, key, lhs, { buffer = bufnr, remap = true, desc = desc })
      end
    end
  end
end

api.nvim_create_autocmd('BufWipeout', {
  group = api.nvim_create_augroup('glue_ls.motions', {}),
  callback = function(event)
    known[event.buf] = nil
  end,
})

return M
