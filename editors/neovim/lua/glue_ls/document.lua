-- Tells Glue documents from the Python and JSON files around them, so that the server starts only where it has something to say.
--
-- This decides about attaching, no more: what exactly is a Glue document, the server decides. A doubtful buffer may pass.

local M = {}

-- Magics whose names say Glue. Those that other products have too (%status, %%sql, %%configure, ...) prove nothing.
local magics = {}
for name in
  ([[
  additional_python_modules assume_role connections endpoint etl extra_jars extra_py_files glue_ray glue_version iam_role
  idle_timeout list_sessions min_workers number_of_workers object_memory_head object_memory_worker profile reconnect region
  security_config session_id session_id_prefix session_type spark_conf stop_session streaming tags timeout worker_type
]]):gmatch('%S+')
do
  magics[name] = true
end

--- Whether `b` is `a` with one letter added, left out or replaced, or two neighbours swapped.
local function one_slip_away(a, b)
  while a ~= '' and a:sub(1, 1) == b:sub(1, 1) do
    a, b = a:sub(2), b:sub(2)
  end
  while a ~= '' and a:sub(-1) == b:sub(-1) do
    a, b = a:sub(1, -2), b:sub(1, -2)
  end
  return (#a <= 1 and #b <= 1) or (#a == 2 and a:reverse() == b)
end

--- Whether `name` is a Glue magic. A slip in a long name still counts: it is just what the server is there to find.
local function is_magic(name)
  name = name and name:lower()
  if not name or magics[name] then
    return name ~= nil
  end
  for known in pairs(magics) do
    if #known >= 8 and one_slip_away(known, name) then
      return true
    end
  end
  return false
end

--- Python: an import of `awsglue`, or a magic, bare or commented as jupytext does it.
local function script_is_glue(lines)
  for _, line in ipairs(lines) do
    if
      line:find('^%s*from%s+awsglue%f[^%w_]')
      or line:find('^%s*import%s+awsglue%f[^%w_]')
      or is_magic(line:match('^#?%s*%%%%?([%w_]+)'))
    then
      return true
    end
  end
  return false
end

local notebook_keys = { cells = true, metadata = true, nbformat = true, nbformat_minor = true, worksheets = true }

--- JSON: a notebook with a Glue kernel, a Glue magic at the start of a source line, or an import of `awsglue`.
-- The text is searched, not decoded, because a notebook that is broken for the moment is still one.
local function notebook_is_glue(lines)
  -- Other JSON, however long, is refused by its first key.
  local start = table.concat(lines, '\n', 1, math.min(#lines, 20))
  if not notebook_keys[start:match('^%s*{%s*"([^"]*)"')] then
    return false
  end
  for _, line in ipairs(lines) do
    if
      line:find('"glue_pyspark"', 1, true)
      or line:find('"glue_spark"', 1, true)
      or line:find('"glue_python_kernel"', 1, true)
      or line:find('"glue_scala_kernel"', 1, true)
      or line:find('sm_glue_is-glue_', 1, true)
      or line:find('"Python_Glue_Session"', 1, true)
      or line:find('from awsglue', 1, true)
      or line:find('import awsglue', 1, true)
    then
      return true
    end
    -- A source line begins after the quote of its string, or after a line break inside it.
    for _, pattern in ipairs({ '"%%%%?([%w_]+)', '\\n%%%%?([%w_]+)' }) do
      for name in line:gmatch(pattern) do
        if is_magic(name) then
          return true
        end
      end
    end
  end
  return false
end

--- Why a buffer holds no Glue script, no Glue notebook and no settings of a project; nothing where it does hold one.
function M.why_not(bufnr)
  local kind, name, filetype = vim.bo[bufnr].buftype, vim.api.nvim_buf_get_name(bufnr), vim.bo[bufnr].filetype
  if (kind ~= '' and kind ~= 'acwrite') or name == '' then
    return 'it is no file'
  end
  if filetype == 'toml' then
    return vim.fs.basename(name) ~= 'glue-ls.toml' and 'it is not called glue-ls.toml' or nil
  end
  local lines = vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
  -- Plugins show a notebook as a script under its own name, so what the buffer holds counts, not what it is called.
  if filetype == 'python' then
    local is_glue = script_is_glue(lines) or require('glue_ls.script').is_one(name)
    return not is_glue and 'it neither imports awsglue nor has a Glue magic' or nil
  end
  return not notebook_is_glue(lines) and 'it is no notebook with a Glue kernel or a Glue magic' or nil
end

--- Whether the buffer holds a Glue script, a Glue notebook or the project's settings.
function M.is_glue(bufnr)
  return M.why_not(bufnr) == nil
end

return M
