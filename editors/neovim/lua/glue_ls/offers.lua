-- What the server says can be done next, as to run cells again that a lost session had run. It is told in a line, and |:GlueNext|
-- offers it: a question that nobody has asked for would stop whoever is typing.

local output = require('glue_ls.output')
local places = require('glue_ls.places')
local run = require('glue_ls.run')
local server = require('glue_ls.server')

local M = {}

local function let_go(bufnr, buffer)
  local offer = buffer.offer
  buffer.offer = nil
  if offer and offer.anchors then
    places.free(bufnr, offer.anchors)
  end
end

local function titles(actions)
  return table.concat(vim.tbl_map(function(action)
    return output.clean(tostring(server.member(action.title) or '?'))
  end, actions), ', ')
end

--- Takes what a notification offers. The server repeats an offer for as long as it holds; it is told once. A session's state
-- without one says that its last one holds no more.
function M.take(bufnr, buffer, params, of_session)
  local actions = server.member(params.actions)
  if type(actions) ~= 'table' or #actions == 0 then
    if of_session and buffer.offer and buffer.offer.of_session then
      let_go(bufnr, buffer)
    end
    return
  end
  local why = server.word(params.message) or 'cells ran in a session that is gone'
  local text = why .. '; :GlueNext offers: ' .. titles(actions)
  if buffer.offer and buffer.offer.text == text then
    return
  end
  let_go(bufnr, buffer)
  local offer = { text = text, actions = actions, of_session = of_session }
  buffer.offer = offer
  server.tell(text, vim.log.levels.WARN)
  -- It names cells by the ordinals that they have now. After an edit in the next moment nobody knows which those were.
  local client = server.client_of(bufnr)
  local version = vim.api.nvim_buf_get_changedtick(bufnr)
  if client then
    places.with_cells(client, bufnr, function(cells)
      if buffer.offer == offer and vim.api.nvim_buf_get_changedtick(bufnr) == version then
        offer.anchors = places.anchor_all(bufnr, cells)
      end
    end, function() end)
  end
end

--- Lets the user choose among what was offered last.
function M.next(bufnr)
  local buffer = server.buffers[bufnr]
  local offer = buffer and buffer.offer
  if not offer then
    return server.tell('nothing is offered')
  end
  vim.ui.select(offer.actions, {
    prompt = 'Next:',
    kind = 'glue_ls.next',
    format_item = function(action)
      return output.clean(tostring(server.member(action.title) or '?'))
    end,
  }, function(action)
    if not action then
      return
    end
    local argument = server.member(action.arguments) and action.arguments[1] or {}
    run.send(bufnr, action.command, function(cells)
      local forward = places.brought_forward(bufnr, argument, offer.anchors or {}, cells)
      if not forward then
        return server.tell('the cells are not there any more', vim.log.levels.WARN)
      end
      if buffer.offer == offer then
        let_go(bufnr, buffer)
      end
      return forward
    end)
  end)
end

return M
