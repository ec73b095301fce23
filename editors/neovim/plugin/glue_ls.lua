-- What there is without a server.

if vim.g.loaded_glue_ls then
  return
end
vim.g.loaded_glue_ls = true

vim.api.nvim_create_user_command('GlueInstallParser', function()
  local ok, said = require('glue_ls.parser').install()
  vim.notify('glue-ls: ' .. said, ok and vim.log.levels.INFO or vim.log.levels.ERROR)
end, { desc = 'Make the tree-sitter parser of Glue cells with a C compiler' })
