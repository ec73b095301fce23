-- The glue-ls language server in Neovim 0.10 and newer.
--
--   require('glue_ls').setup()                -- any version
--   vim.lsp.enable('glue_ls')                 -- 0.11 and newer, reads lsp/glue_ls.lua

local commands = require('glue_ls.commands')
local document = require('glue_ls.document')
local run = require('glue_ls.run')

local M = {}

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
  handlers = run.handlers,
  commands = run.commands,
}

--- The plugin's own options: `max_lines`.
M.options = run.options

--- The session of a buffer for the status line, such as "Glue local READY", or "Glue: sign in to AWS"; "" where there is nothing to say.
M.status = commands.status

run.watch(M.config.name, commands.user_commands)

--- The folder of the project: where `glue-ls.toml` is, else the repository, else the file's own folder.
function M.root(bufnr)
  return vim.fs.root(bufnr, 'glue-ls.toml') or vim.fs.root(bufnr, '.git') or vim.fs.dirname(vim.api.nvim_buf_get_name(bufnr))
end

--- Starts glue-ls in Glue documents, those that are open now and those to come.
-- `opts.trusted`, `opts.engine` and `opts.max_lines` are described in `:help glue-ls-settings`. The rest goes over `M.config`: `cmd`,
-- `settings`, `on_attach` and so on.
function M.setup(opts)
  opts = vim.deepcopy(opts or {})
  local trusted, engine = opts.trusted, opts.engine
  M.options.max_lines = opts.max_lines or M.options.max_lines
  opts.trusted, opts.engine, opts.max_lines = nil, nil, nil
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

  local function attach(bufnr)
    if vim.tbl_contains(config.filetypes, vim.bo[bufnr].filetype) and document.is_glue(bufnr) then
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
