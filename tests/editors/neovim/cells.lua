-- Runs cells of a percent script in a real, headless Neovim, on this machine's own Python (`engine = 'local'`):
--   GLUE_LS=SERVER nvim --headless --clean -S cells.lua      (in a folder with copies of the fixtures)

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check, await = harness.check, harness.await

local glue_ls = require('glue_ls')
local shown = vim.api.nvim_create_namespace('glue_ls')
local script

--- What vim.ui.select offers, the answer that it will get (a pattern for the title, or nothing to choose none), and whether it is kept
-- back for `held()`.
local offered, answer, hold, held
vim.ui.select = function(items, options, on_choice)
  offered = vim.tbl_map(options.format_item, items)
  local chosen
  for i, title in ipairs(offered) do
    if answer and title:find(answer) then
      chosen = i
    end
  end
  if hold then
    held = function()
      on_choice(items[chosen], chosen)
    end
  else
    on_choice(items[chosen], chosen)
  end
end

--- The first row from 0 whose line is `line`.
local function row_of(line)
  for i, text in ipairs(vim.api.nvim_buf_get_lines(script, 0, -1, false)) do
    if text == line then
      return i - 1
    end
  end
  harness.fail('the script has no line %q', line)
end

local function text_of(chunks)
  return table.concat(vim.tbl_map(function(chunk)
    return chunk[1]
  end, chunks))
end

--- All that stands beside and below the code, as 'LINE OF CODE > STATE' and 'LINE OF CODE | OUTPUT'. Seconds are taken out.
local function screen()
  local found = {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(script, shown, 0, -1, { details = true })) do
    local line = vim.api.nvim_buf_get_lines(script, mark[2], mark[2] + 1, false)[1] or '(below the end)'
    if mark[4].virt_text then
      local state = vim.trim(text_of(mark[4].virt_text)):gsub(',? [%d.]+ s', '')
      table.insert(found, line .. ' > ' .. state)
    end
    for _, chunks in ipairs(mark[4].virt_lines or {}) do
      table.insert(found, line .. ' ' .. text_of(chunks):gsub('^│', '|'))
    end
  end
  return found
end

local function shows(expected)
  await(function()
    return vim.deep_equal(screen(), expected)
  end, function()
    return string.format('beside the code stands\n  %s\nin place of\n  %s', table.concat(screen(), '\n  '), table.concat(expected, '\n  '))
  end)
end

local function shows_one(expected)
  await(function()
    return vim.list_contains(screen(), expected)
  end, function()
    return string.format('beside the code stands\n  %s\nwithout\n  %s', table.concat(screen(), '\n  '), expected)
  end)
end

--- The states of all cells that have one, from top to bottom.
local function states_are(expected)
  local function states()
    return vim.tbl_map(function(text)
      return text:match('^# %%%% > (.*)')
    end, vim.tbl_filter(function(text)
      return text:find('^# %%%% >')
    end, screen()))
  end
  await(function()
    return vim.deep_equal(states(), expected)
  end, function()
    return string.format('the states are %s, not %s', vim.inspect(states()), vim.inspect(expected))
  end)
end

local function is_told(pattern)
  await(function()
    return vim.iter(harness.told):any(function(message)
      return message:find(pattern)
    end)
  end, function()
    return string.format('no message has %q; there are:\n  %s', pattern, table.concat(harness.told, '\n  '))
  end)
end

--- Waits until the session is ready, or until there is none (any more).
local function session_is(ready)
  await(function()
    local status = glue_ls.status(script)
    return ready and status == 'Glue local READY' or not ready and (status == '' or status == 'Glue local STOPPED')
  end, function()
    return string.format('the status is %q', glue_ls.status(script))
  end)
end

--- Puts the cursor on a line and gives a command, choosing what matches `choice` if something is offered.
local function at(line, command, choice)
  vim.api.nvim_win_set_cursor(0, { row_of(line) + 1, 0 })
  offered, answer, harness.told = nil, choice, {}
  vim.cmd(command)
end

