-- Outputs of a cell: kept as they come from the server, and turned into lines that are harmless to show.
--
-- What a cell prints is not to be trusted: terminal sequences are taken out, other control characters made visible, and no cell
-- keeps more than `most_bytes` here. The server has the rest.

local M = {}

local most_bytes = 4 * 1024 * 1024
--- Longer lines are cut where they are shown beside the code. A window of their own shows them whole.
local most_columns = 500

--- A text of the notebook format: a string, or a list of them.
local function joined(text)
  if type(text) == 'table' then
    text = table.concat(vim.tbl_filter(function(part)
      return type(part) == 'string'
    end, text))
  end
  return type(text) == 'string' and text or ''
end

--- The line as a terminal would leave it on the screen, without control characters.
function M.clean(line)
  line = line
    :gsub('\27%[[0-?]*[ -/]*[@-~]', '') -- colours and cursor movements
    :gsub('\27%][^\7\27]*\7', '') -- titles and links
    :gsub('\27%][^\7\27]*\27\\', '')
    :gsub('\r+$', '')
    :match('[^\r]*$') -- a progress bar writes its line again and again
    :gsub('%z', '^@')
    :gsub('\t', '    ')
  return vim.fn.strtrans(line)
end

--- The same for a line that shares the screen with code.
local function short(line)
  if #line > 4 * most_columns then
    -- Whole characters only.
    local cut = 4 * most_columns + 1
    line = line:sub(1, cut - 1 + vim.str_utf_start(line, cut))
  end
  line = M.clean(line)
  if vim.fn.strchars(line) > most_columns then
    line = vim.fn.strcharpart(line, 0, most_columns) .. '…'
  end
  return line
end

local function append(piece, text)
  local parts = vim.split(text, '\n', { plain = true })
  piece.lines[#piece.lines] = piece.lines[#piece.lines] .. parts[1]
  vim.list_extend(piece.lines, parts, 2)
end

--- How many lines a piece has; a line break at the end begins no new one.
local function count(piece)
  return piece.lines[#piece.lines] == '' and #piece.lines - 1 or #piece.lines
end

--- What can be shown of an output's data: its text, else a word for each picture or page, with the data to save it.
local function data_piece(data)
  local types = vim.tbl_keys(data)
  table.sort(types)
  for _, wanted in ipairs({ '^image/', '^text/plain$', '' }) do
    for _, mime in ipairs(types) do
      if mime:find(wanted) then
        local text = type(data[mime]) == 'table' and not vim.islist(data[mime]) and vim.json.encode(data[mime]) or joined(data[mime])
        if mime == 'text/plain' then
          local piece = { hl = 'GlueOutput', lines = { '' } }
          append(piece, text)
          return piece, #text
        end
        mime = mime:gsub('[^%w/+.-]', '?'):sub(1, 60)
        return { hl = 'GlueInfo', lines = { '[' .. mime .. ', :GlueOutput]' }, mime = mime, data = text }, #text
      end
    end
  end
end

--- An empty store.
function M.new()
  return { pieces = {}, bytes = 0, cut = false }
end

--- Adds outputs of the notebook format to a store.
function M.add(store, outputs)
  for _, output in ipairs(outputs) do
    local piece, size
    local kind = type(output) == 'table' and output.output_type
    if kind == 'stream' then
      local text = joined(output.text)
      size = #text
      local last = store.pieces[#store.pieces]
      if last and last.stream == output.name and store.bytes + size <= most_bytes then
        append(last, text)
        store.bytes = store.bytes + size
      else
        piece = { stream = output.name, hl = output.name == 'stderr' and 'GlueStderr' or 'GlueOutput', lines = { '' } }
        append(piece, text)
      end
    elseif kind == 'error' then
      local name, value = joined(output.ename), joined(output.evalue)
      piece = { hl = 'GlueError', lines = { '' }, error = (value == '' and name or name .. ': ' .. value):match('[^\n]*') }
      local traceback = type(output.traceback) == 'table' and table.concat(vim.tbl_map(joined, output.traceback), '\n') or ''
      append(piece, traceback == '' and piece.error or traceback)
      size = #traceback
    elseif (kind == 'execute_result' or kind == 'display_data') and type(output.data) == 'table' then
      piece, size = data_piece(output.data)
    end
    if piece then
      if store.bytes + size > most_bytes then
        store.cut = true
      else
        store.bytes = store.bytes + size
        table.insert(store.pieces, piece)
      end
    end
  end
end

--- At most `most` lines to stand below the cell, as pairs of text and highlight, then a line that tells how many more there are.
-- Of an error there is the line that says what it was, whatever else there is.
function M.summary(store, most)
  local errors, total = 0, 0
  for _, piece in ipairs(store.pieces) do
    if piece.error then
      errors = errors + 1
    else
      total = total + count(piece)
    end
  end
  local room = math.max(most - errors, 0)
  local rows, shown = {}, 0
  local function rest()
    if shown < total or store.cut then
      local more = total - shown
      local text = string.format('… %d more %s, :GlueOutput', more, more == 1 and 'line' or 'lines')
      text = store.cut and '… much more, :GlueOutput!' or text
      table.insert(rows, { text, 'GlueInfo' })
    end
    rest = function() end
  end
  for _, piece in ipairs(store.pieces) do
    if piece.error then
      if shown == room then
        rest()
      end
      table.insert(rows, { short(piece.error), piece.hl })
    else
      for i = 1, math.min(count(piece), room - shown) do
        table.insert(rows, { short(piece.lines[i]), piece.hl })
        shown = shown + 1
      end
    end
  end
  rest()
  return rows
end

local endings = { ['image/png'] = 'png', ['image/jpeg'] = 'jpg', ['image/gif'] = 'gif', ['image/svg+xml'] = 'svg', ['text/html'] = 'html' }

--- Writes a picture or page to a temporary file, which goes when Neovim ends.
local function save(piece)
  if not piece.path then
    local data = piece.data
    if piece.mime:find('^image/') and piece.mime ~= 'image/svg+xml' then
      local ok, decoded = pcall(vim.base64.decode, (data:gsub('%s', '')))
      data = ok and decoded or data
    end
    local path = vim.fn.tempname() .. '.' .. (endings[piece.mime] or 'txt')
    local file = io.open(path, 'wb')
    if not file then
      return 'could not be written to ' .. path
    end
    file:write(data)
    file:close()
    piece.path = path
  end
  return piece.path
end

--- All lines of a store, and for each its highlight.
function M.all(store)
  local lines, highlights = {}, {}
  local function add(line, hl)
    table.insert(lines, M.clean(line))
    table.insert(highlights, hl)
  end
  for _, piece in ipairs(store.pieces) do
    if piece.mime then
      add('[' .. piece.mime .. '] ' .. save(piece), piece.hl)
    else
      for i = 1, count(piece) do
        add(piece.lines[i], piece.hl)
      end
    end
  end
  if store.cut then
    add('… the rest is too much to be kept here; :GlueOutput! opens all that the server has', 'GlueInfo')
  end
  return lines, highlights
end

return M
