-- Outputs that no run has brought: what a session had shown before the document came to it, and none where they were cleared.

local cell = require('glue_ls.cell')
local output = require('glue_ls.output')
local places = require('glue_ls.places')
local run = require('glue_ls.run')
local server = require('glue_ls.server')

local M = {}

local function show(bufnr, buffer, one, params)
  for _, other in ipairs(cell.anchors_at(bufnr, one.first)) do
    local shown = buffer.shown[other]
    -- What is being run shows what comes of that.
    if shown and cell.is_active(shown) then
      return
    end
  end
  local anchor = cell.anchor(bufnr, one.first, one.stop)
  run.replace_shown(buffer, bufnr, anchor)
  local outputs = server.member(params.outputs) or {}
  if #outputs == 0 then
    return cell.free(bufnr, anchor)
  end
  local c = cell.new(bufnr, anchor)
  c.state = 'restored'
  output.add(c.store, outputs)
  buffer.shown[anchor] = c
  cell.show(c, run.options.max_lines)
end

--- Takes such a notification. Several come together: the cells are asked for once.
function M.take(bufnr, buffer, params)
  if type(params.cell) ~= 'number' then
    return
  end
  if buffer.restored then
    return table.insert(buffer.restored, params)
  end
  local waiting = { params }
  buffer.restored = waiting
  places.with_cells(assert(server.client_of(bufnr)), bufnr, function(cells)
    buffer.restored = nil
    for _, one in ipairs(waiting) do
      local place = cells[one.cell + 1]
      if place then
        show(bufnr, buffer, place, one)
      end
    end
  end, function()
    buffer.restored = nil
  end)
end

return M
