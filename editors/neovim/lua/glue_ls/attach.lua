-- Servers come and go: what a buffer has while one is attached to it.

local cell = require('glue_ls.cell')
local motions = require('glue_ls.motions')
local places = require('glue_ls.places')
local run = require('glue_ls.run')
local server = require('glue_ls.server')

local M = {}

local api = vim.api
local group = api.nvim_create_augroup('glue_ls.attach', {})

local function attached(bufnr, client, user_commands)
  local buffer = server.buffers[bufnr] or { shown = {} }
  server.buffers[bufnr] = buffer
  buffer.client_id, buffer.runs = client.id, {}
  motions.attach(bufnr, run.options.mappings)
  for name, command in pairs(user_commands) do
    local options = vim.tbl_extend('force', { desc = command[1] }, command[3] or {})
    api.nvim_buf_create_user_command(bufnr, name, function(call)
      command[2](bufnr, call)
    end, options)
  end
  api.nvim_clear_autocmds { group = group, buffer = bufnr }
  api.nvim_create_autocmd({ 'TextChanged', 'InsertLeave' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      for _, c in pairs(buffer.shown) do
        cell.follow(c, run.options.max_lines)
      end
    end,
  })
  -- A buffer that is read again has lost its marks: what still runs is anchored anew when the server tells about it.
  api.nvim_create_autocmd('BufUnload', {
    group = group,
    buffer = bufnr,
    callback = function()
      buffer.runs, buffer.shown = {}, {}
    end,
  })
end

local function detached(bufnr, client, user_commands)
  local buffer = server.buffers[bufnr]
  if not buffer or buffer.client_id ~= client.id then
    return
  end
  local lost = 0
  for _, started in pairs(buffer.runs) do
    for _, c in pairs(started.cells or {}) do
      if cell.is_active(c) then
        lost = lost + 1
        c.state = 'cancelled'
        buffer.shown[c.anchor or 0] = nil
        cell.hide(c)
      end
    end
    places.free(bufnr, started.anchors, started.cells)
  end
  buffer.client_id, buffer.runs, buffer.session, buffer.offer, buffer.restored, buffer.idle_since = nil, {}, nil, nil, nil, nil
  server.troubles[client.id] = nil
  for name in pairs(user_commands) do
    pcall(api.nvim_buf_del_user_command, bufnr, name)
  end
  vim.cmd.redrawstatus { bang = true }
  if lost > 0 and server.call(client, 'is_stopped') then
    server.tell(
      ('the server has ended while %d %s of %s ran or waited. :edit starts it again, :GlueStatus tells which sessions live'):format(
        lost,
        lost == 1 and 'cell' or 'cells',
        vim.fs.basename(api.nvim_buf_get_name(bufnr))
      ),
      vim.log.levels.WARN
    )
  end
end

--- Follows the servers of this name; the user's commands are there while one is.
function M.watch(name, user_commands)
  api.nvim_create_autocmd({ 'LspAttach', 'LspDetach' }, {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == name then
        (event.event == 'LspAttach' and attached or detached)(event.buf, client, user_commands)
      end
    end,
  })
  api.nvim_create_autocmd('BufWipeout', {
    group = group,
    callback = function(event)
      server.buffers[event.buf] = nil
    end,
  })
end

return M
