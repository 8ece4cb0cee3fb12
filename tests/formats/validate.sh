#!/usr/bin/env bash
# Writes reports in every format that other programs read, and has each checked by somebody else's validator: a run
# with findings, one without, and the report that the tests of the report crate expect, which has every feature.
#
#   tests/formats/validate.sh EXLINT
#
# Needs npm and python3; ends with 77 when the validators cannot be installed.
set -euo pipefail

exlint=$(realpath "${1:?usage: tests/formats/validate.sh EXLINT}")
here=$(cd "$(dirname "$0")" && pwd)
tests=$here/..
expected=$(cd "$tests/../crates/report/tests/report/expected" && pwd)
fixtures=$(cd "$tests/../fixtures" && pwd)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/clean"
echo 'defmodule Clean, do: nil' >"$scratch/clean/clean.ex"

# reports FORMAT: prints the paths of reports in that format.
reports() {
    report "$1" found "$fixtures"
    report "$1" clean "$scratch/clean"
    echo "$expected/report.$1"
}

# report FORMAT NAME FOLDER
report() {
    local path=$scratch/$2.$1
    (cd "$3" && "$exlint" check --no-config --select all --fail-on never --format "$1" --output-file "$path")
    echo "$path"
}

mapfile -t sarif < <(reports sarif)
"$tests/sarif/validate.sh" "${sarif[@]}"
