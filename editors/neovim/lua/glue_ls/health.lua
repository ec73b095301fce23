-- For |:checkhealth| glue_ls.

local M = {}

local health = vim.health

--- The configuration in use: that of a server that runs, or what one would be started with.
local function configuration()
  local client = vim.lsp.get_clients({ name = 'glue_ls' })[1]
  if client then
    return client.config, 'of the server that runs'
  end
  local glue_ls = require('glue_ls')
  if glue_ls.used then
    return glue_ls.used, 'of setup()'
  end
  if vim.lsp.config and vim.lsp.is_enabled and vim.lsp.is_enabled('glue_ls') then
    return vim.lsp.config.glue_ls, 'of vim.lsp.config'
  end
  return nil
end

local function neovim()
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. version)
  else
    health.error('Neovim ' .. version .. ' is too old', 'Install Neovim 0.10 or newer.')
  end
end

--- The first line that a program writes, or why there is none.
local function first_line(command)
  local ok, done = pcall(function()
    return vim.system(command, { text = true }):wait(10000)
  end)
  if not ok then
    return nil, tostring(done)
  elseif done.code ~= 0 then
    return nil, vim.trim(done.stderr or '') ~= '' and vim.trim(done.stderr) or 'it ended with code ' .. done.code
  end
  return vim.split(done.stdout, '\n')[1]
end

local function program(config, whence)
  local wanted = require('glue_ls').version
  if config == nil then
    health.warn('glue-ls is not set up', "Add to init.lua: require('glue_ls').setup()")
    config = require('glue_ls').config
  else
    health.ok('Set up, the configuration is that ' .. whence)
  end
  if type(config.cmd) ~= 'table' then
    return health.info('The server is started by a function, so its program is not looked for')
  end
  local path = vim.fn.exepath(config.cmd[1])
  if path == '' then
    return health.error(('The program %s is not there'):format(config.cmd[1]), {
      'Install it, in a clone of glue-ls: cargo install --path . --locked',
      "Or say where it is: require('glue_ls').setup { cmd = { '/path/to/glue-ls' } }",
    })
  end
  local said, err = first_line({ path, '--version' })
  local version = said and said:match('^glue%-ls (%S+)')
  if not version then
    return health.error(('%s does not run: %s'):format(path, err or said), 'Take another build of glue-ls, for this system.')
  elseif version ~= wanted then
    health.warn(('%s is version %s, the plugin %s'):format(path, version, wanted), 'Take both of the same version.')
  else
    health.ok(('%s, version %s, as the plugin'):format(path, version))
  end
end

local function buffers(config)
  health.start('glue_ls: buffers')
  local document = require('glue_ls.document')
  local filetypes = config and config.filetypes or require('glue_ls').config.filetypes
  local seen = false
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    local filetype = vim.bo[bufnr].filetype
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.list_contains(filetypes, filetype) then
      seen = true
      local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':~:.')
      local client = vim.lsp.get_clients({ name = 'glue_ls', bufnr = bufnr })[1]
      local why = document.why_not(bufnr)
      if client then
        health.ok(('%s: attached, root %s'):format(name, client.config.root_dir or 'none'))
      elseif why then
        health.info(('%s (%s): not attached, %s'):format(name, filetype, why))
      else
        health.warn(('%s: a Glue document without a server'):format(name), {
          'Write it or reload it with :edit: that looks at it again.',
          'If the server has ended, :checkhealth vim.lsp names its log.',
        })
      end
    end
  end
  if not seen then
    health.info('No Python or JSON file is open')
  end
end

local function running(config)
  health.start('glue_ls: running cells')
  local init = config and config.init_options or {}
  local settings = config and config.settings and config.settings['glue-ls'] or {}
  local function option(name)
    if settings[name] ~= nil then
      return settings[name]
    end
    return init[name]
  end
  local trusted, folders = option('trusted'), option('trustedFolders')
  if trusted == true then
    health.ok('Cells run in all folders: trusted = true')
  elseif folders and #folders > 0 then
    health.ok('Cells run in and below: ' .. table.concat(folders, ', '))
  else
    health.info("No folder is trusted from the start; the first run in one asks. setup { trusted = { '~/notebooks' } } changes that")
  end
  local engine = option('engine')
  health.info(engine and ('The engine is "%s"'):format(engine) or 'The engine is that of glue-ls.toml, else this machine. `engine` in setup() changes that')
  for bufnr in pairs(require('glue_ls.server').buffers) do
    local status = require('glue_ls.status').status(bufnr)
    if status ~= '' then
      health.info(('%s: %s'):format(vim.fn.fnamemodify(vim.api.nvim_buf_get_name(bufnr), ':~:.'), status))
    end
  end
end

local function doctor()
  health.start('glue_ls: AWS')
  local last = require('glue_ls.commands').doctor
  if not last then
    return health.info('Nobody has looked yet. :GlueDoctor in a Glue document does; then its summary is here')
  end
  health.info('As :GlueDoctor found it at ' .. os.date('%H:%M', last.at))
  local word = require('glue_ls.server').word
  for _, check in ipairs(type(last.report) == 'table' and last.report.checks or {}) do
    local text = ('%s: %s'):format(word(check.title) or '?', word(check.message) or '')
    local advice = {}
    for _, fix in ipairs(type(check.fixes) == 'table' and check.fixes or {}) do
      table.insert(advice, word(fix.command))
    end
    local tell = ({ ok = health.ok, failed = health.error })[check.status] or health.warn
    tell(text, #advice > 0 and advice or nil)
  end
end

local function highlighting()
  health.start('glue_ls: tree-sitter')
  local parser = require('glue_ls.parser')
  local installed, why = parser.installed()
  if installed then
    health.ok('The parser of cells is installed')
  elseif why:lower():find('no parser', 1, true) then
    health.info('The parser of cells is not installed; colours of magics then come from the server alone. :GlueInstallParser installs it')
  else
    health.warn('Neovim does not take the parser of cells: ' .. why, ':GlueInstallParser makes it anew.')
  end
  if installed and not pcall(vim.treesitter.language.inspect, 'python') then
    health.info('There is no Python parser: magics in scripts are coloured by the server alone')
  end
end

--- Writes the report.
function M.check()
  health.start('glue_ls: server')
  neovim()
  local config, whence = configuration()
  program(config, whence)
  buffers(config)
  running(config)
  doctor()
  highlighting()
end

return M
