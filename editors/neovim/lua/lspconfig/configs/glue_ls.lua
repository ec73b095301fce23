-- The table that nvim-lspconfig wants: with it on the runtime path, `require('lspconfig').glue_ls.setup {}` starts glue-ls.

local glue_ls = require('glue_ls')

local config = vim.tbl_extend('force', {}, glue_ls.config)
-- nvim-lspconfig makes commands of Vim from this, whose names may have no dots. Neovim's own list serves as well.
for name, command in pairs(config.commands) do
  vim.lsp.commands[name] = vim.lsp.commands[name] or command
end
config.commands = nil

return {
  default_config = vim.tbl_extend('force', config, {
    -- No root, no server: of ordinary Python and JSON files there is none.
    root_dir = function(_, bufnr)
      bufnr = bufnr or vim.api.nvim_get_current_buf()
      if require('glue_ls.document').is_glue(bufnr) then
        return glue_ls.root(bufnr)
      end
    end,
    single_file_support = false,
  }),
  docs = {
    description = [[
https://github.com/glue-ls/glue-ls

`glue-ls`, the language server for AWS Glue notebooks and scripts. It starts in Glue documents only: Python that imports `awsglue` or has a
Glue magic, notebooks of a Glue kernel, and `glue-ls.toml`.
]],
  },
}
