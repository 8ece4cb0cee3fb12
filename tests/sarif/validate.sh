#!/usr/bin/env bash
# Checks SARIF files with the standard's schema and with Microsoft's validator: the rules of the standard and those of
# GitHub. Fails on any error or warning.
#
#   tests/sarif/validate.sh REPORT.sarif...
#
# Needs npm and python3; ends with 77 when the validators cannot be installed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[[ $# -gt 0 ]] || { echo "usage: tests/sarif/validate.sh REPORT.sarif..." >&2 && exit 2; }

node=$("$here/../tools/install.sh" node)
python=$("$here/../tools/install.sh" python)
multitool=$node/node_modules/@microsoft/sarif-multitool-linux

"$python/bin/check-jsonschema" --schemafile "$multitool/sarif-2.1.0.json" "$@"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for report in "$@"; do
    # The exit code is 0 whatever is found, so the findings are counted below.
    if ! "$multitool/Sarif.Multitool" validate "$report" --rule-kind "Sarif;Ghas" --level "Error;Warning" \
        --kind Fail --output "$scratch/found.sarif" --log ForceOverwrite >"$scratch/log" 2>&1; then
        cat "$scratch/log" >&2
        exit 2
    fi
    echo "$report:"
    "$python/bin/python" "$here/found.py" "$scratch/found.sarif"
done
