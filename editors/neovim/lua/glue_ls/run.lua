-- Runs cells through the server: sends what is asked for, and shows what the server tells about it.
--
-- A run begins with a question for the document's cells; if nothing was edited until the answer is there, all cells are anchored
-- and the run is sent in the same moment. From then on an ordinal means its anchor, wherever that has moved to.

local cell = require('glue_ls.cell')
local output = require('glue_ls.output')
local places = require('glue_ls.places')
local server = require('glue_ls.server')

local M = {}

--- Options that are ours, not the server's.
M.options = { max_lines = 10, output_window = 'split', mappings = false }

local tell, member, word = server.tell, server.member, server.word

-- What is shown --------------------------------------------------------------------------------------------------------------------

local function show(c)
  cell.show(c, M.options.max_lines)
end

local function active_cells()
  local found = {}
  for _, buffer in pairs(server.buffers) do
    for _, run in pairs(buffer.runs) do
      for _, c in pairs(run.cells or {}) do
        if cell.is_active(c) then
          table.insert(found, c)
        end
      end
    end
  end
  return found
end

local clock
--- Lets the elapsed times move on, as long as anything runs.
local function tick()
  if clock then
    return
  end
  clock = assert(vim.uv.new_timer())
  clock:start(1000, 1000, vim.schedule_wrap(function()
    local active = active_cells()
    for _, c in ipairs(active) do
      cell.show_state(c)
    end
    if #active == 0 and clock then
      clock:stop()
      clock:close()
      clock = nil
    end
  end))
end

--- Shows a cell soon: what it prints comes faster than anybody reads.
local function show_soon(c)
  if not c.stale then
    c.stale = true
    vim.defer_fn(function()
      if c.stale then
        show(c)
      end
    end, 100)
  end
end

--- Takes away what is shown at the place of an anchor.
function M.replace_shown(buffer, bufnr, anchor)
  local first = cell.rows(bufnr, anchor)
  for _, other in ipairs(first and cell.anchors_at(bufnr, first) or {}) do
    if other ~= anchor and buffer.shown[other] then
      cell.hide(buffer.shown[other])
      buffer.shown[other] = nil
    end
  end
end

--- Forgets runs that have ended. What they have put out stays.
local function forget_ended(buffer, bufnr)
  for id, run in pairs(buffer.runs) do
    local active = not run.cells or next(run.cells) == nil
    for _, c in pairs(run.cells or {}) do
      active = active or cell.is_active(c)
    end
    if not active then
      places.free(bufnr, run.anchors, run.cells)
      buffer.runs[id] = nil
    end
  end
end

-- What is sent ---------------------------------------------------------------------------------------------------------------------

local begin

--- Offers what the server says can be done about a run that does not begin.
local function offer(bufnr, answer, run, anchors)
  local why = output.clean(tostring(member(answer.message) or answer.reason)):gsub('`glue%-ls%.openAsScript`', '`:GlueScript`')
  tell(why, vim.log.levels.WARN)
  local function give_up()
    places.free(bufnr, anchors)
    run.done()
  end
  local actions = member(answer.actions) or {}
  if #actions == 0 then
    return give_up()
  end
  local function choose(action)
    local client = server.client_of(bufnr)
    if not action or not client then
      return give_up()
    end
    local argument = member(action.arguments) and action.arguments[1] or {}
    if action.command == 'glue-ls.trustFolder' then
      places.free(bufnr, anchors)
      return server.execute(client, bufnr, action.command, argument, function(result)
        tell('trusts ' .. (word(result and result.folder) or 'this folder') .. ' from now on')
        M.send(bufnr, run.command, run.make, run.done)
      end, run.done)
    end
    M.send(bufnr, action.command, function(cells)
      local forward = places.brought_forward(bufnr, argument, anchors, cells)
      places.free(bufnr, anchors)
      if not forward then
        return tell('the cell is not there any more', vim.log.levels.WARN)
      end
      forward.position = forward.position and (run.make(cells) or {}).position
      return forward
    end, run.done)
  end
  -- Not in here: a choice may take as long as it likes, and the server has more to tell.
  vim.schedule(function()
    vim.ui.select(actions, {
      -- Once more: the list hides the message.
      prompt = ('Not run: %s. Instead:'):format((why:gsub('%.$', ''))),
      kind = 'glue_ls.blocked',
      format_item = function(action)
        return output.clean(tostring(action.title))
      end,
    }, choose)
  end)
end

--- Sends a run of `command`. `make` gets the cells and returns the argument, or nothing if it is not to be sent. `done` is called once,
-- when the run has begun or will not.
function M.send(bufnr, command, make, done)
  done = done or function() end
  local client, buffer = server.client_of(bufnr)
  if not client then
    done()
    return tell('is not attached here', vim.log.levels.WARN)
  end
  places.with_cells(client, bufnr, function(cells)
    local argument = make(cells)
    if not argument then
      return done()
    end
    forget_ended(buffer, bufnr)
    local anchors = places.anchor_all(bufnr, cells)
    server.execute(client, bufnr, command, argument, function(answer)
      answer = answer or {}
      if member(answer.runId) then
        begin(bufnr, buffer, answer.runId, anchors)
        done()
      else
        offer(bufnr, answer, { command = command, make = make, done = done }, anchors)
      end
    end, function()
      places.free(bufnr, anchors)
      done()
    end)
  end, done)
