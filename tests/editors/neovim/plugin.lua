-- Runs inside a real, headless Neovim: what the plugin has besides the server's answers and runs.
--   GLUE_LS=SERVER nvim --headless --clean -S plugin.lua

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check, await, open, attached = harness.check, harness.await, harness.open, harness.attached

local repository = vim.fs.normalize(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/../../..')

local function read(path)
  local file = assert(io.open(path, 'rb'), path)
  local text = file:read('*a')
  file:close()
  return text
end

local function keys(typed)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(typed, true, false, true), 'mtx', false)
end

--- The line that the cursor is in after keys were typed in a line.
local function lands(line, typed, expected)
  vim.api.nvim_win_set_cursor(0, { line, 0 })
  keys(typed)
  local now = vim.api.nvim_win_get_cursor(0)[1]
  check(now == expected, '%s in line %d goes to line %d, not %d', typed, line, now, expected)
end

--- The lines that are left when keys are typed in a line; they come back afterwards.
local function leaves(line, typed, expected)
  local before = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  vim.api.nvim_win_set_cursor(0, { line, 0 })
  keys(typed)
  local now = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.api.nvim_buf_set_lines(0, 0, -1, false, before)
  local wanted = {}
  for i, text in ipairs(before) do
    if not (i >= expected[1] and i <= expected[2]) then
      table.insert(wanted, text)
    end
  end
  check(now == table.concat(wanted, '\n'), '%s in line %d leaves\n%s', typed, line, now)
end

