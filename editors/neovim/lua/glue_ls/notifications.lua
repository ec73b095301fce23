-- What the server says by itself: the handlers for the client's configuration.

local offers = require('glue_ls.offers')
local output = require('glue_ls.output')
local restored = require('glue_ls.restored')
local run = require('glue_ls.run')
local script = require('glue_ls.script')
local server = require('glue_ls.server')

local M = {}

local api = vim.api
local member, tell = server.member, server.tell

local function about_cell(method)
  return function(_, params)
    local bufnr, buffer = server.buffer_of(params.uri)
    if not bufnr or not server.client_of(bufnr) then
      return
    end
    if method == 'glue-ls/cellOutput' and member(params.runId) == nil then
      return restored.take(bufnr, buffer, params)
    elseif type(params.runId) == 'number' and member(params.actions) then
      offers.take(bufnr, buffer, params, false)
    end
    run.take(method, params, bufnr, buffer)
  end
end

local levels = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO, vim.log.levels.DEBUG, vim.log.levels.DEBUG }

M.handlers = {
  ['glue-ls/cellState'] = about_cell('glue-ls/cellState'),
  ['glue-ls/cellOutput'] = about_cell('glue-ls/cellOutput'),
  ['glue-ls/sessionState'] = function(_, params)
    local bufnr, buffer = server.buffer_of(params.uri)
    if buffer then
      buffer.session = params
      offers.take(bufnr, buffer, params, true)
      vim.cmd.redrawstatus { bang = true }
    end
  end,
  ['glue-ls/accountState'] = function(_, params, context)
    local troubles = member(params.troubles) or {}
    local before = server.troubles[context.client_id] or {}
    server.troubles[context.client_id] = #troubles > 0 and troubles or nil
    if #before == 0 and #troubles > 0 then
      -- Short: a message of several lines would stop whoever is typing.
      tell('names of the account are not known; :GlueDoctor tells why', vim.log.levels.WARN)
    end
    vim.cmd.redrawstatus { bang = true }
  end,
  -- Neovim's own handler would not let a plugin for messages show it.
  ['window/showMessage'] = function(_, params)
    local lines = vim.tbl_map(output.clean, vim.split(tostring(params.message), '\n', { plain = true }))
    -- Said for all editors; here the command has a name of its own.
    local text = table.concat(lines, '\n'):gsub('`glue%-ls%.openAsScript`', '`:GlueScript`')
    tell(text, levels[params.type] or vim.log.levels.INFO)
    return params
  end,
  -- Plans and outputs open beside the script, not in its place; the script of a notebook where that is.
  ['window/showDocument'] = function(err, params, context, config)
    if not params.external and script.shows(params.uri, context.client_id) then
      return { success = true }
    end
    if not params.external and vim.fn.bufwinid(vim.uri_to_bufnr(params.uri)) == -1 then
      vim.cmd('botright split')
    end
    return vim.lsp.handlers['window/showDocument'](err, params, context, config)
  end,
}

-- Running finds problems too, and the server then asks to have them fetched. Neovim 0.10 fetches after edits only.
if not vim.lsp.handlers['workspace/diagnostic/refresh'] then
  M.handlers['workspace/diagnostic/refresh'] = function(_, _, context)
    for bufnr, buffer in pairs(server.buffers) do
      local client = server.client_of(bufnr)
      if client and buffer.client_id == context.client_id and api.nvim_buf_is_loaded(bufnr) then
        local params = { textDocument = { uri = vim.uri_from_bufnr(bufnr) } }
        server.call(client, 'request', 'textDocument/diagnostic', params, nil, bufnr)
      end
    end
    return vim.NIL
  end
end

return M
