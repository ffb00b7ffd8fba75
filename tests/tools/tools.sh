# Fetches the programs that judge our outputs, each once and at a fixed version. Sourced by the scripts beside it.
# A program that cannot be had ends the script: a check that was not made has not been passed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tools=${TF_HEADROOM_TOOLS:-$root/target/tools}
mkdir -p "$tools"

missing() {
  echo "cannot be had: $*" >&2
  exit 1
}

# need_python PACKAGE==VERSION…: into one environment; its programs are in $tools/python/bin.
need_python() {
  command -v python3 >/dev/null || missing "python3"
  [ -x "$tools/python/bin/python" ] || python3 -m venv "$tools/python" || missing "a Python environment (python3-venv)"
  local mark="$tools/python/.$(echo "$*" | tr -c 'a-zA-Z0-9\n' _)"
  [ -e "$mark" ] && return
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check "$@" || missing "$* from the Python package index"
  touch "$mark"
}

# need_node PACKAGE@VERSION…: into $tools/node/node_modules.
need_node() {
  command -v npm >/dev/null || missing "npm"
  mkdir -p "$tools/node"
  local mark="$tools/node/.$(echo "$*" | tr -c 'a-zA-Z0-9\n' _)"
  [ -e "$mark" ] && return
  (cd "$tools/node" && { [ -e package.json ] || npm init --yes >/dev/null 2>&1; } && npm install --silent --no-audit --no-fund "$@") >/dev/null 2>&1 ||
    missing "$* from the npm registry"
  touch "$mark"
}

# need_chromium: a browser, as $browser.
need_chromium() {
  browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
  if [ -z "$browser" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu; } >/dev/null 2>&1 ||
      missing "chromium from Debian's packages"
    browser=$(command -v chromium)
  fi
  [ -n "$browser" ] || missing "a Chromium browser"
}

# built: the program, as $program.
built() {
  program=${TF_HEADROOM:-}
  if [ -z "$program" ]; then
    cargo build --quiet --no-default-features --manifest-path "$root/Cargo.toml" || missing "the program itself: it does not build"
    program=${CARGO_TARGET_DIR:-$root/target}/debug/tf-headroom
  fi
}

# expect CODE COMMAND…: runs it and holds its exit code to what is due.
expect() {
  local due=$1 code=0
  shift
  "$@" || code=$?
  [ "$code" = "$due" ] || { echo "exit $code where $due was due: $*" >&2; exit 1; }
}
