#!/bin/bash
# Opens files in Helix on a terminal of tmux's, presses keys and reads the screen.
#   drive.sh WORK      (WORK/ws holds the files, WORK/home the settings; $PROGRAM is the server's program itself)
set -euo pipefail
work=$1 passed=0
cd "$work/ws"

t() { tmux -S "$work/tmux" "$@"; }
trap 't kill-server 2>/dev/null || true' EXIT

# Waits until a line of the screen matches, for a terminal tells nobody when it has changed.
sees() { # REGEX
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    if t capture-pane -p | grep -Eq -- "$1"; then
      passed=$((passed + 1))
      return 0
    fi
    sleep 0.1
  done
  echo "helix: after 20 s the screen does not show: $1" >&2
  t capture-pane -p | grep -v '^~* *$' >&2 || true
  echo "the end of Helix's log:" >&2
  tail -n 20 "$work/hx.log" >&2 || true
  exit 1
}

# Waits for what a cell has put out. Helix asks for hints when the text or the view changes, so they are taken away and asked for again.
sees_hint() { # REGEX
  local asked tries
  for ((asked = 0; asked < 15; asked++)); do
    t send-keys ':set-option lsp.display-inlay-hints false' Enter ':set-option lsp.display-inlay-hints true' Enter
    for ((tries = 0; tries < 15; tries++)); do
      if t capture-pane -p | grep -Eq -- "$1"; then
        passed=$((passed + 1))
        return 0
      fi
      sleep 0.1
    done
  done
  sees "$1"
}

# Tells glue-ls where the cursor is, by asking for a hover. There is none in the lines where this is done, so only Helix's log shows
# that it has asked.
here() {
  local asked tries
  asked=$(hovers)
  t send-keys ' ' k
  for ((tries = 0; tries < 200; tries++)); do
    (($(hovers) > asked)) && return 0
    sleep 0.1
  done
  echo "helix: after 20 s Helix has not asked for a hover" >&2
  exit 1
}
hovers() { grep -c 'glue-ls -> .*"method":"textDocument/hover"' "$work/hx.log" || true; }

# Does the code action whose title begins so. The one that Enter would do stands on white.
action() { # REGEX
  local pressed tries
  t send-keys ' ' a
  sees "$1"
  for ((pressed = 0; pressed < 30; pressed++)); do
    for ((tries = 0; tries < 5; tries++)); do
      if t capture-pane -e -p | grep -Eq -- "48;2;255;255;255m $1"; then
        t send-keys Enter
        return 0
      fi
      sleep 0.1
    done
    t send-keys C-n
  done
  echo "helix: the code action cannot be chosen: $1" >&2
  exit 1
}

t -f /dev/null new-session -d -x 130 -y 40 "cd '$work/ws' && exec hx -v --log '$work/hx.log' glue_script.py"
# The status line tells the number of errors, and after ]d (next problem) the line and column where the problem ends.
sees 'glue_script\.py .*● 3 .* 1:1( |$)'
t send-keys ']' d
sees 'glue_script\.py .* 2:15( |$)'
t send-keys ']' d
sees 'glue_script\.py .* 3:25( |$)'

# What can be done about a mistake, and the magics of all documents.
t send-keys ':goto 2' Enter 5 l ' ' a
# The menu itself: in the text below it, Ctrl-C would comment the line.
sees 'Run the cells above'
t send-keys C-c ' ' S
t send-keys 'glue_ver'
sees 'glue_versoin 4\.0.*glue_script'
t send-keys C-c

t send-keys ':open glue_notebook.ipynb' Enter
sees 'glue_notebook\.ipynb .*● 2 .* 1:1( |$)'
t send-keys ']' d
sees 'glue_notebook\.ipynb .* 18:18( |$)'
t send-keys ']' d
# A hint: the number of workers is refused further down.
sees 'glue_notebook\.ipynb .* 19:'
t send-keys ']' d
sees 'glue_notebook\.ipynb .* 28:'

# A cell in a file of its own has its magics in colour, where the parser could be built: an argument is silver, as strings are.
if [[ -e cell.glue ]]; then
  t send-keys ':open cell.glue' Enter
  sees 'cell\.glue .* 1:1( |$)'
  for ((tries = 0; tries < 200; tries++)); do
    t capture-pane -e -p | grep -Eq '38;2;204;204;204m5\.0' && break
    sleep 0.1
  done
  ((tries < 200)) || { echo "helix: a magic is not coloured" >&2; grep -i 'parser' "$work/hx.log" >&2 || true; exit 1; }
  passed=$((passed + 1))
fi

# The notebook opens as a script; what is changed there goes into the notebook when the script is written.
if grep -aq 'glue-ls\.openAsScript' "$PROGRAM"; then
  t send-keys ':open glue_notebook.ipynb' Enter
  sees 'glue_notebook\.ipynb .* [0-9]+:[0-9]+( |$)'
  here
  t send-keys ':lsp-workspace-command glue-ls.openAsScript' Enter
  sees 'scripts/.*/glue_notebook\.py .*1 sel'
  t send-keys '%' s 'five' Enter
  t send-keys c 5
  sees '%number_of_workers 5'
  t send-keys Escape
  # What is typed at once behind Escape would be Alt with it.
  sees '^ NOR '
  t send-keys ':write' Enter
  for ((tries = 0; tries < 200; tries++)); do
    grep -q '%number_of_workers 5' glue_notebook.ipynb && break
    sleep 0.1
  done
  ((tries < 200)) || { echo "helix: after 20 s the notebook is not what the script says" >&2; exit 1; }
  grep -q '"id": "a2"' glue_notebook.ipynb || { echo "helix: a cell has lost its id" >&2; exit 1; }
  passed=$((passed + 1))
