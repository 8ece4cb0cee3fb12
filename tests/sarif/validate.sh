#!/usr/bin/env bash
# Checks a SARIF file with Microsoft's validator: the rules of the standard and those of GitHub.
# Fails on any error or warning.
#
#   tests/sarif/validate.sh REPORT.sarif
#
# Needs npm and python3. The validator is installed once, into $EXLINT_SARIF_CACHE or the user's
# cache folder.
set -euo pipefail

report=${1:?usage: tests/sarif/validate.sh REPORT.sarif}
version=5.7.0
cache=${EXLINT_SARIF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/exlint/sarif-multitool-$version}
validator=$cache/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool

if [[ ! -f $validator ]]; then
    mkdir -p "$cache"
    npm install --prefix "$cache" --ignore-scripts --no-audit --no-fund --silent \
        "@microsoft/sarif-multitool@$version"
fi
[[ -x $validator ]] || chmod u+x "$validator"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The exit code is 0 whatever is found, so the findings are counted below.
if ! "$validator" validate "$report" --rule-kind "Sarif;Ghas" --level "Error;Warning" --kind Fail \
    --output "$scratch/found.sarif" --log ForceOverwrite >"$scratch/log" 2>&1; then
    cat "$scratch/log" >&2
    exit 2
fi

python3 - "$scratch/found.sarif" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8-sig") as file:
    run = json.load(file)["runs"][0]
rules = {rule["id"]: rule for rule in run["tool"]["driver"].get("rules", [])}
results = run.get("results", [])
for result in results:
    message = result["message"]
    text = message.get("text")
    if text is None:
        rule = rules[result["ruleId"].split("/")[0]]
        text = rule["messageStrings"][message["id"]]["text"].format(*message.get("arguments", []))
    print(result["ruleId"], result.get("level", "warning"), text)
print(f"{len(results)} errors and warnings")
sys.exit(1 if results else 0)
PYTHON
