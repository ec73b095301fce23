-- The session of a buffer in words.

local server = require('glue_ls.server')

local M = {}

local api = vim.api
local member, word = server.member, server.word

--- How long nothing has run, such as "5 min"; nothing while something runs and in the first minute.
local function idle_time(session, buffer)
  -- The server knows it best; where it says nothing, the last cell that was run here has it.
  local since = tonumber(member(session.idleSince)) or (session.idleSince == nil and buffer and buffer.idle_since)
  local minutes = since and math.floor((os.time() - since / 1000) / 60)
  if not minutes or minutes < 1 then
    return nil
  elseif minutes < 60 then
    return ('%d min'):format(minutes)
  end
  return ('%d h %02d min'):format(math.floor(minutes / 60), minutes % 60)
end

local function trouble_of(buffer)
  local troubles = buffer and server.troubles[buffer.client_id] or {}
  for _, trouble in ipairs(troubles) do
    if trouble.requiresReauth == true then
      return 'Glue: sign in to AWS'
    end
  end
  return #troubles > 0 and 'Glue: account' or ''
end

--- The session of a buffer in a few words, for a status line: "Glue local READY" or "Glue aws READY 2 × G.1X $0.12 idle 5 min", or what
-- keeps names of the account from being known; "" where there is nothing to say.
function M.status(bufnr)
  local buffer = server.buffers[(bufnr == nil or bufnr == 0) and api.nvim_get_current_buf() or bufnr]
  local session = buffer and buffer.session
  if not session or not member(session.status) then
    return trouble_of(buffer)
  end
  local parts = { 'Glue', word(session.engine) or '', word(session.status) }
  -- A session on this machine costs nothing, so nobody has to keep an eye on it.
  if session.engine ~= 'local' then
    if word(session.workers) then
      table.insert(parts, word(session.workers))
    end
    local cost = tonumber(member(session.costSoFar)) or 0
    if cost > 0 then
      table.insert(parts, ('$%.2f'):format(cost))
    end
    local idle = word(session.status) == 'READY' and idle_time(session, buffer)
    if idle then
      table.insert(parts, 'idle ' .. idle)
    end
  end
  return table.concat(parts, ' ')
end

--- A session's state in a sentence; with `bufnr` also what is known of that buffer.
function M.describe(session, bufnr)
  local buffer = bufnr and server.buffers[bufnr]
  local receipt = buffer and buffer.receipt and ', the last run: ' .. buffer.receipt or ''
  if not session or not member(session.status) then
    return 'there is no session' .. (session and word(session.message) and ': ' .. word(session.message) or '') .. receipt
  end
  local parts = { ('%s session %s is %s'):format(word(session.engine) or '', word(session.sessionId) or '', word(session.status)) }
  local function add(format, value)
    value = tonumber(member(value))
    if value and value > 0 then
      table.insert(parts, format:format(value))
    end
  end
  if word(session.workers) then
    table.insert(parts, word(session.workers))
  end
  add('%.0f DPU-seconds', session.dpuSeconds)
  add('$%.2f an hour', session.costPerHour)
  add('$%.2f so far', session.costSoFar)
  local idle = session.engine ~= 'local' and idle_time(session, buffer)
  if idle then
    table.insert(parts, 'idle for ' .. idle)
  end
  if word(session.message) then
    table.insert(parts, word(session.message))
  end
  return table.concat(parts, ', ') .. receipt
end

return M
