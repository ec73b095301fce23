-- For `vim.lsp.enable('glue_ls')`, Neovim 0.11 and newer. Older ones call `require('glue_ls').setup()`.

local glue_ls = require('glue_ls')

return vim.tbl_extend('force', glue_ls.config, {
  -- Neovim starts the server only where this calls back: in Glue documents.
  root_dir = function(bufnr, on_dir)
    if require('glue_ls.document').is_glue(bufnr) then
      on_dir(glue_ls.root(bufnr))
    end
  end,
})
