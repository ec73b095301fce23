-- What the user asks for: the commands of a buffer, and the words for the status line.

local cell = require('glue_ls.cell')
local offers = require('glue_ls.offers')
local output = require('glue_ls.output')
local run = require('glue_ls.run')

local M = {}

local api = vim.api
local tell, member, word = run.tell, run.member, run.word

local points = api.nvim_create_namespace('glue_ls.points')

--- A place that moves with the text around it, until it is let go.
local function point(bufnr, row, col)
  local id = api.nvim_buf_set_extmark(bufnr, points, row, col, { strict = false })
  return {
    get = function()
      return unpack(api.nvim_buf_get_extmark_by_id(bufnr, points, id, {}))
    end,
    free = function()
      if api.nvim_buf_is_valid(bufnr) then
        api.nvim_buf_del_extmark(bufnr, points, id)
      end
    end,
  }
end

--- Runs `command` for the cell under the cursor.
local function send_here(bufnr, command)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local here = point(bufnr, row - 1, col)
  run.send(bufnr, command, function()
    local client = assert(run.client_of(bufnr))
    row, col = here.get()
    return {
      uri = vim.uri_from_bufnr(bufnr),
      position = { line = row, character = vim.lsp.util.character_offset(bufnr, row, col, client.offset_encoding) },
    }
  end, here.free)
end

--- Runs the cells that the lines touch, the first and last of them counted from 1.
local function send_range(bufnr, line1, line2)
  local from, to = point(bufnr, line1 - 1, 0), point(bufnr, line2 - 1, 0)
  run.send(bufnr, 'glue-ls.runCell', function(cells)
    local touched = {}
    for i, one in ipairs(cells) do
      if one.code and one.first <= to.get() and one.stop > from.get() then
        table.insert(touched, i - 1)
      end
    end
    if #touched == 0 then
      return tell('no cell of code is in these lines', vim.log.levels.WARN)
    end
    return { uri = vim.uri_from_bufnr(bufnr), cells = touched }
  end, function()
    from.free()
    to.free()
  end)
end

--- The session of a buffer in a few words, for a status line: "Glue local READY", or what keeps names of the account from being known;
-- "" where there is nothing to say.
function M.status(bufnr)
  local buffer = run.buffers[(bufnr == nil or bufnr == 0) and api.nvim_get_current_buf() or bufnr]
  local session = buffer and buffer.session
  if not session or not member(session.status) then
    local troubles = buffer and run.troubles[buffer.client_id] or {}
    for _, trouble in ipairs(troubles) do
      if trouble.requiresReauth == true then
        return 'Glue: sign in to AWS'
      end
    end
    return #troubles > 0 and 'Glue: account' or ''
  end
  local cost = tonumber(member(session.costSoFar)) or 0
  return ('Glue %s %s%s'):format(word(session.engine) or '', word(session.status), cost > 0 and (' $%.2f'):format(cost) or '')
end

local function describe(session)
  if not session or not member(session.status) then
    return 'there is no session' .. (session and word(session.message) and ': ' .. word(session.message) or '')
  end
  local parts = { ('%s session %s is %s'):format(word(session.engine) or '', word(session.sessionId) or '', word(session.status)) }
  local function add(format, value)
    value = tonumber(member(value))
    if value and value > 0 then
      table.insert(parts, format:format(value))
    end
  end
  if word(session.workers) then
    table.insert(parts, word(session.workers))
  end
  add('%.0f DPU-seconds', session.dpuSeconds)
  add('$%.2f an hour', session.costPerHour)
  add('$%.2f so far', session.costSoFar)
  if word(session.message) then
    table.insert(parts, word(session.message))
  end
  return table.concat(parts, ', ')
end