else
  echo "helix: SKIPPED a notebook as a script: this server cannot do it"
fi

# Nothing runs in a folder that is not trusted, and Helix says so.
t send-keys ':open untrusted.py:3' Enter
sees 'untrusted\.py .* 3:1( |$)'
here
t send-keys ' ' m
sees 'not allowed in'

# What the page says of the first cell: it is trusted, and run by a code action. What it shows stands in the last line.
t send-keys ':open trusted/first.glue.py:3' Enter
sees 'first\.glue\.py .* 3:1( |$)'
here
t send-keys ':lsp-workspace-command glue-ls.trustFolder' Enter
sees 'may be run from now on'
action 'Run the cell'
sees 'Cell 0: Hello 42'

# The cell of the last request runs; its result stands behind it, and in a file, which opens.
t send-keys ':open trusted/cells.py:3' Enter
sees 'cells\.py .* 3:1( |$)'
here
t send-keys ' ' m
sees 'Cell 0: Grüße 42'
sees_hint 'print\(greeting, 6 \* 7\).*Grüße 42'
here
t send-keys ' ' o
sees 'glue-output-[0-9a-f]*\.txt .* 1:1( |$)'
sees '^ *2 +Grüße 42'
t send-keys g a
sees 'cells\.py .* 3:1( |$)'

# Another one, in the same session: its error is a problem on the line that raised it.
t send-keys 8 g g
sees 'cells\.py .* 8:1( |$)'
here
t send-keys ' ' m
sees 'cells\.py .*● 1 .* 8:1( |$)'
t send-keys g g ']' d
sees 'cells\.py .* 9:'
sees 'ZeroDivisionError'

# An endless loop ends when it is cancelled, and the session goes on.
t send-keys 1 2 g g
sees 'cells\.py .* 12:1( |$)'
here
t send-keys ' ' m
sees '[Rr]unning'
t send-keys ':lsp-workspace-command glue-ls.cancel' Enter
sees_hint ' pass .*[Cc]ancelled'
t send-keys 1 7 g g
sees 'cells\.py .* 17:1( |$)'
here
t send-keys ' ' m
sees_hint 'print\(greeting, "again"\).*Grüße again'

# A choice that Helix cannot show stands among the code actions: settings that were not run, and what a document is told of its session.
t send-keys ':open trusted/choice.py:9' Enter
sees 'choice\.py .* 9:1( |$)'
here
t send-keys ' ' m
sees 'the ways on are among the code actions'
action 'Run the settings cells first'
sees 'Cell 1: settings came first'
t send-keys ':lsp-workspace-command glue-ls.sessionStatus' Enter
sees 'session [0-9a-f-]*: READY'
t send-keys ':lsp-workspace-command glue-ls.attachSession' Enter
sees 'no other session is ready'
t send-keys 5 g g
sees 'choice\.py .* 5:1( |$)'
here
t send-keys ':lsp-workspace-command glue-ls.runSelection' Enter
sees 'Cell 1: ✓'
t send-keys ':lsp-workspace-command glue-ls.stopSession' Enter
sees 'session [0-9a-f-]*: STOPPED'

# Names of an account, which ../account serves: they are asked for in the background, and what comes of it shows by itself.
if [[ -n ${GLUE_LS_ACCOUNT:-} ]]; then
  t send-keys ':open trusted/account_script.py' Enter
  sees 'account_script\.py .*● 2 .* 1:1( |$)'
  t send-keys ']' d
  sees 'finds no connection'
  t send-keys ' ' a
  sees 'Write `warehouse`'
  # One key alone: Helix may send the changes of several that come at once in another order.
  t send-keys C-c g e
  sees ' 7:'
  t send-keys A ' '
  sees 'shop-network'
  for ((tries = 0; tries < 100; tries++)); do
    t send-keys Escape
    sleep 0.1
    ! t capture-pane -p | grep -q '^ INS ' || continue
    break
  done

  # What the document names is used once the user has allowed it.
  t send-keys ':open trusted/staging_script.py:2' Enter
  sees 'staging_script\.py .* 2:1( |$)'
  t send-keys ' ' a
  sees 'Load names as profile staging'
  t send-keys C-c
  here
  t send-keys ':lsp-workspace-command glue-ls.loadNames' Enter
  sees 'staging_script\.py .*● 1 .* 2:1( |$)'
  t send-keys ':lsp-workspace-command glue-ls.doctor' Enter
  sees 'glue-doctor-[0-9a-f]*\.txt .* 1:1( |$)'
  grep -qs '^ok  *Credentials: ' "$work"/cache/glue-ls/outputs/glue-doctor-*.txt || { echo "helix: the doctor's report is not there" >&2; exit 1; }
  passed=$((passed + 1))
fi

t send-keys ':quit-all!' Enter
echo "helix: $passed passed in $(hx --version)"
