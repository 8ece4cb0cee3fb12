#!/usr/bin/env bash
# Compares exlint's syntax tree with Elixir's own over the fixtures, and the golden copies with what Elixir prints.
#
#   tests/parity/run.sh EXLINT
#
# Installs Elixir with apt-get where it is missing and that is possible, and ends with 77 where it is not.
set -euo pipefail

exlint=${1:?usage: tests/parity/run.sh EXLINT}
here=$(cd "$(dirname "$0")" && pwd)
fixtures=$(cd "$here/../../fixtures" && pwd)
# The version that the golden copies are made with: others add metadata of their own.
readonly GOLDEN=1.14

if ! command -v elixir >/dev/null; then
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null ||
        ! { apt-get update && apt-get install --yes --no-install-recommends elixir; } >/dev/null; then
        echo "skipped: Elixir is not installed and apt-get cannot install it" >&2
        exit 77
    fi
fi

# One of these is the fixture of `syntax-error`.
elixir "$here/compare.exs" "$exlint" "$fixtures/rules" "$fixtures/projects"

version=$(elixir -e 'IO.puts(System.version())')
if [[ $version != "$GOLDEN".* ]]; then
    echo "golden copies not compared: they are made with Elixir $GOLDEN, this is $version"
    exit 0
fi
changed=0
for source in "$fixtures"/syntax/*.exs; do
    diff --brief <(elixir "$here/quoted.exs" "$source") "${source%.exs}.quoted" || changed=1
done
exit "$changed"
