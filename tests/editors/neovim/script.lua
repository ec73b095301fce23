-- Runs inside a real, headless Neovim: a notebook opened as a percent script, run, written back, and read again.
--   GLUE_LS=SERVER GLUE_LS_START=setup|enable nvim --headless --clean -S script.lua      (in a folder with copies of the fixtures)

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check, await = harness.check, harness.await

local file = vim.uv.cwd() .. '/script_notebook.ipynb'

local function read()
  local handle = assert(io.open(file, 'rb'))
  local text = handle:read('*a')
  handle:close()
  return text
end

local function write(text)
  local handle = assert(io.open(file, 'wb'))
  handle:write(text)
  handle:close()
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

--- Waits until the file of the notebook says something.
local function file_says(text)
  await(function()
    return read():find(text, 1, true) ~= nil
  end, function()
    return ('the notebook does not say %s:\n%s\ntold was %s'):format(text, read(), vim.inspect(harness.told))
  end)
end

local function current_is(ending)
  await(function()
    return vim.endswith(vim.api.nvim_buf_get_name(0), ending)
  end, function()
    return ('the window shows %s, not %s; told was %s'):format(vim.api.nvim_buf_get_name(0), ending, vim.inspect(harness.told))
  end)
  return vim.api.nvim_get_current_buf()
end

local function row_of(bufnr, line)
  for i, text in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
    if text == line then
      return i
    end
  end
  harness.fail('there is no line %q in\n%s', line, table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), '\n'))
end

--- Writes a script, and waits until the server has seen to it: requests are answered in order.
local function write_script(client, bufnr)
  vim.cmd('silent write')
  vim.lsp.buf_request_sync(bufnr, 'textDocument/documentSymbol', { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }, harness.deadline_ms)
  check(client.id == harness.clients(bufnr)[1].id, 'the script has another server')
end

harness.main(function()
  if vim.env.GLUE_LS_START == 'enable' then
    vim.lsp.config('glue_ls', { cmd = { vim.env.GLUE_LS }, init_options = { engine = 'local', trustedFolders = { vim.uv.cwd() } } })
    vim.lsp.enable('glue_ls')
  else
    require('glue_ls').setup({ cmd = { vim.env.GLUE_LS }, engine = 'local', settings = vim.empty_dict(), trusted = { vim.uv.cwd() } })
  end
  local before = read()
  local notebook = harness.open('script_notebook.ipynb')
  local client = harness.attached(notebook)
  local window = vim.api.nvim_get_current_win()

  -- What is not written is not lost.
  vim.api.nvim_buf_set_lines(notebook, -1, -1, false, { '' })
  vim.cmd('GlueScript')
  is_told('changes that are not written')
  vim.cmd('silent edit!')
  await(function()
    return vim.fn.exists(':GlueScript') == 2
  end, function()
    return 'after :edit! there is no :GlueScript'
  end)

  -- In the notebook's place, with the notebook's server, its cells, motions and commands.
  vim.cmd('GlueScript')
  local script = current_is('script_notebook.py')
  check(vim.api.nvim_get_current_win() == window and #vim.api.nvim_list_wins() == 1, 'the script has a window of its own')
  check(harness.attached(script) == client and #harness.clients() == 1, 'the script has a server of its own')
  check(vim.fn.exists(':GlueRun') == 2 and vim.fn.exists(':GlueNotebook') == 2, 'there are no commands')
  check(#require('glue_ls.motions').cells(script) == 3, 'the cells are %s', vim.inspect(require('glue_ls.motions').cells(script)))

  -- Nothing changed, nothing written.
  vim.bo[script].modified = true
  write_script(client, script)
  check(read() == before, 'writing the script as it is has changed the notebook:\n%s', read())

  -- A change arrives in the file, the rest is as it was, and the notebook's buffer is read again.
  vim.api.nvim_buf_set_lines(script, row_of(script, 'rows = 3') - 1, row_of(script, 'rows = 3'), false, { 'rows = 4' })
  write_script(client, script)
  file_says('"rows = 4\\n"')
  check(read() == (before:gsub('rows = 3', 'rows = 4')), 'more than the line has changed:\n%s', read())
  await(function()
    return table.concat(vim.api.nvim_buf_get_lines(notebook, 0, -1, false), '\n') .. '\n' == read()
  end, function()
    return 'the buffer of the notebook was not read again'
  end)

  -- Its cells run, where the notebook's folder is trusted; what they show is in the notebook with the next write.
  vim.api.nvim_win_set_cursor(0, { row_of(script, 'rows * 14'), 0 })
  vim.cmd('GlueRun')
  await(function()
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(script, vim.api.nvim_create_namespace('glue_ls'), 0, -1, { details = true })) do
      for _, chunks in ipairs(mark[4].virt_lines or {}) do
        if chunks[2] and chunks[2][1] == '56' then
          return true
        end
      end
    end
  end, function()
    return '56 is not shown; told was ' .. vim.inspect(harness.told)
  end)
  vim.bo[script].modified = true
  write_script(client, script)
  await(function()
    local cells = vim.json.decode(read()).cells
    return #cells[3].outputs > 0
  end, function()
    return 'the output is not in the notebook:\n' .. read() .. vim.inspect(harness.told)
  end)
  local cells = vim.json.decode(read()).cells
  check(vim.inspect(cells[3].outputs):find('56', 1, true), 'the outputs are %s', vim.inspect(cells[3].outputs))
  check(cells[2].execution_count == 7 and #cells[2].outputs == 1 and cells[2].id == 'kept', 'the other cell is %s', vim.inspect(cells[2]))

  -- There and back, and there again.
  vim.cmd('GlueNotebook')
  check(vim.api.nvim_get_current_buf() == notebook and vim.api.nvim_get_current_win() == window, 'this is not the notebook')
  await(function()
    return table.concat(vim.api.nvim_buf_get_lines(notebook, 0, -1, false), '\n') .. '\n' == read()
  end, function()
    return 'the notebook is not shown as it is'
  end)
  check(not vim.bo[notebook].modified, 'the notebook counts as changed')
  vim.cmd('GlueScript')
  check(current_is('script_notebook.py') == script, 'that is another buffer')

  -- Somebody else has written the notebook: it is left alone, and that is said.
  local theirs = (read():gsub('Grüße, 𝄞', 'theirs'))
  vim.uv.fs_unlink(file)
  write(theirs)
  harness.told = {}
  vim.api.nvim_buf_set_lines(script, row_of(script, 'rows = 4') - 1, row_of(script, 'rows = 4'), false, { 'rows = 5' })
  write_script(client, script)
  is_told('changed')
  check(read() == theirs, 'the work of somebody else is gone:\n%s', read())

  -- A later Neovim, which opens the script by its name, knows the notebook too.
  local path = vim.api.nvim_buf_get_name(script)
  vim.cmd('silent %bwipeout!')
  for i = 1, 9 do
    local name, scripts = debug.getupvalue(require('glue_ls.script').of, i)
    for linked in pairs(name == 'scripts' and scripts or {}) do
      scripts[linked] = nil
    end
  end
  check(harness.attached(harness.open(path)) == client, 'the script got a server of its own')
  vim.cmd('GlueNotebook')
  check(harness.attached(current_is('script_notebook.ipynb')) == client, 'the notebook got a server of its own')

  vim.lsp.stop_client(client.id)
  await(function()
    return #harness.clients() == 0
  end, function()
    return 'glue-ls has not ended: ' .. vim.inspect(vim.tbl_map(function(one)
      return { one.id, one.config.root_dir, one.attached_buffers }
    end, harness.clients()))
  end)
end)
