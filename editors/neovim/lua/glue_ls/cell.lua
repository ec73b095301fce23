-- One cell that was run, in its buffer: where it stands now, what it does, what it has put out.
--
-- An anchor is an extmark over the whole cell, made when the run is sent, so that edits move it along. A text behind the cell's
-- first line tells its state, lines below its last line its output. They follow the anchor, and hide while the cell is deleted.

local output = require('glue_ls.output')

local M = {}

local api = vim.api
local anchors = api.nvim_create_namespace('glue_ls.cells')
--- What is seen.
local shown = api.nvim_create_namespace('glue_ls')

for name, link in pairs({
  GlueOutput = 'Comment',
  GlueStderr = 'DiagnosticWarn',
  GlueError = 'DiagnosticError',
  GlueInfo = 'NonText',
  GlueState = 'DiagnosticInfo',
  GlueOk = 'DiagnosticOk',
}) do
  api.nvim_set_hl(0, name, { link = link, default = true })
end

--- Anchors the cell in the rows from `first` up to, but not including, `stop`.
function M.anchor(bufnr, first, stop)
  return api.nvim_buf_set_extmark(bufnr, anchors, first, 0, {
    end_row = stop,
    end_col = 0,
    -- Lines that are written at the end of the cell belong to it.
    end_right_gravity = true,
    invalidate = true,
    strict = false,
  })
end

function M.free(bufnr, anchor)
  if api.nvim_buf_is_valid(bufnr) then
    api.nvim_buf_del_extmark(bufnr, anchors, anchor)
  end
end

--- The first row of an anchored cell and its last one that is not blank, or nothing if the cell is gone.
function M.rows(bufnr, anchor)
  if not anchor or not api.nvim_buf_is_loaded(bufnr) then
    return nil
  end
  local mark = api.nvim_buf_get_extmark_by_id(bufnr, anchors, anchor, { details = true })
  local details = mark[3]
  if not details or details.invalid then
    return nil
  end
  local first = mark[1]
  local last = math.min(details.end_col > 0 and details.end_row or details.end_row - 1, api.nvim_buf_line_count(bufnr) - 1)
  while last >= first and not api.nvim_buf_get_lines(bufnr, last, last + 1, false)[1]:find('%S') do
    last = last - 1
  end
  -- Nothing left but the blank lines around it.
  if last < first then
    return nil
  end
  return first, last
end

--- The anchors of cells that begin in a row.
function M.anchors_at(bufnr, row)
  return vim.tbl_map(function(mark)
    return mark[1]
  end, api.nvim_buf_get_extmarks(bufnr, anchors, { row, 0 }, { row, -1 }, {}))
end

--- A cell about which nothing is known yet but its place.
function M.new(bufnr, anchor)
  return { bufnr = bufnr, anchor = anchor, state = 'queued', elapsed = 0, since = vim.uv.now(), store = output.new() }
end

function M.is_active(cell)
  return cell.state == 'queued' or cell.state == 'starting-session' or cell.state == 'running'
end

local function duration(ms, exactly)
  local seconds = ms / 1000
  if exactly and seconds < 10 then
    return string.format('%.1f s', seconds)
  elseif seconds < 60 then
    return string.format('%d s', seconds)
  end
  return string.format('%d min %d s', seconds / 60, seconds % 60)
end

--- The state in words, and its highlight.
local function words(cell)
  local message = cell.message and ': ' .. output.clean(cell.message:gsub('%s+', ' ')) or ''
  if cell.state == 'queued' then
    return 'queued' .. message, 'GlueState'
  elseif M.is_active(cell) then
    local text = cell.state == 'running' and 'running' or 'starting session'
    if cell.started then
      text = text .. ' ' .. duration(cell.elapsed + vim.uv.now() - cell.since)
    end
    if cell.progress and cell.progress > 0 then
      text = string.format('%s, %d %%', text, cell.progress * 100)
    end
    return text .. message, 'GlueState'
  end
  -- A message about the end has a line of its own, below: here it might not fit.
  local text = cell.started and cell.state .. ', ' .. duration(cell.elapsed, true) or cell.state
  return text, ({ ok = 'GlueOk', error = 'GlueError' })[cell.state] or 'GlueInfo'
end

local function remove(cell, mark)
  if cell[mark] then
    api.nvim_buf_del_extmark(cell.bufnr, shown, cell[mark])
    cell[mark] = nil
  end
end

--- Shows the state behind the cell's first line.
function M.show_state(cell)
  local first = M.rows(cell.bufnr, cell.anchor)
  if first then
    local text, hl = words(cell)
    cell.head = api.nvim_buf_set_extmark(cell.bufnr, shown, first, 0, {
      id = cell.head,
      virt_text = { { '  ' .. text, hl } },
      hl_mode = 'combine',
    })
  elseif api.nvim_buf_is_loaded(cell.bufnr) then
    remove(cell, 'head')
  end
end

--- Shows state and output, at most `most` lines of it.
function M.show(cell, most)
  cell.stale = false
  M.show_state(cell)
  local _, last = M.rows(cell.bufnr, cell.anchor)
  if not last then
    if api.nvim_buf_is_loaded(cell.bufnr) then
      remove(cell, 'tail')
    end
    return
  end
  local rows = output.summary(cell.store, most)
  local lines, has = {}, {}
  for _, row in ipairs(rows) do
    has[row[1]] = true
  end
  if cell.message and not M.is_active(cell) then
    for _, line in ipairs(vim.split(vim.trim(cell.message), '\n', { plain = true })) do
      line = output.clean(line)
      -- Why a cell failed often is what its output ends with.
      if not has[line] then
        table.insert(lines, { { '│ ', 'GlueInfo' }, { line, cell.state == 'error' and 'GlueError' or 'GlueInfo' } })
      end
    end
  end
  for _, row in ipairs(rows) do
    table.insert(lines, { { '│ ', 'GlueInfo' }, row })
  end
  if #lines == 0 then
    remove(cell, 'tail')
  else
    cell.tail = api.nvim_buf_set_extmark(cell.bufnr, shown, last, 0, { id = cell.tail, virt_lines = lines })
  end
end

--- After an edit: shows again what does not stand at its cell any more.
function M.follow(cell, most)
  local first, last = M.rows(cell.bufnr, cell.anchor)
  local function at(mark)
    return cell[mark] and api.nvim_buf_get_extmark_by_id(cell.bufnr, shown, cell[mark], {})[1]
  end
  if at('head') ~= first or (cell.tail and at('tail') ~= last) then
    M.show(cell, most)
  end
end

--- Takes the cell from the screen.
function M.hide(cell)
  if api.nvim_buf_is_loaded(cell.bufnr) then
    remove(cell, 'head')
    remove(cell, 'tail')
  end
  if cell.anchor then
    M.free(cell.bufnr, cell.anchor)
    cell.anchor = nil
  end
end

return M