local function motions()
  local script = open('motion_script.py')
  attached(script)
  local forward, back = '<Plug>(glue-next-cell)', '<Plug>(glue-previous-cell)'
  check(vim.fn.maparg(']g', 'n') ~= '', 'mappings = true maps no ]g')
  check(vim.fn.maparg('ag', 'x'):find('mine', 1, true), "a mapping of the user's own was taken: %s", vim.fn.maparg('ag', 'x'))
  lands(1, forward, 2)
  lands(2, forward, 5)
  lands(6, forward, 12) -- past what stands in a string
  lands(1, '3' .. forward, 12)
  lands(12, '9' .. forward, 14)
  lands(15, forward, 15)
  lands(15, '[g', 14)
  lands(14, back, 12)
  lands(7, back, 5)
  lands(7, '2[g', 2)
  lands(1, back, 1)
  lands(9, ']g', 12)
  leaves(6, 'dig', { 6, 10 })
  leaves(6, 'd<Plug>(glue-a-cell)', { 5, 11 })
  leaves(8, 'vig<Esc>Vigd', { 6, 10 })
  leaves(5, 'dag', { 5, 11 })
  leaves(12, 'dig', { 0, 0 }) -- an empty cell
  leaves(9, 'd]g', { 9, 11 })
  leaves(1, 'dig', { 0, 0 }) -- a header is no cell

  -- A script without markers is one cell.
  local job = open('job_script.py')
  attached(job)
  local last = vim.api.nvim_buf_line_count(job)
  lands(3, ']g', 3)
  lands(3, '[g', 1)
  check(#require('glue_ls.motions').cells(job) == 1 and last > 3, 'a job has the cells %s', vim.inspect(require('glue_ls.motions').cells(job)))
  vim.cmd('silent %bwipeout!')
end

--- Every command, option, mapping and function has its tag, every tag that is pointed to is there, and no tag is there twice.
local function help()
  local folder = vim.env.HOME .. '/help'
  vim.fn.mkdir(folder .. '/doc', 'p')
  check(vim.uv.fs_copyfile(repository .. '/editors/neovim/doc/glue-ls.txt', folder .. '/doc/glue-ls.txt'), 'the help is not there')
  vim.cmd.helptags(folder .. '/doc')
  local tags = {}
  for line in io.lines(folder .. '/doc/tags') do
    tags[line:match('^[^\t]+')] = true
  end
  local wanted = { ':GlueInstallParser', 'glue-ls', 'glue_ls.setup()' }
  for name, command in pairs(require('glue_ls.commands').user_commands) do
    table.insert(wanted, ':' .. name)
    if command[3] and command[3].bang then
      table.insert(wanted, ':' .. name .. '!')
    end
  end
  for name in pairs(require('glue_ls').options) do
    table.insert(wanted, 'glue-ls-' .. name)
  end
  for _, plug in ipairs(require('glue_ls.motions').plugs) do
    table.insert(wanted, ('<Plug>(glue-%s)'):format(plug[1]))
  end
  for name, value in pairs(require('glue_ls')) do
    if type(value) == 'function' then
      table.insert(wanted, ('glue_ls.%s()'):format(name))
    end
  end
  local text = read(folder .. '/doc/glue-ls.txt')
  local lacking, lost, wide = {}, {}, {}
  for _, tag in ipairs(wanted) do
    table.insert(lacking, not tags[tag] and tag or nil)
  end
  for tag in text:gmatch('|([^|%s]+)|') do
    local known = tags[tag] or vim.list_contains(vim.fn.getcompletion(tag, 'help'), tag)
    table.insert(lost, not known and tag or nil)
  end
  for line in text:gmatch('[^\n]+') do
    table.insert(wide, vim.fn.strdisplaywidth(line) > 80 and line or nil)
  end
  check(#lacking == 0, 'the help has no tags %s', vim.inspect(lacking))
  check(#lost == 0, 'the help points to %s, which are nowhere', vim.inspect(lost))
  check(#wide == 0, 'too wide for a help:\n%s', table.concat(wide, '\n'))
  vim.opt.runtimepath:prepend(folder)
  vim.cmd.help(':GlueScript')
  check(vim.fs.basename(vim.api.nvim_buf_get_name(0)) == 'glue-ls.txt', 'help :GlueScript opens %s', vim.api.nvim_buf_get_name(0))
  vim.cmd('silent %bwipeout!')
end

--- What :checkhealth writes.
local function health()
  vim.cmd('silent checkhealth glue_ls')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  vim.cmd('silent bwipeout!')
  return text
end

local function says(text, ...)
  for _, expected in ipairs({ ... }) do
    check(text:find(expected), 'checkhealth says nothing like %q:\n%s', expected, text)
  end
end

local function looks_after_its_health()
  attached(open('glue_script.py'))
  open('plain_script.py')
  open('plain_data.json')
  local version = vim.trim(vim.system({ vim.env.GLUE_LS, '--version' }, { text = true }):wait().stdout)
  check(version == 'glue-ls ' .. require('glue_ls').version, 'the plugin is of version %s, the server %s', require('glue_ls').version, version)
  local text = health()
  says(text, 'OK.* Neovim 0%.', 'version ' .. vim.pesc(require('glue_ls').version) .. ', as the plugin', 'glue_script%.py: attached, root .*fixtures')
  says(text, 'plain_script%.py %(python%): not attached, it neither imports', 'plain_data%.json %(json%): not attached', 'The engine is "local"')
  says(text, 'No folder is trusted', ':GlueDoctor in a Glue document does', 'parser of cells is not installed')
  check(not text:find('ERROR'), 'checkhealth has errors:\n%s', text)
  -- What a doctor has found stays there to be read.
  vim.cmd.buffer('glue_script.py')
  local commands = require('glue_ls.commands')
  vim.cmd('GlueDoctor')
  await(function()
    return commands.doctor ~= nil
  end, function()
    return 'the doctor says nothing; the user was told ' .. vim.inspect(harness.told)
  end)
  vim.cmd('silent! only')
  says(health(), 'As :GlueDoctor found it at %d%d:%d%d', 'Credentials: ')
  vim.lsp.get_clients({ name = 'glue_ls' })[1].stop(vim.lsp.get_clients({ name = 'glue_ls' })[1])
  await(function()
    return #harness.clients() == 0
  end, function()
    return 'glue-ls has not ended'
  end)
  vim.cmd('silent %bwipeout!')

  -- A program that is not there, one of another version, and one that does not run.
  local fake = vim.env.HOME .. '/fake'
  local function with(body)
    vim.fn.writefile({ '#!/bin/sh', body }, fake)
    vim.uv.fs_chmod(fake, 493)
    require('glue_ls').setup({ cmd = { fake }, trusted = { '~/notebooks' } })
    return health()
  end
  says(with('echo glue-ls 9.9.9'), 'WARNING.*is version 9%.9%.9, the plugin', 'Take both of the same version', 'Cells run in and below: .*/notebooks')
  says(with('echo broken >&2; exit 3'), 'ERROR.*does not run: broken')
  vim.fn.delete(fake)
  require('glue_ls').setup({ cmd = { fake } })
  says(health(), 'ERROR.*The program .*fake is not there', 'cargo install %-%-path')
end

--- What nvim-lspconfig does with a table: a server for each root, none without a root.
local function lspconfig()
  local table_of = require('lspconfig.configs.glue_ls')
  local config = table_of.default_config
  check(vim.deep_equal(config.cmd, { 'glue-ls' }) and type(config.filetypes) == 'table', 'the table is %s', vim.inspect(config))
  check(type(table_of.docs.description) == 'string' and config.commands == nil, 'it has no description, or commands')
  vim.api.nvim_clear_autocmds({ group = 'glue_ls' })
  local group = vim.api.nvim_create_augroup('test.lspconfig', {})
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = config.filetypes,
    callback = function(event)
      local root = config.root_dir(vim.api.nvim_buf_get_name(event.buf), event.buf)
      if root then
        vim.lsp.start(vim.tbl_extend('force', config, { cmd = { vim.env.GLUE_LS }, root_dir = root }), { bufnr = event.buf })
      end
    end,
  })
  for _, name in ipairs({ 'plain_script.py', 'plain_data.json', 'plain_notebook.ipynb' }) do
    check(#harness.clients(open(name)) == 0, 'lspconfig starts glue-ls in %s', name)
  end
  check(#vim.lsp.get_clients() == 0, 'a server runs')
  local client = attached(open('glue_script.py'))
  check(attached(open('glue_notebook.ipynb')) == client, 'the notebook got a server of its own')
  check(vim.lsp.commands['glue-ls.runCell'] ~= nil, 'lenses run nothing')
  check(vim.fn.exists(':GlueRun') == 2, 'there is no :GlueRun')
  vim.api.nvim_del_augroup_by_id(group)
end

local function queries()
  for _, name in ipairs({ 'highlights', 'injections', 'folds' }) do
    local ours = read(('%s/editors/neovim/queries/glue/%s.scm'):format(repository, name))
    check(ours == read(('%s/grammars/tree-sitter-glue/queries/%s.scm'):format(repository, name)), "%s.scm is not the grammar's: copy it", name)
  end
end

harness.main(function()
  vim.keymap.set('x', 'ag', 'mine')
  require('glue_ls').setup({ cmd = { vim.env.GLUE_LS }, engine = 'local', mappings = true, settings = vim.empty_dict() })
  queries()
  motions()
  help()
  looks_after_its_health()
  lspconfig()
end)
