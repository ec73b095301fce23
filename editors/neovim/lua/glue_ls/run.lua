-- Runs cells through the server: sends what is asked for, and shows what the server tells about it.
--
-- The server names cells by their ordinal at the time of the request. So a run begins with a question for the document's cells; if
-- nothing was edited until the answer is there, all cells are anchored and the run is sent in the same moment. From then on an
-- ordinal means its anchor, wherever that has moved to.

local cell = require('glue_ls.cell')
local output = require('glue_ls.output')

local M = {}

local api = vim.api

--- Options that are ours, not the server's.
M.options = { max_lines = 10 }

--- Buffers with a server, and those whose server has ended but whose outputs are still shown:
-- { client_id, runs = { RUN_ID = { anchors, cells, count } }, shown = { ANCHOR = cell }, session }
local buffers = {}
M.buffers = buffers

--- What keeps names of the account from being known, by the id of the client.
M.troubles = {}

function M.tell(message, level)
  vim.notify('glue-ls: ' .. message, level or vim.log.levels.INFO)
end

--- A member of the server's message, where `null` is nothing.
function M.member(value)
  if value ~= vim.NIL then
    return value
  end
end

--- A word of the server's, fit to be shown; nothing for `null`.
function M.word(value)
  value = M.member(value)
  return value ~= nil and output.clean(tostring(value):gsub('%s+', ' ')) or nil
end

local tell, member, word = M.tell, M.member, M.word

-- What is shown --------------------------------------------------------------------------------------------------------------------

local function show(c)
  cell.show(c, M.options.max_lines)
end

local function active_cells()
  local found = {}
  for _, buffer in pairs(buffers) do
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
local function replace_shown(buffer, bufnr, anchor)
  local first = cell.rows(bufnr, anchor)
  for _, other in ipairs(first and cell.anchors_at(bufnr, first) or {}) do
    if other ~= anchor and buffer.shown[other] then
      cell.hide(buffer.shown[other])
      buffer.shown[other] = nil
    end
  end
end

local function free_anchors(bufnr, run)
  for ordinal, anchor in pairs(run.anchors or {}) do
    if not run.cells[ordinal] then
      cell.free(bufnr, anchor)
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
      free_anchors(bufnr, run)
      buffer.runs[id] = nil
    end
  end
end

-- What is sent ---------------------------------------------------------------------------------------------------------------------

--- Calls a function of a client; 0.11 made methods of them.
local function call(client, name, ...)
  if vim.fn.has('nvim-0.11') == 1 then
    return client[name](client, ...)
  end
  return client[name](...)
end

--- The server of a buffer, unless it has ended, and what is known about the buffer.
function M.client_of(bufnr)
  local buffer = buffers[bufnr]
  local client = buffer and buffer.client_id and vim.lsp.get_client_by_id(buffer.client_id)
  if client and not call(client, 'is_stopped') then
    return client, buffer
  end
end

local client_of = M.client_of

--- Sends a request; errors are told.
local function request(client, bufnr, method, params, on_result, on_error)
  local function handler(err, result)
    if err then
      if on_error then
        on_error()
      end
      tell(output.clean((err.message or vim.inspect(err)):gsub('%s+', ' ')), vim.log.levels.ERROR)
    else
      on_result(member(result))
    end
  end
  call(client, 'request', method, params, handler, bufnr)
end

local function execute(client, bufnr, command, argument, on_result, on_error)
  local params = { command = command, arguments = { argument } }
  request(client, bufnr, 'workspace/executeCommand', params, on_result, on_error)
end

