-- The glue-ls language server in Neovim 0.10 and newer.
--
--   require('glue_ls').setup()                -- any version
--   vim.lsp.enable('glue_ls')                 -- 0.11 and newer, reads lsp/glue_ls.lua

local attach = require('glue_ls.attach')
local commands = require('glue_ls.commands')
local document = require('glue_ls.document')
local motions = require('glue_ls.motions')
local notifications = require('glue_ls.notifications')
local run = require('glue_ls.run')
local script = require('glue_ls.script')
local status = require('glue_ls.status')

local M = {}

--- The plugin's version, which is that of the server it was made for.
M.version = '0.1.0'

--- What both ways of starting share. See `:help vim.lsp.ClientConfig`.
M.config = {
  name = 'glue_ls',
  cmd = { 'glue-ls' },
  filetypes = { 'python', 'json', 'ipynb', 'toml' },
  -- A notebook is JSON text here, whatever its filetype is called.
  get_language_id = function(_, filetype)
    return filetype == 'ipynb' and 'json' or filetype
  end,
  capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), {
    -- The server tells what becomes of runs in notifications of its own,
    experimental = { glueLs = true },
    -- and when they have found problems.
    workspace = { diagnostics = { refreshSupport = true } },
  }),
  handlers = notifications.handlers,
  commands = vim.tbl_extend('error', run.commands, script.commands),
}

--- The plugin's own options: `max_lines`, `output_window`, `mappings`.
M.options = run.options

--- The session of a buffer for the status line, such as "Glue aws READY 2 × G.1X $0.12 idle 5 min", or "Glue: sign in to AWS"; "" where
-- there is nothing to say.
M.status = status.status

--- Motions and text objects, for mappings of one's own: see |glue-ls-motions|.
M.next_cell, M.previous_cell = motions.next_cell, motions.previous_cell
M.inner_cell, M.a_cell = motions.inner_cell, motions.a_cell

attach.watch(M.config.name, commands.user_commands)

--- The folder of the project: where `glue-ls.toml` is, else the repository, else the file's own folder. The script of a notebook
-- belongs where that is.
function M.root(bufnr)
  local of_notebook = script.of(bufnr)
  if of_notebook and of_notebook.root then
    return of_notebook.root
  end
  local path = of_notebook and of_notebook.notebook or vim.api.nvim_buf_get_name(bufnr)
  return vim.fs.root(path, 'glue-ls.toml') or vim.fs.root(path, '.git') or vim.fs.dirname(path)
end

--- Starts glue-ls in Glue documents, those that are open now and those to come.
-- `opts.trusted`, `opts.engine` and those of `M.options` are described in `:help glue-ls-settings`. The rest goes over `M.config`:
-- `cmd`, `settings`, `on_attach` and so on.
function M.setup(opts)
  opts = vim.deepcopy(opts or {})
  local trusted, engine = opts.trusted, opts.engine
  opts.trusted, opts.engine = nil, nil
  for name in pairs(M.options) do
    if opts[name] ~= nil then
      M.options[name] = opts[name]
    end
    opts[name] = nil
  end
  local config = vim.tbl_deep_extend('force', M.config, opts)

  local init_options = {}
  if type(trusted) == 'table' then
    init_options.trustedFolders = vim.tbl_map(vim.fs.normalize, trusted)
  elseif trusted ~= nil then
    init_options.trusted = trusted
  end
  init_options.engine = engine
  config.init_options = vim.tbl_extend('keep', config.init_options or {}, init_options)
  if vim.tbl_isempty(config.init_options) then
    config.init_options = nil
  end
  --- For |:checkhealth|.
  M.used = config

  local warned = false
  local function attach(bufnr)
    if vim.tbl_contains(config.filetypes, vim.bo[bufnr].filetype) and document.is_glue(bufnr) then
      local program = type(config.cmd) == 'table' and config.cmd[1]
      if program and vim.fn.executable(vim.fs.normalize(program)) == 0 then
        -- Once: it would come with each file, and with each save.
        if not warned then
          vim.notify(('glue-ls: there is no program %s; :checkhealth glue_ls tells what to do'):format(program), vim.log.levels.WARN)
          warned = true
        end
        return
      end
      vim.lsp.start(vim.tbl_extend('keep', config, { root_dir = M.root(bufnr) }), { bufnr = bufnr })
    end
  end

  -- A file may become a Glue document while it is written: saving looks again. Attaching twice changes nothing.
  vim.api.nvim_create_autocmd({ 'FileType', 'BufWritePost' }, {
    group = vim.api.nvim_create_augroup('glue_ls', {}),
    callback = function(event)
      attach(event.buf)
    end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      attach(bufnr)
    end
  end
end

return M
