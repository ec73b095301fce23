-- Runs inside a real, headless Neovim: names of an account, which ../account serves.
--   GLUE_LS=SERVER nvim --headless --clean -S account.lua      (GLUE_LS has the keys of the account, GLUE_LS-signed-out has none)

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check, await, open, attached, has_problems = harness.check, harness.await, harness.open, harness.attached, harness.has_problems

--- Types keys as a person does until the menu has a word that `wanted` finds, and returns all words of it.
local function menu_after(keys, wanted)
  local words = {}
  vim.o.completeopt = 'menuone,noinsert'
  await(function()
    local watch = vim.api.nvim_create_autocmd('CompleteChanged', {
      callback = function()
        words = vim.tbl_map(function(item)
          return vim.trim(item.abbr ~= '' and item.abbr or item.word)
        end, vim.fn.complete_info({ 'items' }).items)
        vim.api.nvim_input('<C-e><Esc>')
      end,
    })
    -- Without a menu nothing but this leaves Insert mode.
    local timer = vim.defer_fn(function()
      vim.api.nvim_input('<Esc>')
    end, 1000)
    vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'ntx!', false)
    timer:stop()
    vim.api.nvim_del_autocmd(watch)
    return vim.iter(words):any(function(word)
      return word:find(wanted, 1, true)
    end)
  end, function()
    return string.format('%s offers %s, without %s', keys, vim.inspect(words), wanted)
  end)
  return words
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

--- The titles of the code actions of a place.
local function actions(bufnr, line, column)
  vim.api.nvim_win_set_cursor(0, { line, column or 3 })
  local params = vim.lsp.util.make_range_params(0, vim.lsp.get_clients({ bufnr = bufnr })[1].offset_encoding)
  params.context = { diagnostics = {}, triggerKind = 1 }
  local answers = vim.lsp.buf_request_sync(bufnr, 'textDocument/codeAction', params, harness.deadline_ms)
  local _, answer = next(answers or {})
  return vim.tbl_map(function(action)
    return action.title
  end, answer and answer.result or {})
end

--- Gives a command that opens a document, and returns the text of that.
local function document_of(command)
  local before = vim.api.nvim_get_current_win()
  vim.cmd(command)
  await(function()
    return vim.api.nvim_get_current_win() ~= before
  end, function()
    return command .. ' opens nothing; the user was told ' .. vim.inspect(harness.told)
  end)
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.cmd('close')
  return text
end

local function start(server, options)
  local setup = { cmd = { server }, trusted = true, settings = vim.empty_dict() }
  require('glue_ls').setup(vim.tbl_extend('force', setup, options))
end

local function drive()
  start(vim.env.GLUE_LS, {})
  local script = open('account_script.py')
  local client = attached(script)

  -- The account is asked in the background; what comes of it shows without anybody typing.
  has_problems(script, { '3:15 warehose' })
  local fix = vim.iter(actions(script, 3, 16)):find(function(title)
    return title:find('warehouse', 1, true)
  end)
  check(fix, 'no fix writes warehouse: %s', vim.inspect(actions(script, 3, 16)))

  vim.api.nvim_buf_set_lines(script, -1, -1, false, { '# %connections ' })
  local words = menu_after('GA<C-x><C-o>', 'orders-db')
  check(vim.list_contains(words, 'shop-network') and vim.list_contains(words, 'warehouse'), 'offered are %s', vim.inspect(words))
  vim.api.nvim_buf_set_lines(script, -2, -1, false, { '# %iam_role ' })
  words = menu_after('GA<C-x><C-o>', 'glue-notebooks')
  vim.cmd('silent! undo 0 | set nomodified')

  harness.told = {}
  vim.cmd('GlueAccount')
  is_told('fetched again')
  local report = document_of('GlueDoctor')
  check(report:find('ok      Credentials', 1, true), 'the doctor says\n%s', report)

  -- What the document names is used once the user has allowed it.
  local staging = open('staging_script.py')
  check(attached(staging) == client, 'the script got a server of its own')
  await(function()
    return vim.list_contains(actions(staging, 2), 'Load names as profile staging')
  end, function()
    return 'the actions are ' .. vim.inspect(actions(staging, 2))
  end)
  has_problems(staging, {})
  harness.told = {}
  vim.cmd('GlueAccount!')
  is_told('as the document says')
  has_problems(staging, { '4:15 staging-netwrk' })
  check(not vim.list_contains(actions(staging, 2), 'Load names as profile staging'), 'it is offered again')
  check(#harness.messages == 0, 'the user was told:\n%s', table.concat(harness.messages, '\n'))

  vim.lsp.stop_client(client.id)
  await(function()
    return #harness.clients() == 0
  end, function()
    return 'glue-ls has not ended'
  end)

  -- Without credentials: in the list, in the status line, and once as a message.
  vim.cmd('silent %bwipeout!')
  start(vim.env.GLUE_LS .. '-signed-out', { engine = 'aws' })
  script = open('account_script.py')
  attached(script)
  vim.api.nvim_buf_set_lines(script, -1, -1, false, { '# %connections ' })
  menu_after('GA<C-x><C-o>', 'No AWS credentials')
  await(function()
    return require('glue_ls').status(script) == 'Glue: sign in to AWS'
  end, function()
    return 'the status is ' .. require('glue_ls').status(script)
  end)
  check(#harness.messages == 1 and harness.messages[1]:find(':GlueDoctor', 1, true), 'told is %s', vim.inspect(harness.messages))
end

harness.main(drive)
