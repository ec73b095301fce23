-- Runs inside a real, headless Neovim, with editors/neovim on the runtimepath, in a folder with copies of the fixtures:
--   GLUE_LS=SERVER GLUE_LS_START=setup|enable nvim --headless --clean -S drive.lua

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check, await, fail, open, clients = harness.check, harness.await, harness.fail, harness.open, harness.clients
local attached, has_problems, messages, deadline_ms = harness.attached, harness.has_problems, harness.messages, harness.deadline_ms

local function ask(client, bufnr, method, line, character)
  local answers, err = vim.lsp.buf_request_sync(bufnr, method, {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    position = { line = line, character = character },
  }, deadline_ms)
  local answer = answers and answers[client.id]
  if not answer or answer.err or answer.error then
    fail('%s: %s', method, err or vim.inspect(answers))
  end
  return answer.result
end

local function last_line(bufnr)
  return vim.api.nvim_buf_line_count(bufnr) - 1
end

--- Types keys as a person does and returns the words that the menu then offers.
local function menu_after(keys)
  local words
  vim.o.completeopt = 'menuone,noinsert'
  local watch = vim.api.nvim_create_autocmd('CompleteChanged', {
    callback = function()
      if not words then
        words = vim.tbl_map(function(item)
          return item.word
        end, vim.fn.complete_info({ 'items' }).items)
        vim.api.nvim_input('<C-e><Esc>')
      end
    end,
  })
  -- The keys leave Neovim in Insert mode, where it waits and handles events; the menu, or the deadline, ends that.
  local timer = vim.defer_fn(function()
    vim.api.nvim_input('<Esc>')
  end, deadline_ms)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), 'ntx!', false)
  timer:stop()
  vim.api.nvim_del_autocmd(watch)
  return words or {}
end

local function drive()
  local exit_code
  local options = {
    cmd = { vim.env.GLUE_LS },
    on_exit = function(code)
      exit_code = code
    end,
  }
  if vim.env.GLUE_LS_START == 'enable' then
    vim.lsp.config('glue_ls', options)
    vim.lsp.enable('glue_ls')
  else
    require('glue_ls').setup(options)
  end

  -- A percent script: squiggles in place, and they follow the text.
  local script = open('glue_script.py')
  local client = attached(script)
  check(vim.fs.basename(client.config.root_dir) == 'fixtures', 'the root is %s', client.config.root_dir)
  local rest = { '3:21 five', '8:16 soon' }
  has_problems(script, { '2:3 glue_versoin', rest[1], rest[2] })
  vim.api.nvim_buf_set_text(script, 1, 3, 1, 15, { 'glue_version' })
  has_problems(script, rest)

  local hover = ask(client, script, 'textDocument/hover', 3, 5)
  local text = hover and vim.lsp.util.convert_input_to_markdown_lines(hover.contents) or {}
  check(table.concat(text, '\n'):find('worker'), 'the hover on %%worker_type says %s', vim.inspect(hover))

  check(vim.fn.maparg('K', 'n') ~= '', 'K does not ask for the hover')

  vim.api.nvim_buf_set_lines(script, -1, -1, false, { '# %%', '# %glue_' })
  local answer = ask(client, script, 'textDocument/completion', last_line(script), #'# %glue_')
  local labels = vim.tbl_map(function(item)
    return item.label
  end, answer and (answer.items or answer) or {})
  check(vim.iter(labels):any(function(label)
    return label:find('glue_version', 1, true)
  end), 'after "# %%glue_" the server completes %s', vim.inspect(labels))

  -- CTRL-X CTRL-O, as a person asks for it.
  check(vim.bo[script].omnifunc == 'v:lua.vim.lsp.omnifunc', 'omnifunc is %s', vim.bo[script].omnifunc)
  local words = menu_after('GA<C-x><C-o>')
  check(vim.iter(words):any(function(word)
    return word:find('glue_version', 1, true)
  end), 'after "# %%glue_" CTRL-X CTRL-O offers %s', vim.inspect(words))
  vim.cmd('silent! undo 0 | set nomodified')

  -- A notebook as the JSON text that it is: squiggles inside the strings, past escapes and characters outside the BMP.
  local notebook = open('glue_notebook.ipynb')
  check(attached(notebook) == client, 'the notebook got a server of its own')
  has_problems(notebook, { '18:6 glue_versoin', '28:75 five' })

  -- A job script without magics, and a script whose only magic is misspelt.
  for _, name in ipairs({ 'job_script.py', 'typo_script.py' }) do
    check(attached(open(name)) == client, '%s got a server of its own', name)
  end
  has_problems(vim.api.nvim_get_current_buf(), { '1:3 glue_versoin' })

  -- Everything else is left alone. The decision falls while the file is opened, so there is nothing to wait for.
  for _, name in ipairs({ 'plain_script.py', 'plain_data.json', 'plain_notebook.ipynb' }) do
    check(#clients(open(name)) == 0, '%s: glue-ls is attached to a file that has nothing of Glue', name)
  end
  check(#clients() == 1, '%d servers run', #clients())

  -- A file that becomes a Glue script is one from the next save on.
  if vim.env.GLUE_LS_START ~= 'enable' then
    local fresh = open('plain_script.py')
    vim.api.nvim_buf_set_lines(fresh, 0, 0, false, { '# %number_of_workers five' })
    vim.cmd('silent write')
    check(attached(fresh) == client, 'the new Glue script got a server of its own')
    has_problems(fresh, { '1:21 five' })
  end

  vim.lsp.stop_client(client.id)
  await(function()
    return exit_code ~= nil
  end, function()
    return 'glue-ls has not ended'
  end)
  check(exit_code == 0, 'glue-ls ended with code %s', exit_code)
  check(#messages == 0, 'the user was told:\n%s', table.concat(messages, '\n'))
end

harness.main(drive)
