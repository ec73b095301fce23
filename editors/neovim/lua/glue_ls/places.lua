-- Where cells are. The server names them by their ordinal at the time of a request; here an ordinal becomes an anchor, which moves
-- along with its cell, and an anchor an ordinal again.

local cell = require('glue_ls.cell')
local server = require('glue_ls.server')

local M = {}

local api = vim.api

--- Asks where the cells are, and calls back at a moment when the buffer is still as the server sees it.
-- Each cell is { first = row, stop = row after its last, code = boolean }, the first of them that of ordinal 0.
function M.with_cells(client, bufnr, on_cells, on_error)
  local version = api.nvim_buf_get_changedtick(bufnr)
  local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
  server.request(client, bufnr, 'textDocument/documentSymbol', params, function(symbols)
    if not api.nvim_buf_is_loaded(bufnr) or not server.client_of(bufnr) then
      return on_error()
    end
    if api.nvim_buf_get_changedtick(bufnr) ~= version then
      return M.with_cells(client, bufnr, on_cells, on_error)
    end
    local cells = {}
    for _, symbol in ipairs(symbols or {}) do
      if symbol.range then
        local first = symbol.range.start.line
        local marker = api.nvim_buf_get_lines(bufnr, first, first + 1, false)[1] or ''
        local code = symbol.kind == vim.lsp.protocol.SymbolKind.Module and not marker:find('^#%s*%%%%.*%[raw%]')
        table.insert(cells, { first = first, code = code })
      end
    end
    for i, one in ipairs(cells) do
      one.stop = cells[i + 1] and cells[i + 1].first or api.nvim_buf_line_count(bufnr)
    end
    on_cells(cells)
  end, on_error)
end

--- Anchors all cells: their anchors by ordinal.
function M.anchor_all(bufnr, cells)
  local anchors = {}
  for i, one in ipairs(cells) do
    anchors[i - 1] = cell.anchor(bufnr, one.first, one.stop)
  end
  return anchors
end

--- Lets anchors go, those by ordinal that `keep` has nothing for.
function M.free(bufnr, anchors, keep)
  for ordinal, anchor in pairs(anchors or {}) do
    if not (keep and keep[ordinal]) then
      cell.free(bufnr, anchor)
    end
  end
end

--- The argument of an offered action, for the cells of now: it names them by the ordinals of when it was offered.
function M.brought_forward(bufnr, argument, anchors, cells)
  local ordinal_at, missing = {}, false
  for i, one in ipairs(cells) do
    ordinal_at[one.first] = i - 1
  end
  local function now(ordinal)
    local first = cell.rows(bufnr, anchors[ordinal])
    missing = missing or not ordinal_at[first or -1]
    return ordinal_at[first or -1]
  end
  argument = vim.deepcopy(argument)
  if type(server.member(argument.cell)) == 'number' then
    argument.cell = now(argument.cell)
  end
  if type(server.member(argument.cells)) == 'table' then
    argument.cells = vim.tbl_map(now, argument.cells)
  end
  return not missing and argument or nil
end

return M
