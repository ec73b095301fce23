-- The servers of buffers: which they are, what is asked of them, and how people are told.

local output = require('glue_ls.output')

local M = {}

local api = vim.api

--- Buffers with a server, and those whose server has ended but whose outputs are still shown:
-- { client_id, runs = { RUN_ID = { anchors, cells } }, shown = { ANCHOR = cell }, session, receipt, idle_since, offer }
M.buffers = {}

--- What keeps names of the account from being known, by the id of the client.
M.troubles = {}

function M.tell(message, level)
  vim.notify('glue-ls: ' .. message, level or vim.log.levels.INFO)
end

--- A member of the server's message, where `null` is nothing.
function M.member(value)
  if value == vim.NIL then
    return nil
  end
  return value
end

--- A word of the server's, fit to be shown; nothing for `null`.
function M.word(value)
  value = M.member(value)
  return value ~= nil and output.clean(tostring(value):gsub('%s+', ' ')) or nil
end

local tell, member = M.tell, M.member

--- Calls a function of a client; 0.11 made methods of them.
function M.call(client, name, ...)
  if vim.fn.has('nvim-0.11') == 1 then
    return client[name](client, ...)
  end
  return client[name](...)
end

--- The server of a buffer, unless it has ended, and what is known about the buffer.
function M.client_of(bufnr)
  local buffer = M.buffers[bufnr]
  local client = buffer and buffer.client_id and vim.lsp.get_client_by_id(buffer.client_id)
  if client and not M.call(client, 'is_stopped') then
    return client, buffer
  end
end

--- The buffer that a document's URI means, and what is known about it.
function M.buffer_of(uri)
  if type(uri) ~= 'string' then
    return nil
  end
  for bufnr, buffer in pairs(M.buffers) do
    if buffer.client_id and api.nvim_buf_is_loaded(bufnr) then
      local name = api.nvim_buf_get_name(bufnr)
      if uri == vim.uri_from_bufnr(bufnr) or (vim.startswith(uri, 'file:') and vim.uri_to_fname(uri) == name) then
        return bufnr, buffer
      end
    end
  end
end

--- Sends a request; errors are told.
function M.request(client, bufnr, method, params, on_result, on_error)
  local function handler(err, result)
    if err then
      if on_error then
        on_error()
      end
      tell(output.clean((err.message or vim.inspect(err)):gsub('%s+', ' ')), vim.log.levels.ERROR)
    else
      on_result(member(result))
    end
  end
  M.call(client, 'request', method, params, handler, bufnr)
end

--- Has the server execute a command.
function M.execute(client, bufnr, command, argument, on_result, on_error)
  local params = { command = command, arguments = { argument } }
  M.request(client, bufnr, 'workspace/executeCommand', params, on_result, on_error)
end

--- The argument for all of a document.
function M.document(bufnr)
  return { uri = vim.uri_from_bufnr(bufnr) }
end

--- The argument for the cell under the cursor.
function M.place_here(bufnr)
  local client = M.client_of(bufnr)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  return vim.tbl_extend('force', M.document(bufnr), { position = M.position(client, bufnr, row - 1, col) })
end

--- A place as the client's server counts it.
function M.position(client, bufnr, row, col)
  local encoding = client and client.offset_encoding or 'utf-16'
  return { line = row, character = vim.lsp.util.character_offset(bufnr, row, col, encoding) }
end

--- Sends a command that is no run.
function M.ask(bufnr, command, argument, on_result, on_error)
  local client = M.client_of(bufnr)
  if not client then
    if on_error then
      on_error()
    end
    return tell('is not attached here', vim.log.levels.WARN)
  end
  M.execute(client, bufnr, command, argument, on_result, on_error)
end

return M