--- Asks where the cells are, and calls back at a moment when the buffer is still as the server sees it.
-- Each cell is { first = row, stop = row after its last, code = boolean }, the first of them that of ordinal 0.
local function with_cells(client, bufnr, on_cells, on_error)
  local version = api.nvim_buf_get_changedtick(bufnr)
  local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
  request(client, bufnr, 'textDocument/documentSymbol', params, function(symbols)
    if not api.nvim_buf_is_loaded(bufnr) or not client_of(bufnr) then
      return on_error()
    end
    if api.nvim_buf_get_changedtick(bufnr) ~= version then
      return with_cells(client, bufnr, on_cells, on_error)
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

local function anchor_all(bufnr, cells)
  local anchors = {}
  for i, one in ipairs(cells) do
    anchors[i - 1] = cell.anchor(bufnr, one.first, one.stop)
  end
  return anchors
end

M.with_cells, M.anchor_all, M.replace_shown, M.free_anchors = with_cells, anchor_all, replace_shown, free_anchors

local begin

--- The argument of an offered action, for the cells of now: it names them by the ordinals of when it was offered.
local function brought_forward(bufnr, argument, anchors, cells)
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
  if type(member(argument.cell)) == 'number' then
    argument.cell = now(argument.cell)
  end
  if type(member(argument.cells)) == 'table' then
    argument.cells = vim.tbl_map(now, argument.cells)
  end
  return not missing and argument or nil
end

M.brought_forward = brought_forward

--- Offers what the server says can be done about a run that does not begin.
local function offer(bufnr, answer, run, anchors)
  tell(output.clean(tostring(member(answer.message) or answer.reason)), vim.log.levels.WARN)
  local function give_up()
    free_anchors(bufnr, { anchors = anchors, cells = {} })
    run.done()
  end
  local actions = member(answer.actions) or {}
  if #actions == 0 then
    return give_up()
  end
  local function choose(action)
    local client = client_of(bufnr)
    if not action or not client then
      return give_up()
    end
    local argument = member(action.arguments) and action.arguments[1] or {}
    if action.command == 'glue-ls.trustFolder' then
      free_anchors(bufnr, { anchors = anchors, cells = {} })
      return execute(client, bufnr, action.command, argument, function(result)
        tell('trusts ' .. (word(result and result.folder) or 'this folder') .. ' from now on')
        M.send(bufnr, run.command, run.make, run.done)
      end, run.done)
    end
    M.send(bufnr, action.command, function(cells)
      local forward = brought_forward(bufnr, argument, anchors, cells)
      free_anchors(bufnr, { anchors = anchors, cells = {} })
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
      prompt = 'This run does not begin. Instead:',
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
  local client, buffer = client_of(bufnr)
  if not client then
    done()
    return tell('is not attached here', vim.log.levels.WARN)
  end
  with_cells(client, bufnr, function(cells)
    local argument = make(cells)
    if not argument then
      return done()
    end
    forget_ended(buffer, bufnr)
    local anchors = anchor_all(bufnr, cells)
    execute(client, bufnr, command, argument, function(answer)
      answer = answer or {}
      if member(answer.runId) then
        begin(bufnr, buffer, answer.runId, anchors)
        done()
      else
        offer(bufnr, answer, { command = command, make = make, done = done }, anchors)
      end
    end, function()
      free_anchors(bufnr, { anchors = anchors, cells = {} })
      done()
    end)
  end, done)
end

--- The argument for all of a document.
function M.document(bufnr)
  return { uri = vim.uri_from_bufnr(bufnr) }
end

--- Sends a command that is no run.
function M.ask(bufnr, command, argument, on_result)
  local client = client_of(bufnr)
  if not client then
    return tell('is not attached here', vim.log.levels.WARN)
  end
  execute(client, bufnr, command, argument, on_result)
end

-- What the server tells ------------------------------------------------------------------------------------------------------------

local function buffer_of(uri)
  if type(uri) ~= 'string' then
    return nil
  end
  for bufnr, buffer in pairs(buffers) do
    if buffer.client_id and api.nvim_buf_is_loaded(bufnr) then
      local name = api.nvim_buf_get_name(bufnr)
      if uri == vim.uri_from_bufnr(bufnr) or (vim.startswith(uri, 'file:') and vim.uri_to_fname(uri) == name) then
        return bufnr, buffer
      end
    end
  end
end

--- The cell that a notification is about.
local function cell_of(bufnr, buffer, run, ordinal)
  if not run.cells[ordinal] and run.anchors[ordinal] then
    local anchor = run.anchors[ordinal]
    replace_shown(buffer, bufnr, anchor)
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
    return free_anchors(bufnr, { anchors = anchors, cells = {} })
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
  with_cells(assert(client_of(bufnr)), bufnr, function(cells)
    if run.pending then
      begin(bufnr, buffer, id, anchor_all(bufnr, cells))
    end
  end, function()
    buffer.runs[id] = nil
  end)
  return run
end

local function about_cell(method)
  return function(_, params)
    local bufnr, buffer = buffer_of(params.uri)
    local known = method ~= 'glue-ls/cellState' or final[params.state] or cell.is_active(params)
    if not bufnr or not known or not client_of(bufnr) then
      return
    end
    if method == 'glue-ls/cellOutput' and member(params.runId) == nil then
      return require('glue_ls.restored').take(bufnr, buffer, params)
    elseif type(params.runId) ~= 'number' then
      return
    end
    if member(params.actions) then
      require('glue_ls.offers').take(bufnr, buffer, params, false)
    end
    local run = buffer.runs[params.runId]
    if member(params.cell) == nil then
      buffer.runs[params.runId] = not final[params.state] and run or nil
      if run and run.anchors and final[params.state] then
        free_anchors(bufnr, run)
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
end

--- Handlers of the server's own notifications, for the client's configuration.
M.handlers = {
  ['glue-ls/cellState'] = about_cell('glue-ls/cellState'),
  ['glue-ls/cellOutput'] = about_cell('glue-ls/cellOutput'),
  ['glue-ls/sessionState'] = function(_, params)
    local bufnr, buffer = buffer_of(params.uri)
    if buffer then
      buffer.session = params
      require('glue_ls.offers').take(bufnr, buffer, params, true)
      vim.cmd.redrawstatus { bang = true }
    end
  end,
  ['glue-ls/accountState'] = function(_, params, context)
    local troubles = M.member(params.troubles) or {}
    local before = M.troubles[context.client_id] or {}
    M.troubles[context.client_id] = #troubles > 0 and troubles or nil
    if #before == 0 and #troubles > 0 then
      -- Short: a message of several lines would stop whoever is typing.
      tell('names of the account are not known; :GlueDoctor tells why', vim.log.levels.WARN)
    end
    vim.cmd.redrawstatus { bang = true }
  end,
  -- Plans and outputs open beside the script, not in its place.
  ['window/showDocument'] = function(err, params, context, config)
    if not params.external and vim.fn.bufwinid(vim.uri_to_bufnr(params.uri)) == -1 then
      vim.cmd('botright split')
    end
    return vim.lsp.handlers['window/showDocument'](err, params, context, config)
  end,
}

-- Running finds problems too, and the server then asks to have them fetched. Neovim 0.10 fetches after edits only.
if not vim.lsp.handlers['workspace/diagnostic/refresh'] then
  M.handlers['workspace/diagnostic/refresh'] = function(_, _, context)
    for bufnr, buffer in pairs(buffers) do
      local client = client_of(bufnr)
      if client and buffer.client_id == context.client_id and api.nvim_buf_is_loaded(bufnr) then
        call(client, 'request', 'textDocument/diagnostic', { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }, nil, bufnr)
      end
    end
    return vim.NIL
  end
end

--- The server's commands, so that lenses and code actions run like ours.
M.commands = {}
for _, name in ipairs({ 'runCell', 'runCellsAbove', 'runAllCells', 'startSession' }) do
  M.commands['glue-ls.' .. name] = function(command, context)
    M.send(context.bufnr, command.command, function()
      return (command.arguments or {})[1] or M.document(context.bufnr)
    end)
  end
end

-- Servers come and go ---------------------------------------------------------------------------------------------------------------

local group = api.nvim_create_augroup('glue_ls.run', {})

local function attached(bufnr, client, user_commands)
  local buffer = buffers[bufnr] or { shown = {} }
  buffers[bufnr] = buffer
  buffer.client_id, buffer.runs = client.id, {}
  for name, command in pairs(user_commands) do
    local options = vim.tbl_extend('force', { desc = command[1] }, command[3] or {})
    api.nvim_buf_create_user_command(bufnr, name, function(call)
      command[2](bufnr, call)
    end, options)
  end
  api.nvim_clear_autocmds { group = group, buffer = bufnr }
  api.nvim_create_autocmd({ 'TextChanged', 'InsertLeave' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      for _, c in pairs(buffer.shown) do
        cell.follow(c, M.options.max_lines)
      end
    end,
  })
  -- A buffer that is read again has lost its marks: what still runs is anchored anew when the server tells about it.
  api.nvim_create_autocmd('BufUnload', {
    group = group,
    buffer = bufnr,
    callback = function()
      buffer.runs, buffer.shown = {}, {}
    end,
  })
end

local function detached(bufnr, client, user_commands)
  local buffer = buffers[bufnr]
  if not buffer or buffer.client_id ~= client.id then
    return
  end
  local lost = 0
  for _, run in pairs(buffer.runs) do
    for _, c in pairs(run.cells or {}) do
      if cell.is_active(c) then
        lost = lost + 1
        c.state = 'cancelled'
        buffer.shown[c.anchor or 0] = nil
        cell.hide(c)
      end
    end
    free_anchors(bufnr, run)
  end
  buffer.client_id, buffer.runs, buffer.session, buffer.offer, buffer.restored = nil, {}, nil, nil, nil
  M.troubles[client.id] = nil
  for name in pairs(user_commands) do
    pcall(api.nvim_buf_del_user_command, bufnr, name)
  end
  vim.cmd.redrawstatus { bang = true }
  if lost > 0 and call(client, 'is_stopped') then
    tell(
      ('the server has ended while %d %s of %s ran or waited. :edit starts it again, :GlueStatus tells which sessions live'):format(
        lost,
        lost == 1 and 'cell' or 'cells',
        vim.fs.basename(api.nvim_buf_get_name(bufnr))
      ),
      vim.log.levels.WARN
    )
  end
end

--- Follows the servers of this name; the user's commands are there while one is.
function M.watch(name, user_commands)
  api.nvim_create_autocmd({ 'LspAttach', 'LspDetach' }, {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == name then
        (event.event == 'LspAttach' and attached or detached)(event.buf, client, user_commands)
      end
    end,
  })
  api.nvim_create_autocmd('BufWipeout', {
    group = group,
    callback = function(event)
      buffers[event.buf] = nil
    end,
  })
end

return M
