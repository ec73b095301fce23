-- Runs inside a real, headless Neovim: a session on a service in AWS's place, what it costs, and what a run has used.
--   GLUE_LS=SERVER nvim --headless --clean -S aws.lua      (GLUE_LS has the address and the keys of the service)

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check, await = harness.check, harness.await

local glue_ls = require('glue_ls')

local function is_told(pattern)
  local found
  await(function()
    found = vim.iter(harness.told):find(function(message)
      return message:find(pattern)
    end)
    return found ~= nil
  end, function()
    local shown = {}
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace('glue_ls'), 0, -1, { details = true })) do
      table.insert(shown, mark[4].virt_text or mark[4].virt_lines)
    end
    return ('no message has %q; there are:\n  %s\non the screen is %s'):format(pattern, table.concat(harness.told, '\n  '), vim.inspect(shown))
  end)
  return found
end

local function status_is(pattern)
  await(function()
    return glue_ls.status():find(pattern) ~= nil
  end, function()
    return string.format('the status is %q', glue_ls.status())
  end)
end

harness.main(function()
  glue_ls.setup({ cmd = { vim.env.GLUE_LS }, engine = 'aws', settings = vim.empty_dict(), trusted = true })
  vim.ui.select = function(items, _, on_choice)
    on_choice(items[1], 1)
  end
  local script = harness.open('aws_script.py')
  local client = harness.attached(script)
  check(glue_ls.status() == '', 'there is a session already: %s', glue_ls.status())
  vim.api.nvim_win_set_cursor(0, { 8, 0 })
  vim.cmd('GlueRun')
  -- The receipt of the run, at its end and again when asked for.
  local receipt = is_told('DPU%-seconds.*%$')
  status_is('^Glue aws READY 2 × G%.1X')
  harness.told = {}
  vim.cmd('GlueStatus')
  local told = is_told('aws session %S+ is READY')
  check(told:find(receipt:gsub('^glue%-ls: ', ''), 1, true), 'the status says nothing of the last run: %s', told)

  -- Since when nothing runs, by what the server says or else by the last cell.
  local function session(members)
    local state = vim.tbl_extend('force', { uri = vim.uri_from_bufnr(script), engine = 'aws', sessionId = 's', status = 'READY' }, members)
    client.handlers['glue-ls/sessionState'](nil, state, { client_id = client.id, method = 'glue-ls/sessionState' })
  end
  session({ workers = '5 × G.2X', costSoFar = 1.234, idleSince = (os.time() - 5 * 60 - 20) * 1000 })
  check(glue_ls.status() == 'Glue aws READY 5 × G.2X $1.23 idle 5 min', 'the status is %s', glue_ls.status())
  session({ idleSince = (os.time() - 125 * 60 - 20) * 1000 })
  check(glue_ls.status() == 'Glue aws READY idle 2 h 05 min', 'the status is %s', glue_ls.status())
  session({ idleSince = vim.NIL, costSoFar = vim.NIL })
  check(glue_ls.status() == 'Glue aws READY', 'the status is %s', glue_ls.status())
  local buffer = require('glue_ls.server').buffers[script]
  check(buffer.idle_since ~= nil, 'nobody knows when the last cell has ended')
  buffer.idle_since = buffer.idle_since - 3.5 * 60000
  session({})
  check(glue_ls.status():find('^Glue aws READY idle 3 min$'), 'the status is %s', glue_ls.status())

  -- Pages of the session open in the browser.
  local opened = {}
  vim.ui.open = function(address)
    table.insert(opened, address)
  end
  for command, expected in pairs({ ['GlueDashboard'] = '^https://dashboard%.', ['GlueDashboard!'] = '^https://.*cloudwatch' }) do
    opened = {}
    vim.cmd(command)
    await(function()
      return #opened == 1 and opened[1]:find(expected) ~= nil
    end, function()
      return command .. ' opens ' .. vim.inspect(opened) .. ', told is ' .. vim.inspect(harness.told)
    end)
  end

  vim.cmd('GlueStop')
  is_told('STOPPED')
  vim.lsp.stop_client(client.id)
  await(function()
    return #harness.clients() == 0
  end, function()
    return 'glue-ls has not ended'
  end)
end)
