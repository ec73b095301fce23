-- What the user asks for: the commands of a buffer.

local cell = require('glue_ls.cell')
local offers = require('glue_ls.offers')
local run = require('glue_ls.run')
local script = require('glue_ls.script')
local server = require('glue_ls.server')
local sessions = require('glue_ls.sessions')
local status = require('glue_ls.status')
local window = require('glue_ls.window')

local M = {}

local api = vim.api
local tell, word = server.tell, server.word

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
    local client = assert(server.client_of(bufnr))
    row, col = here.get()
    return {
      uri = vim.uri_from_bufnr(bufnr),
      position = server.position(client, bufnr, row, col),
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

--- Runs whole lines as a statement of their own.
local function send_lines(bufnr, line1, line2)
  local from, to = point(bufnr, line1 - 1, 0), point(bufnr, line2 - 1, 0)
  run.send(bufnr, 'glue-ls.runSelection', function()
    local client, last = assert(server.client_of(bufnr)), to.get()
    local text = api.nvim_buf_get_lines(bufnr, last, last + 1, false)[1] or ''
    local range = { start = { line = from.get(), character = 0 }, ['end'] = server.position(client, bufnr, last, #text) }
    return vim.tbl_extend('force', server.document(bufnr), { range = range })
  end, function()
    from.free()
    to.free()
  end)
end

local function cancel(bufnr)
  server.ask(bufnr, 'glue-ls.cancel', server.document(bufnr), function(answer)
    if answer and answer.cancelled == 0 then
      tell('nothing runs here')
    end
  end)
end

--- The cell with an output under the cursor.
local function shown_here(bufnr)
  local row = api.nvim_win_get_cursor(0)[1] - 1
  for anchor, c in pairs(server.buffers[bufnr].shown) do
    local first, last = cell.rows(bufnr, anchor)
    if first and first <= row and row <= last then
      return c
    end
  end
end

local function show_output(bufnr, how)
  local c = shown_here(bufnr)
  if not c or #c.store.pieces == 0 then
    return tell('this cell has no output')
  end
  window.show(c.store, how)
end

local function clear(bufnr)
  for anchor, c in pairs(server.buffers[bufnr].shown) do
    if not cell.is_active(c) then
      cell.hide(c)
      server.buffers[bufnr].shown[anchor] = nil
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
        return server.document(bufnr)
      end)
    end,
  },
  GlueRunLines = {
    'Run the lines of the range as a statement of their own',
    function(bufnr, call)
      send_lines(bufnr, call.line1, call.line2)
    end,
    { range = true },
  },
  GlueCancel = { 'Cancel all that runs or waits', cancel },
  GlueStart = {
    'Start the session',
    function(bufnr)
      run.send(bufnr, 'glue-ls.startSession', function()
        return server.document(bufnr)
      end)
    end,
  },
  GlueStop = {
    'Stop the session, with what runs in it',
    function(bufnr)
      server.ask(bufnr, 'glue-ls.stopSession', server.document(bufnr), function(session)
        tell(status.describe(session))
      end)
    end,
  },
  GlueRestart = {
    'Stop the session and start it anew; with !, run the cells again that ran in it',
    function(bufnr, call)
      run.send(bufnr, 'glue-ls.restartSession', function()
        return vim.tbl_extend('force', server.document(bufnr), { replay = call.bang })
      end)
    end,
    { bang = true },
  },
  GlueAttach = {
    'Have cells run in a session that exists already: by its id, or from a list',
    function(bufnr, call)
      local id = call.args ~= '' and call.args or nil
      run.send(bufnr, 'glue-ls.attachSession', function()
        return vim.tbl_extend('force', server.document(bufnr), { sessionId = id })
      end)
    end,
    { nargs = '?' },
  },
  GlueStatus = { 'Say how the session is', sessions.show_status },
  GlueSessions = { 'List the sessions of the account, to attach to one or stop it', sessions.choose },
  GlueDashboard = {
    "Open the session's Spark dashboard in the browser; with !, its logs",
    function(bufnr, call)
      if call.bang then
        return sessions.open_page(bufnr, 'logsUrl', 'there are no logs of this session')
      end
      sessions.open_page(bufnr, 'dashboardUrl', 'there is no dashboard of this session')
    end,
    { bang = true },
  },
  GlueNext = { 'Choose among what was offered last, as to run cells again or restart the session', offers.next },
  GluePlan = {
    'Show what running the document would do',
    function(bufnr)
      server.ask(bufnr, 'glue-ls.showPlan', server.document(bufnr), function() end)
    end,
  },
  GlueAccount = {
    'Fetch what is known of the account again; with !, let the identity be used that the document names here',
    function(bufnr, call)
      if not call.bang then
        return server.ask(bufnr, 'glue-ls.refreshAccount', server.document(bufnr), function()
          tell('names of the account are fetched again')
        end)
      end
      server.ask(bufnr, 'glue-ls.loadNames', server.place_here(bufnr), function(answer)
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
      server.ask(bufnr, 'glue-ls.doctor', server.document(bufnr), function(report)
        -- For |:checkhealth|.
        M.doctor = { report = report, at = os.time() }
      end)
    end,
  },
  GlueOutput = {
    'Show the whole output of the cell under the cursor, in a split or float; with !, as the file that the server writes',
    function(bufnr, call)
      if not call.bang then
        return show_output(bufnr, call.args ~= '' and call.args or nil)
      end
      server.ask(bufnr, 'glue-ls.showOutput', server.place_here(bufnr), function() end)
    end,
    {
      bang = true,
      nargs = '?',
      complete = function(typed)
        return vim.tbl_filter(function(one)
          return vim.startswith(one, typed)
        end, { 'float', 'split' })
      end,
    },
  },
  GlueClear = { 'Take the outputs from the screen', clear },
  GlueScript = { 'Open this notebook as a percent script; writing that writes the notebook', script.open },
  GlueNotebook = { 'Go back from a script to the notebook that it is of', script.back },
}

return M
