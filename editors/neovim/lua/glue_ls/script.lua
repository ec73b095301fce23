-- A notebook as a percent script: |:GlueScript| opens it in the notebook's place, writing it writes the notebook, |:GlueNotebook|
-- goes back. The server makes the script and writes its cells into the notebook; here both are opened, and read again.

local server = require('glue_ls.server')

local M = {}

local api = vim.api
local tell, member = server.tell, server.member

--- By the path of a script: { notebook = PATH, root = the notebook's folder of the project }.
local scripts = {}
--- Windows that wait for a script, by the id of the client.
local waiting = {}

local group = api.nvim_create_augroup('glue_ls.script', {})

local function real(path)
  return vim.uv.fs_realpath(path) or vim.fs.normalize(path)
end

--- Whether a path is that of a script that the server has made of a notebook, now or in another Neovim.
function M.is_one(path)
  return path:gsub('\\', '/'):find('/glue%-ls/scripts/[^/]+/[^/]+%.py$') ~= nil
end

--- Opens a file in a window, without touching what stands there unsaved.
local function edit(window, path)
  return pcall(api.nvim_win_call, window, function()
    local bufnr = vim.fn.bufadd(path)
    vim.bo[bufnr].buflisted = true
    vim.cmd.buffer(bufnr)
    vim.cmd.checktime(bufnr)
  end)
end

--- Has buffers with the notebook read again if its file is another one than before.
local function look_at(path)
  for _, bufnr in ipairs(api.nvim_list_bufs()) do
    if api.nvim_buf_is_loaded(bufnr) and real(api.nvim_buf_get_name(bufnr)) == path then
      vim.cmd.checktime(bufnr)
    end
  end
end

--- Has the notebook's buffer read again when the server has written the file.
local function follow(path)
  local folder, name = vim.fs.dirname(path), vim.fs.basename(path)
  local watch = vim.uv.new_fs_event()
  -- The folder, not the file: the server puts a new file in its place.
  local ok = watch and watch:start(folder, {}, vim.schedule_wrap(function(_, changed)
    if changed == nil or changed == name then
      look_at(path)
    end
  end))
  return ok == 0 and watch or nil
end

--- Notes which notebook a script belongs to.
local function link(path, notebook, root)
  if scripts[path] and scripts[path].notebook == notebook then
    return
  end
  scripts[path] = { notebook = notebook, root = root, watch = follow(notebook) }
end

--- The notebook that the server has on record for a script, beside it.
local function on_record(path)
  local file = io.open(vim.fs.dirname(path) .. '/notebook.json')
  local ok, record = pcall(vim.json.decode, file and file:read(65536) or '')
  if file then
    file:close()
  end
  return ok and type(record) == 'table' and type(record.notebook) == 'string' and record.notebook or nil
end

--- What is known about a buffer that holds the script of a notebook: its `notebook`, and the `root` of the project of that.
function M.of(bufnr)
  local path = real(api.nvim_buf_get_name(bufnr))
  if not scripts[path] and M.is_one(path) then
    -- It was made by an earlier Neovim.
    local notebook = on_record(path)
    if notebook then
      link(path, real(notebook), nil)
    end
  end
  return scripts[path]
end

--- Opens a script that the server shows while |:GlueScript| waits for it. Returns whether it did.
function M.shows(uri, client_id)
  local wait = waiting[client_id]
  local path = type(uri) == 'string' and vim.startswith(uri, 'file:') and vim.uri_to_fname(uri)
  if not wait or not path or not M.is_one(path) or not api.nvim_win_is_valid(wait.window) then
    return false
  end
  link(real(path), wait.notebook, wait.root)
  return edit(wait.window, path)
end

--- Opens the notebook of a buffer as a script, in this window.
function M.open(bufnr)
  if vim.bo[bufnr].filetype == 'python' then
    return tell('this is a script already', vim.log.levels.WARN)
  elseif vim.bo[bufnr].modified then
    return tell('the notebook has changes that are not written; :write them first', vim.log.levels.WARN)
  end
  local client = server.client_of(bufnr)
  if not client then
    return tell('is not attached here', vim.log.levels.WARN)
  end
  local wait = {
    window = api.nvim_get_current_win(),
    notebook = real(api.nvim_buf_get_name(bufnr)),
    root = client.config.root_dir,
  }
  waiting[client.id] = wait
  local function done()
    waiting[client.id] = nil
  end
  server.ask(bufnr, 'glue-ls.openAsScript', server.document(bufnr), function(answer)
    done()
    local uri = type(answer) == 'table' and member(answer.uri)
    if type(uri) ~= 'string' then
      local why = type(answer) == 'table' and server.word(answer.message)
      return tell(why or 'the notebook cannot be opened as a script', vim.log.levels.WARN)
    end
    local path = vim.uri_to_fname(uri)
    link(real(path), wait.notebook, wait.root)
    local shown = api.nvim_win_is_valid(wait.window) and api.nvim_win_get_buf(wait.window)
    if shown == bufnr then
      local ok, err = edit(wait.window, path)
      if not ok then
        tell(tostring(err):gsub('^.-(E%d+)', '%1'), vim.log.levels.ERROR)
      end
    elseif not shown or real(api.nvim_buf_get_name(shown)) ~= real(path) then
      -- The user has gone on to something else.
      tell('the script is ' .. path)
    end
  end, done)
end

--- Goes back from a script to its notebook, in this window.
function M.back(bufnr)
  if not M.is_one(api.nvim_buf_get_name(bufnr)) then
    return tell('this is not the script of a notebook', vim.log.levels.WARN)
  end
  if vim.bo[bufnr].modified then
    tell('the script has changes that are not in the notebook; :write it to put them there', vim.log.levels.WARN)
  end
  local one = M.of(bufnr)
  if not one then
    return tell('its notebook is not known any more', vim.log.levels.WARN)
  end
  local ok, err = edit(api.nvim_get_current_win(), one.notebook)
  if not ok then
    tell(tostring(err):gsub('^.-(E%d+)', '%1'), vim.log.levels.ERROR)
  end
end

--- The server's command, so that its code action opens the script like |:GlueScript|.
M.commands = {
  ['glue-ls.openAsScript'] = function(_, context)
    M.open(context.bufnr)
  end,
}

-- Where the system tells nothing about files, the notebook is looked at when it is gone to, and before it is written again: the
-- server writes no notebook that is shown otherwise than it is.
api.nvim_create_autocmd({ 'BufEnter', 'BufWritePre' }, {
  group = group,
  callback = function(event)
    if vim.bo[event.buf].buftype ~= '' or event.match == '' then
      return
    end
    local path = next(scripts) and real(event.match)
    if event.event == 'BufWritePre' then
      return scripts[path] and look_at(scripts[path].notebook)
    end
    for _, one in pairs(scripts) do
      if one.notebook == path then
        return vim.schedule(function()
          look_at(path)
        end)
      end
    end
  end,
})

return M
