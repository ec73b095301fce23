-- Runs inside a real, headless Neovim that was set up as editors/neovim/README.md says, with the script that it shows:
--   nvim --headless -S readme.lua      (in a fresh home; `run` has made its init.lua and its notebooks/first.py from the page)

local harness = dofile(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)) .. '/harness.lua')
local check, await = harness.check, harness.await

harness.main(function()
  local offered
  vim.ui.select = function(items, options, on_choice)
    offered = vim.tbl_map(options.format_item, items)
    for i, title in ipairs(offered) do
      if title:find('Run the settings cells first', 1, true) then
        return on_choice(items[i], i)
      end
    end
    on_choice(nil)
  end
  local script = harness.open('~/notebooks/first.py')
  local client = harness.attached(script)
  check(client.config.cmd[1] == 'glue-ls', 'the server is %s', vim.inspect(client.config.cmd))
  vim.cmd('normal! G')
  vim.cmd('GlueRun')
  local below
  await(function()
    below = {}
    local shown = vim.api.nvim_create_namespace('glue_ls')
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(script, shown, 0, -1, { details = true })) do
      for _, chunks in ipairs(mark[4].virt_lines or {}) do
        table.insert(below, chunks[2][1])
      end
    end
    return vim.deep_equal(below, { 'glue_version = 5.0', 'Hello from Glue', '42' })
  end, function()
    return ('below the cell stands %s; offered was %s; told was %s'):format(vim.inspect(below), vim.inspect(offered), vim.inspect(harness.told))
  end)
  check(offered ~= nil, 'nobody asked about the settings')

  vim.cmd('silent checkhealth glue_ls')
  local report = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
  check(report:find('first%.py: attached') and not report:find('ERROR') and not report:find('WARN'), 'checkhealth says\n%s', report)
  check(report:find('OK.* Cells run in and below: ' .. vim.pesc(vim.env.HOME) .. '/notebooks'), 'checkhealth says\n%s', report)
  vim.cmd('silent bwipeout!')
  local plugin = vim.fs.dirname(vim.fs.dirname(vim.api.nvim_get_runtime_file('doc/glue-ls.txt', false)[1]))
  vim.cmd.helptags(plugin .. '/doc')
  vim.cmd.help('glue-ls')
  check(vim.fs.basename(vim.api.nvim_buf_get_name(0)) == 'glue-ls.txt', ':help glue-ls opens %s', vim.api.nvim_buf_get_name(0))
  vim.cmd('helpclose')
  vim.cmd.buffer(script)
  vim.cmd('GlueStop')
  await(function()
    return vim.iter(harness.told):any(function(message)
      return message:find('STOPPED') or message:find('no session')
    end)
  end, function()
    return 'told is ' .. vim.inspect(harness.told)
  end)
end)