end

-- What the server tells ------------------------------------------------------------------------------------------------------------

--- The cell that a notification is about.
local function cell_of(bufnr, buffer, run, ordinal)
  if not run.cells[ordinal] and run.anchors[ordinal] then
    local anchor = run.anchors[ordinal]
    M.replace_shown(buffer, bufnr, anchor)
    run.cells[ordinal] = cell.new(bufnr, anchor)
    buffer.shown[anchor] = run.cells[ordinal]
  end
  return run.cells[ordinal]
end

local function session_run(params)
  local message = word(params.message)
  if params.state == 'ok' then
    tell(message or 'the session is ready')
  elseif params.state == 'error' then
    tell(message or 'the session could not be started', vim.log.levels.ERROR)
  elseif params.state == 'cancelled' then
    tell(message or 'the start of the session was cancelled')
  end
end

local final = { ok = true, error = true, cancelled = true }

local told = {
  ['glue-ls/cellState'] = function(c, params)
    c.state = params.state
    c.started = member(params.startedAt) ~= nil
    c.elapsed = tonumber(member(params.elapsedMs)) or 0
    c.since = vim.uv.now()
    c.progress = tonumber(member(params.progress))
    c.message = member(params.message) and tostring(params.message)
    if cell.is_active(c) then
      tick()
      cell.show_state(c)
    else
      show(c)
    end
  end,
  ['glue-ls/cellOutput'] = function(c, params)
    if params.replace == true then
      c.store = output.new()
    end
    output.add(c.store, member(params.outputs) or {})
    show_soon(c)
  end,
}

local function apply(bufnr, buffer, run, method, params)
  local c = type(params.cell) == 'number' and cell_of(bufnr, buffer, run, params.cell)
  if c then
    told[method](c, params)
  end
end

--- Gives a run its anchors, and makes up for what was told about it before.
function begin(bufnr, buffer, id, anchors)
  local run = buffer.runs[id] or { pending = {} }
  buffer.runs[id] = run
  if not run.pending then
    return places.free(bufnr, anchors)
  end
  local pending = run.pending
  run.anchors, run.cells, run.pending = anchors, {}, nil
  for _, message in ipairs(pending) do
    apply(bufnr, buffer, run, unpack(message))
  end
end

--- A run whose answer is not here yet, or that something else has asked for, such as another plugin: its cells are anchored as they
-- are found.
local function adopt(bufnr, buffer, id)
  local run = { pending = {} }
  buffer.runs[id] = run
  places.with_cells(assert(server.client_of(bufnr)), bufnr, function(cells)
    if run.pending then
      begin(bufnr, buffer, id, places.anchor_all(bufnr, cells))
    end
  end, function()
    buffer.runs[id] = nil
  end)
  return run
end

--- What a run used, which the last state of its last cell says; and since when nothing runs.
local function note(buffer, params)
  local receipt = member(params.receipt)
  if type(receipt) == 'table' and word(receipt.text) then
    buffer.receipt = word(receipt.text)
    tell(buffer.receipt)
  end
  local started, elapsed = tonumber(member(params.startedAt)), tonumber(member(params.elapsedMs))
  if not final[params.state] then
    buffer.idle_since = nil
  elseif started then
    buffer.idle_since = started + (elapsed or 0)
  end
end

--- Takes what the server tells about a cell of a run: `glue-ls/cellState` or `glue-ls/cellOutput`.
function M.take(method, params, bufnr, buffer)
  local known = method ~= 'glue-ls/cellState' or final[params.state] or cell.is_active(params)
  if type(params.runId) ~= 'number' or not known then
    return
  end
  if method == 'glue-ls/cellState' then
    note(buffer, params)
  end
  local run = buffer.runs[params.runId]
  if member(params.cell) == nil then
    buffer.runs[params.runId] = not final[params.state] and run or nil
    if run and run.anchors and final[params.state] then
      places.free(bufnr, run.anchors, run.cells)
    end
    return method == 'glue-ls/cellState' and session_run(params)
  end
  run = run or adopt(bufnr, buffer, params.runId)
  if run.pending then
    table.insert(run.pending, { method, params })
  else
    apply(bufnr, buffer, run, method, params)
  end
end

--- The server's commands, so that lenses and code actions run like ours.
M.commands = {}
for _, name in ipairs({ 'runCell', 'runCellsAbove', 'runAllCells', 'startSession' }) do
  M.commands['glue-ls.' .. name] = function(command, context)
    M.send(context.bufnr, command.command, function()
      return (command.arguments or {})[1] or server.document(context.bufnr)
    end)
  end
end

return M
