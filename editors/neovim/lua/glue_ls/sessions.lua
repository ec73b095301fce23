-- The session of a buffer, and the sessions of the account.

local output = require('glue_ls.output')
local run = require('glue_ls.run')
local server = require('glue_ls.server')
local status = require('glue_ls.status')

local M = {}

local tell, member, word = server.tell, server.member, server.word

--- Says how the session of a buffer is.
function M.show_status(bufnr)
  server.ask(bufnr, 'glue-ls.sessionStatus', server.document(bufnr), function(session)
    tell(status.describe(session, bufnr))
    local survivors = session and member(session.survivors) or {}
    if #survivors > 0 then
      local ids = vim.tbl_map(function(one)
        return word(type(one) == 'table' and (one.sessionId or one.id) or one) or '?'
      end, survivors)
      tell(('%d sessions of before may still be alive: %s'):format(#ids, table.concat(ids, ', ')), vim.log.levels.WARN)
    end
  end)
end

--- A session of a list in a line.
local function describe_listed(one)
  local parts = { word(one.sessionId) or '?', word(one.status) or '?' }
  local age, cost = tonumber(member(one.ageSeconds)), tonumber(member(one.cost))
  if word(one.workers) then
    table.insert(parts, word(one.workers))
  end
  if age then
    table.insert(parts, ('%d h %d min'):format(age / 3600, age / 60 % 60))
  end
  if cost then
    table.insert(parts, ('%s$%.2f'):format(one.estimate == true and 'about ' or '', cost))
  end
  if word(one.document) then
    table.insert(parts, word(one.document))
  end
  return output.clean(table.concat(parts, ', '))
end

--- Lists the sessions of the account, and lets one be attached to, stopped or its id be copied.
function M.choose(bufnr)
  server.ask(bufnr, 'glue-ls.listSessions', server.document(bufnr), function(list)
    local found = list and member(list.sessions) or {}
    if #found == 0 then
      return tell('there are no sessions')
    end
    vim.ui.select(found, { prompt = 'Sessions:', kind = 'glue_ls.sessions', format_item = describe_listed }, function(one)
      if not one then
        return
      end
      local ways = vim.list_extend({}, member(one.actions) or {})
      table.insert(ways, { title = 'Copy its id' })
      local function title(way)
        return output.clean(word(way.title) or '?')
      end
      vim.ui.select(ways, { prompt = describe_listed(one), kind = 'glue_ls.session', format_item = title }, function(way)
        local argument = way and member(way.arguments) and way.arguments[1]
        if way and not argument then
          vim.fn.setreg('"', one.sessionId)
          tell('the id is in the register ""')
        elseif argument and way.command == 'glue-ls.attachSession' then
          run.send(bufnr, way.command, function()
            return argument
          end)
        elseif argument then
          server.ask(bufnr, way.command, argument, function(session)
            tell(status.describe(session))
          end)
        end
      end)
    end)
  end)
end

--- Opens a page about the session in the browser: its Spark dashboard, or its logs.
function M.open_page(bufnr, member_name, lack)
  server.ask(bufnr, 'glue-ls.sessionStatus', server.document(bufnr), function(session)
    local address = session and word(session[member_name])
    if not address then
      return tell(session and word(session.dashboardError) or lack, vim.log.levels.WARN)
    end
    local _, err = vim.ui.open(address)
    if err then
      tell(err, vim.log.levels.ERROR)
    end
  end)
end

return M