local function is_offered(...)
  local patterns = { ... }
  await(function()
    return offered ~= nil
  end, function()
    return 'nothing is offered; the user was told:\n  ' .. table.concat(harness.told, '\n  ')
  end)
  check(#offered == #patterns, 'offered are %s', vim.inspect(offered))
  for i, pattern in ipairs(patterns) do
    check(offered[i]:find(pattern), 'offered are %s', vim.inspect(offered))
  end
end

local function start(options)
  glue_ls.setup(vim.tbl_extend('force', { cmd = { vim.env.GLUE_LS }, engine = 'local', settings = vim.empty_dict() }, options))
  script = harness.open('cells.py')
  return harness.attached(script)
end

local function stop(client)
  vim.lsp.stop_client(client.id)
  await(function()
    return #harness.clients() == 0
  end, function()
    return 'glue-ls has not ended'
  end)
end

local print_cell = { '# %% > ok', '6 * 7 | Grüße, 𝄞', '6 * 7 | 42' }

--- What is shown and offered without anybody having asked for a run.
local function without_a_run(client)
  local uri, ordinal = vim.uri_from_bufnr(script), -1
  for i, line in ipairs(vim.api.nvim_buf_get_lines(script, 0, row_of('6 * 7'), false)) do
    ordinal = ordinal + ((i == 1 or line:find('^# %%%%')) and 1 or 0)
  end
  local function tells(method, params)
    client.handlers[method](nil, vim.tbl_extend('force', { uri = uri }, params), { client_id = client.id, method = method })
  end
  -- The server forgets outputs.
  vim.lsp.buf_request(script, 'workspace/executeCommand', { command = 'glue-ls.clearOutputs', arguments = { { uri = uri } } }, function() end)
  shows({})
  -- A session had shown something before.
  local before = { output_type = 'stream', name = 'stdout', text = 'of before\n' }
  local restored = { cell = ordinal, runId = vim.NIL, outputs = { before }, replace = true, restored = { sessionId = 's' } }
  tells('glue-ls/cellOutput', restored)
  shows({ '# %% > restored', '6 * 7 | of before' })
  -- A picture is a link, in a window that floats where it is wanted.
  local png = vim.base64.encode('\137PNG\r\n')
  local picture = { output_type = 'display_data', metadata = {}, data = { ['image/png'] = png, ['text/plain'] = '<Figure>' } }
  tells('glue-ls/cellOutput', vim.tbl_extend('force', restored, { outputs = { picture } }))
  shows({ '# %% > restored', '6 * 7 | [image/png, :GlueOutput]' })
  at('6 * 7', 'GlueOutput float')
  check(vim.api.nvim_win_get_config(0).relative ~= '', 'the output does not float')
  local opened
  local ui_open = vim.ui.open
  vim.ui.open = function(path)
    opened = path
  end
  vim.cmd('normal $gx')
  vim.ui.open = ui_open
  local file = io.open(opened or '', 'rb')
  check(file and file:read('*a') == '\137PNG\r\n', 'gx opens %s', opened)
  file:close()
  vim.cmd('normal q')
  check(vim.api.nvim_get_current_buf() == script and #vim.api.nvim_list_wins() == 1, 'q does not close the output')
  tells('glue-ls/cellOutput', vim.tbl_extend('force', restored, { outputs = {} }))
  shows({})
  -- What can be done next is told once, and asks nothing by itself.
  local again = { title = 'Run the cell again', command = 'glue-ls.runCell', arguments = { { uri = uri, cells = { ordinal } } } }
  local state = { engine = 'local', sessionId = 's', status = 'READY', message = 'it is another one', actions = { again } }
  offered, harness.told = nil, {}
  tells('glue-ls/sessionState', state)
  tells('glue-ls/sessionState', state)
  is_told('it is another one; :GlueNext offers: Run the cell again')
  check(#harness.told == 1 and offered == nil, 'told is %s, offered %s', vim.inspect(harness.told), vim.inspect(offered))
  -- Which cells it means is known from then on, whatever is edited.
  await(function()
    return require('glue_ls.server').buffers[script].offer.anchors ~= nil
  end, function()
    return 'the cells of the offer are not known'
  end)
  vim.api.nvim_buf_set_lines(script, 0, 0, false, { '# %%', 'later = 1', '' })
  at('6 * 7', 'GlueNext', 'again')
  is_offered('again')
  shows(print_cell)
  vim.api.nvim_buf_set_lines(script, 0, 3, false, {})
  at('6 * 7', 'GlueSessions', 'READY')
  is_offered('Stop', 'Copy')
end

local function drive()
  local client = start({ trusted = { vim.uv.cwd() } })

  -- Settings above that were not run: nothing begins, and both ways on are offered.
  at('6 * 7', 'GlueRun')
  is_offered('[Ss]ettings', '[Aa]nyway')
  shows({})
  session_is(false)
  at('6 * 7', 'GlueRun', '[Ss]ettings')
  states_are({ 'ok', 'ok' })
  shows_one(print_cell[2])
  shows_one(print_cell[3])
  session_is(true)
  check(#harness.messages > 0, 'nobody said why the run did not begin')
  at('6 * 7', 'GlueStatus')
  is_told('READY')

  -- On the screen itself.
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.cmd('redraw!')
  local rows = {}
  for row = 1, vim.o.lines do
    local cells = {}
    for column = 1, vim.o.columns do
      table.insert(cells, vim.fn.screenstring(row, column))
    end
    table.insert(rows, (table.concat(cells):gsub('%s+$', '')))
  end
  local picture = table.concat(rows, '\n')
  check(picture:find('6 * 7\n│ Grüße, 𝄞\n│ 42\n', 1, true), 'the screen is\n%s', picture)

  -- A range, which touches two cells of code and one of text. More than fits is cut, and control characters are made visible.
  vim.cmd('GlueClear')
  shows({})
  vim.cmd(('%d,%dGlueRun'):format(row_of('import time') + 1, row_of('for n in range(40):') + 1))
  local long = { '# %% > ok' }
  for n = 0, 9 do
    table.insert(long, ('    print("line", n) | line %d'):format(n))
  end
  table.insert(long, '    print("line", n) | … 30 more lines, :GlueOutput')
  shows(vim.list_extend(vim.deepcopy(print_cell), long))
  at('    print("line", n)', 'GlueOutput')
  local whole = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  check(#whole == 40 and whole[40] == 'line 39', 'the whole output is %s', vim.inspect(whole))
  vim.cmd('close')
  check(vim.api.nvim_get_current_buf() == script, 'the output has taken the place of the script')

  local noisy = 'print("\\x1b[31mred\\x1b[0m\\x07 and\\ttab")'
  at(noisy, 'GlueRun')
  local last = 'print("0 %\\r50 %\\r100 %")'
  shows_one(last .. ' | red^G and    tab')
  shows_one(last .. ' | 100 %')
  states_are({ 'ok', 'ok', 'ok' })

  -- While a cell runs, lines and a whole cell come above it: what it has put out stays with it.
  vim.cmd('GlueClear')
  at('import os', 'GlueRun')
  states_are({ 'running' })
  vim.api.nvim_buf_set_lines(script, row_of('6 * 7') + 1, row_of('6 * 7') + 1, false, { '', '# %%', 'new = 1', '' })
  vim.api.nvim_buf_set_lines(script, 0, 0, false, { '# Above all cells' })
  states_are({ 'running' })
  shows_one('print("gone on") | at first')
  assert(io.open(vim.env.HOME .. '/go-on', 'w')):close()
  shows({ '# %% > ok', 'print("gone on") | at first', 'print("gone on") | gone on' })
  local place = vim.api.nvim_buf_get_extmarks(script, shown, 0, -1, {})[1]
  check(place[2] == row_of('import os') - 1, 'the cell begins in row %d, its state is in %d', row_of('import os') - 1, place[2])

  -- An endless loop.
  vim.cmd('GlueClear')
  at('endless = True', 'GlueRun')
  states_are({ 'running' })
  at('endless = True', 'GlueCancel')
  states_are({ 'cancelled' })

  -- The session goes on. An error is on its line, and goes when the cell runs without.
  vim.cmd('GlueClear')
  at('before = 1', 'GlueRun')
  shows({ '# %% > error', 'wrong = before / 0 | ZeroDivisionError: division by zero' })
  local function has_problem(line)
    await(function()
      local found = vim.diagnostic.get(script, { severity = vim.diagnostic.severity.ERROR })
      return line and #found == 1 and found[1].lnum == row_of(line) and found[1].message:find('ZeroDivisionError')
        or not line and #found == 0
    end, function()
      return string.format('with %s the problems are\n  %s', line or 'none', table.concat(harness.problems(script, true), '\n  '))
    end)
  end
  has_problem('wrong = before / 0')
  vim.api.nvim_buf_set_lines(script, -2, -1, false, { 'right = before / 2' })
  at('before = 1', 'GlueRun')
  shows({ '# %% > ok' })
  has_problem(nil)

  -- Some lines of a cell, as a statement of their own.
  vim.cmd('GlueClear')
  at('6 * 7', '.GlueRunLines')
  shows({ '# %% > ok', '6 * 7 | 42' })

  -- All cells, as far as they go: those behind the endless one wait, and never begin.
  vim.cmd('GlueClear')
  at('6 * 7', 'GlueRunAll')
  states_are({ 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'running', 'queued' })
  at('6 * 7', 'GlueCancel')
  states_are({ 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'cancelled', 'cancelled' })
  vim.cmd('GlueClear')
  at('endless = True', 'GlueRunAbove')
  states_are({ 'ok', 'ok', 'ok', 'ok', 'ok', 'ok' })

  -- A deleted cell takes its output along; undo brings it back.
  local above = screen()
  vim.o.undolevels = vim.o.undolevels -- what was done so far is one step of undo, what comes is another
  at('# Grüße, 𝄞', 'silent normal! kd4j')
  vim.cmd('doautocmd TextChanged')
  check(not vim.list_contains(screen(), print_cell[2]) and #screen() == #above - 3, 'with its cell gone, the output is %s', vim.inspect(screen()))
  vim.cmd('silent undo')
  vim.cmd('doautocmd TextChanged')
  shows(above)

  -- The plan opens beside the script.
  at('6 * 7', 'GluePlan')
  await(function()
    return vim.api.nvim_get_current_buf() ~= script
  end, function()
    return 'no plan was opened; the user was told:\n  ' .. table.concat(harness.told, '\n  ')
  end)
  check(vim.fn.bufwinid(script) ~= -1, 'the plan has taken the place of the script')
  local plan = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  check(plan:find('CreateSession', 1, true), 'the plan is\n%s', plan)
  vim.cmd('close!')

  -- The server dies: what ran is taken from the screen, and a new one runs on.
  vim.cmd('GlueClear')
  at('endless = True', 'GlueRun')
  states_are({ 'running' })
  for _, child in ipairs(vim.api.nvim_get_proc_children(vim.fn.getpid())) do
    vim.uv.kill(child, 'sigkill') -- there is no child but the server
  end
  is_told('has ended while 1 cell of cells.py')
  shows({})
  session_is(false)
  check(vim.fn.exists(':GlueRun') == 0, ':GlueRun is there without a server')
  vim.cmd('edit!')
  client = harness.attached(script)
  at('6 * 7', 'GlueRun', '[Aa]nyway')
  shows(print_cell)
  without_a_run(client)
  at('6 * 7', 'GlueStop')
  session_is(false)
  stop(client)

  -- Nothing runs in a folder that is not trusted, until the user trusts it.
  vim.cmd('silent %bwipeout!')
  client = start({})
  at('6 * 7', 'GlueRun')
  is_offered('[Tt]rust')
  shows({})
  session_is(false)
  at('6 * 7', 'GlueRun', '[Tt]rust')
  is_told('trusts ')
  -- The run then goes on, as far as the settings let it.
  await(function()
    return offered and #offered == 2
  end, function()
    return 'after trusting the folder, offered is ' .. vim.inspect(offered)
  end)
  -- The script may be edited before the choice is made.
  hold = true
  at('6 * 7', 'GlueRun', '[Aa]nyway')
  is_offered('[Ss]ettings', '[Aa]nyway')
  vim.api.nvim_buf_set_lines(script, 0, 0, false, { '# %%', 'above = 1', '', '# %%', 'more = 2', '' })
  held()
  shows(print_cell)
  stop(client)
end

harness.main(drive)
