# Editors newer than the machine's own, from Debian itself: a Debian 13 (trixie) root in a cache folder. To be sourced.
#
# Needs root, and debootstrap or apt-get to install it with. The machine's own Debian stays as it is.
# `rm -rf ~/.cache/glue-ls-tests/trixie` takes the root away; nothing stays mounted in it.

trixie_editors=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
trixie_cache=${XDG_CACHE_HOME:-$HOME/.cache}/glue-ls-tests
trixie_root=$trixie_cache/trixie
trixie_packages=(emacs-nox git hx neovim python3 tmux)

# Makes the root unless it is there. Returns 77 with a reason on stderr when this machine cannot have one, 1 when making it failed.
# Runs at the same time wait for the first of them; a root that was cut short is never used.
trixie_make() {
  [[ $(uname -s) == Linux ]] || { echo "a Debian root needs Linux" >&2; return 77; }
  ((EUID == 0)) || { echo "a Debian root needs root" >&2; return 77; }
  unshare --mount true 2>/dev/null || { echo "a Debian root needs the right to mount" >&2; return 77; }
  mkdir -p "$trixie_cache" || return 1
  (
    flock 9
    [[ $(cat "$trixie_root/.packages" 2>/dev/null) == "${trixie_packages[*]}" ]] && exit 0
    log=$trixie_cache/trixie.log new=$trixie_cache/trixie.new
    # One that only lacks a package gets it.
    if [[ -e $trixie_root/.packages ]] && trixie_install "$trixie_root" >"$log" 2>&1; then exit 0; fi
    echo "making a Debian 13 root in $trixie_root (2 to 4 minutes, once)" >&2
    rm -rf "$new" "$trixie_root"
    if trixie_build "$new" >"$log" 2>&1 && mv -T "$new" "$trixie_root"; then exit 0; fi
    echo "the Debian root could not be made; the end of $log:" >&2
    tail -n 5 "$log" >&2
    exit 1
  ) 9>"$trixie_cache/trixie.lock"
}

trixie_build() { # ROOT
  "$trixie_editors/apt" debootstrap || return 1
  debootstrap --variant=minbase trixie "$1" || return 1
  trixie_install "$1"
}

trixie_install() { # ROOT
  trixie_in "$1" env DEBIAN_FRONTEND=noninteractive bash -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' \
    apt-get "${trixie_packages[@]}" || return 1
  rm -f "$1"/var/cache/apt/archives/*.deb
  echo "${trixie_packages[*]}" >"$1/.packages"
}

# Runs a command inside a root. The folders in the array `trixie_share` appear in it under their own paths.
# The mounts live in a namespace of their own and end with the command.
trixie_in() { # ROOT COMMAND…
  local root=$1
  shift
  unshare --mount --propagation private bash -ec '
    root=$1 shares=$2
    shift 2
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    for ((; shares > 0; shares--)); do
      mkdir -p "$root$1"
      mount --bind "$1" "$root$1"
      shift
    done
    exec chroot "$root" env -u TMPDIR -u XDG_CACHE_HOME LANG=C.UTF-8 HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin "$@"
  ' trixie_in "$root" "${#trixie_share[@]}" "${trixie_share[@]}" "$@"
}
trixie_share=()
