#!/bin/sh
# Installs clv_xl for the current user of a Mac: Python through uv, the package, and the add-in in Excel.
# Needs no administrator and no Python. Running it again updates what is there.
# Another source (a folder, a wheel or the name of the package) may be given as the first argument.
# To take everything out again: clv-xl uninstall, and then: uv tool uninstall clv-xl
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=${1:-$(dirname "$here")}
# the project that this script stands in is installed with the very packages that it was tested with
lock=
[ $# -gt 0 ] || lock=$here/requirements.lock

stop() {
    printf 'Error: %s\n' "$1" >&2
    exit 1
}

if pgrep -xq 'Microsoft Excel' 2>/dev/null; then
    stop 'Excel is running. Save your work, quit Excel (Cmd-Q), and start this script again.'
fi

PATH="$HOME/.local/bin:$PATH"
if ! command -v uv >/dev/null 2>&1; then
    echo 'Installing uv, which brings Python for this user ...'
    curl -LsSf https://astral.sh/uv/install.sh | sh || true
    command -v uv >/dev/null 2>&1 ||
        stop 'uv was not installed; the reason stands above. A proxy may be in the way. See https://docs.astral.sh/uv/getting-started/installation/'
fi

printf 'Installing clv_xl from %s ...\n' "$source"
uv tool install --python '>=3.11' --reinstall ${lock:+--constraints "$lock"} "$source" ||
    stop 'The package could not be installed; uv says why above.'
if [ -n "$lock" ]; then
    echo 'Holding each package against its hash ...'
    if ! uv pip install --quiet --python "$(uv tool dir)/clv-xl" --require-hashes --reinstall --requirements "$lock"; then
        uv tool uninstall clv-xl || true
        stop 'A package is not the one that clv_xl was tested with; uv says which above. Nothing was installed.'
    fi
fi
uv tool update-shell || true

program=$(uv tool dir --bin)/clv-xl
"$program" install || stop 'The add-in could not be installed; the reason stands above.'
"$program" doctor || {
    code=$?
    echo 'Installed, but something is not as it should be; each line above says what to do.' >&2
    exit "$code"
}
echo 'Done. Start Excel now: the tab "Customer value" is there. Later, "clv-xl doctor" works in a new Terminal window.'
