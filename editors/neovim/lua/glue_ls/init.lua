-- The glue-ls language server in Neovim 0.10 and newer.
--
--   require('glue_ls').setup()                -- any version
--   vim.lsp.enable('glue_ls')                 -- 0.11 and newer, reads lsp/glue_ls.lua

local document = require('glue_ls.document')

local M = {}

--- What both ways of starting share. See `:help vim.lsp.ClientConfig`.
M.config = {
  name = 'glue_ls',
  cmd = { 'glue-ls' },
  filetypes = { 'python', 'json', 'ipynb' },
  -- A notebook is JSON text here, whatever its filetype is called.
  get_language_id = function(_, filetype)
    return filetype == 'ipynb' and 'json' or filetype
  end,
}

--- The folder of the project: where `glue-ls.toml` is, else the repository, else the file's own folder.
function M.root(bufnr)
  return vim.fs.root(bufnr, 'glue-ls.toml') or vim.fs.root(bufnr, '.git') or vim.fs.dirname(vim.api.nvim_buf_get_name(bufnr))
end

--- Starts glue-ls in Glue documents, those that are open now and those to come.
-- `opts` goes over `M.config`: `cmd`, `settings`, `on_attach` and so on.
function M.setup(opts)
  local config = vim.tbl_deep_extend('force', M.config, opts or {})

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
