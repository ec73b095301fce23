#!/bin/bash
# Opens files in Helix on a terminal of tmux's, presses keys and reads the screen.
#   drive.sh WORK      (WORK/ws holds the files, $XDG_CONFIG_HOME/helix the settings)
set -euo pipefail
work=$1 passed=0

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

t -f /dev/null new-session -d -x 130 -y 40 "cd '$work/ws' && exec hx -v --log '$work/hx.log' glue_script.py"
# The status line tells the number of errors, and after ]d (next problem) the line and column where the problem ends.
sees 'glue_script\.py .*● 3 .* 1:1( |$)'
t send-keys ']' d
sees 'glue_script\.py .* 2:15( |$)'
t send-keys ']' d
sees 'glue_script\.py .* 3:25( |$)'

t send-keys ':open glue_notebook.ipynb' Enter
sees 'glue_notebook\.ipynb .*● 2 .* 1:1( |$)'
t send-keys ']' d
sees 'glue_notebook\.ipynb .* 18:18( |$)'
t send-keys ']' d
sees 'glue_notebook\.ipynb .* 28:'

t send-keys ':quit-all!' Enter
echo "helix: $passed passed in $(hx --version)"
