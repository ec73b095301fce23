-- The tree-sitter parser of cells: made with a C compiler from the sources beside the plugin.

local M = {}

--- The folder of this plugin.
local function home()
  return vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h:h:h')
end

--- The folder with the grammar's C sources, unless the plugin was copied without it.
function M.sources()
  local folder = vim.fs.normalize(home() .. '/../../grammars/tree-sitter-glue/src')
  return vim.uv.fs_stat(folder .. '/parser.c') and folder or nil
end

--- Where the parser is put: Neovim looks there by itself.
function M.target()
  return vim.fs.normalize(vim.fn.stdpath('data') .. '/site/parser/glue.so')
end

--- Whether Neovim has the parser, and else why not.
function M.installed()
  -- 0.10 throws, newer ones return why.
  local ok, added, err = pcall(vim.treesitter.language.add, 'glue')
  if ok and added ~= false and (added or err == nil) then
    return true
  end
  return false, tostring(ok and err or added)
end

--- The command that makes the parser.
function M.command(sources)
  local compiler = vim.env.CC ~= nil and vim.env.CC ~= '' and vim.env.CC or 'cc'
  local command = vim.split(compiler, '%s+', { trimempty = true })
  local rest = { '-O2', '-shared', '-fPIC', '-I' .. sources, '-o', M.target() .. '.new', sources .. '/parser.c', sources .. '/scanner.c' }
  return vim.list_extend(command, rest)
end

--- Makes the parser and puts it where Neovim finds it. Returns whether it did, and what to tell.
function M.install()
  local sources = M.sources()
  if not sources then
    return false, "the grammar's sources are not beside this plugin: take the whole repository, not only editors/neovim"
  end
  local command = M.command(sources)
  if vim.fn.executable(command[1]) ~= 1 then
    return false, ('there is no C compiler %s here: install one, or name yours in the environment variable CC'):format(command[1])
  end
  vim.fn.mkdir(vim.fs.dirname(M.target()), 'p')
  local done = vim.system(command, { text = true }):wait(120000)
  if done.code ~= 0 then
    return false, ('%s failed: %s'):format(command[1], vim.trim(done.stderr or ''))
  end
  -- Not over the file that a Neovim may have loaded.
  local ok, err = vim.uv.fs_rename(M.target() .. '.new', M.target())
  if not ok then
    return false, err
  end
  -- Neovim has looked for folders when it started, and this one may be new.
  vim.o.runtimepath = vim.o.runtimepath
  local installed, why = M.installed()
  if not installed then
    return false, ('it is at %s, but Neovim does not take it: %s'):format(M.target(), why)
  end
  return true, 'the parser is at ' .. M.target()
end

return M