local function show_status(bufnr)
  run.ask(bufnr, 'glue-ls.sessionStatus', run.document(bufnr), function(session)
    tell(describe(session))
    local survivors = session and member(session.survivors) or {}
    if #survivors > 0 then
      local ids = vim.tbl_map(function(one)
        return word(type(one) == 'table' and (one.sessionId or one.id) or one) or '?'
      end, survivors)
      tell(('%d sessions of before may still be alive: %s'):format(#ids, table.concat(ids, ', ')), vim.log.levels.WARN)
    end
  end)
end

--- A session of a list in a line.
local function describe_listed(one)
  local parts = { word(one.sessionId) or '?', word(one.status) or '?' }
  local age, cost = tonumber(member(one.ageSeconds)), tonumber(member(one.cost))
  if word(one.workers) then
    table.insert(parts, word(one.workers))
  end
  if age then
    table.insert(parts, ('%d h %d min'):format(age / 3600, age / 60 % 60))
  end
  if cost then
    table.insert(parts, ('%s$%.2f'):format(one.estimate == true and 'about ' or '', cost))
  end
  if word(one.document) then
    table.insert(parts, word(one.document))
  end
  return output.clean(table.concat(parts, ', '))
end

--- Lists the sessions of the account, and lets one be attached to, stopped or its id be copied.
local function sessions(bufnr)
  run.ask(bufnr, 'glue-ls.listSessions', run.document(bufnr), function(list)
    local found = list and member(list.sessions) or {}
    if #found == 0 then
      return tell('there are no sessions')
    end
    vim.ui.select(found, { prompt = 'Sessions:', kind = 'glue_ls.sessions', format_item = describe_listed }, function(one)
      if not one then
        return
      end
      local ways = vim.list_extend({}, member(one.actions) or {})
      table.insert(ways, { title = 'Copy its id' })
      local function title(way)
        return output.clean(word(way.title) or '?')
      end
      vim.ui.select(ways, { prompt = describe_listed(one), kind = 'glue_ls.session', format_item = title }, function(way)
        local argument = way and member(way.arguments) and way.arguments[1]
        if way and not argument then
          vim.fn.setreg('"', one.sessionId)
          tell('the id is in the register ""')
        elseif argument and way.command == 'glue-ls.attachSession' then
          run.send(bufnr, way.command, function()
            return argument
          end)
        elseif argument then
          run.ask(bufnr, way.command, argument, function(session)
            tell(describe(session))
          end)
        end
      end)
    end)
  end)
end

local function cancel(bufnr)
  run.ask(bufnr, 'glue-ls.cancel', run.document(bufnr), function(answer)
    if answer and answer.cancelled == 0 then
      tell('nothing runs here')
    end
  end)
end

--- The argument of a command for the cell under the cursor.
local function place_here(bufnr)
  local client = run.client_of(bufnr)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local encoding = client and client.offset_encoding or 'utf-16'
  local argument = run.document(bufnr)
  argument.position = { line = row - 1, character = vim.lsp.util.character_offset(bufnr, row - 1, col, encoding) }
  return argument
end

--- The cell with an output under the cursor.
local function shown_here(bufnr)
  local row = api.nvim_win_get_cursor(0)[1] - 1
  for anchor, c in pairs(run.buffers[bufnr].shown) do
    local first, last = cell.rows(bufnr, anchor)
    if first and first <= row and row <= last then
      return c
    end
  end
end

local function show_output(bufnr)
  local c = shown_here(bufnr)
  if not c or #c.store.pieces == 0 then
    return tell('this cell has no output')
  end
  local lines, highlights = output.all(c.store)
  local view = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(view, 0, -1, false, lines)
  for i, hl in ipairs(highlights) do
    if hl ~= 'GlueOutput' then
      api.nvim_buf_set_extmark(view, points, i - 1, 0, { end_row = i - 1, end_col = #lines[i], hl_group = hl })
    end
  end
  vim.bo[view].bufhidden, vim.bo[view].modifiable = 'wipe', false
  local height = math.max(1, math.min(#lines, math.floor(vim.o.lines * 0.4)))
  local window = api.nvim_open_win(view, true, { split = 'below', win = 0, height = height })
  vim.wo[window].number, vim.wo[window].relativenumber, vim.wo[window].signcolumn = false, false, 'no'
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = view, desc = 'Close the output' })
end

local function clear(bufnr)
  for anchor, c in pairs(run.buffers[bufnr].shown) do
    if not cell.is_active(c) then
      cell.hide(c)
      run.buffers[bufnr].shown[anchor] = nil
    end
  end
end

--- By name: what it is for, what it does, and options for |nvim_buf_create_user_command()|.
M.user_commands = {
  GlueRun = {
    'Run the cell under the cursor, or those that the range touches',
    function(bufnr, call)
      if call.range > 0 then
        send_range(bufnr, call.line1, call.line2)
      else
        send_here(bufnr, 'glue-ls.runCell')
      end
    end,
    { range = true },
  },
  GlueRunAbove = {
    'Run the cells above the cursor',
    function(bufnr)
      send_here(bufnr, 'glue-ls.runCellsAbove')
    end,
  },
  GlueRunAll = {
    'Run all cells',
    function(bufnr)
      run.send(bufnr, 'glue-ls.runAllCells', function()
        return run.document(bufnr)
      end)
    end,
  },
  GlueCancel = { 'Cancel all that runs or waits', cancel },
  GlueStart = {
    'Start the session',
    function(bufnr)
      run.send(bufnr, 'glue-ls.startSession', function()
        return run.document(bufnr)
      end)
    end,
  },
  GlueStop = {
    'Stop the session, with what runs in it',
    function(bufnr)
      run.ask(bufnr, 'glue-ls.stopSession', run.document(bufnr), function(session)
        tell(describe(session))
      end)
    end,
  },
  GlueRestart = {
    'Stop the session and start it anew; with !, run the cells again that ran in it',
    function(bufnr, call)
      run.send(bufnr, 'glue-ls.restartSession', function()
        return vim.tbl_extend('force', run.document(bufnr), { replay = call.bang })
      end)
    end,
    { bang = true },
  },
  GlueAttach = {
    'Have cells run in a session that exists already: by its id, or from a list',
    function(bufnr, call)
      local id = call.args ~= '' and call.args or nil
      run.send(bufnr, 'glue-ls.attachSession', function()
        return vim.tbl_extend('force', run.document(bufnr), { sessionId = id })
      end)
    end,
    { nargs = '?' },
  },
  GlueStatus = { 'Say how the session is', show_status },
  GlueSessions = { 'List the sessions of the account, to attach to one or stop it', sessions },
  GlueNext = { 'Choose among what was offered last, as to run cells again or restart the session', offers.next },
  GluePlan = {
    'Show what running the document would do',
    function(bufnr)
      run.ask(bufnr, 'glue-ls.showPlan', run.document(bufnr), function() end)
    end,
  },
  GlueAccount = {
    'Fetch what is known of the account again; with !, let the identity be used that the document names here',
    function(bufnr, call)
      if not call.bang then
        return run.ask(bufnr, 'glue-ls.refreshAccount', run.document(bufnr), function()
          tell('names of the account are fetched again')
        end)
      end
      run.ask(bufnr, 'glue-ls.loadNames', place_here(bufnr), function(answer)
        if answer and answer.state == 'blocked' then
          return tell(word(answer.message) or 'not allowed here', vim.log.levels.WARN)
        end
        tell('names are looked up as the document says')
      end)
    end,
    { bang = true },
  },
  GlueDoctor = {
    'Look for what keeps sessions from working, and say what to do',
    function(bufnr)
      run.ask(bufnr, 'glue-ls.doctor', run.document(bufnr), function() end)
    end,
  },
  GlueOutput = {
    'Show the whole output of the cell under the cursor; with !, as the file that the server writes',
    function(bufnr, call)
      if not call.bang then
        return show_output(bufnr)
      end
      run.ask(bufnr, 'glue-ls.showOutput', place_here(bufnr), function() end)
    end,
    { bang = true },
  },
  GlueClear = { 'Take the outputs from the screen', clear },
}

return M
