#!/usr/bin/env bash
# Runs `exlint check` with $EXLINT_ARGUMENTS: into a SARIF report, and in $EXLINT_LOG_FORMAT for the log. Ends with 0 when the
# report is complete, whatever is in it, so that it can be uploaded; the output `exit-code` says the rest.
set -euo pipefail

report=$RUNNER_TEMP/exlint.sarif
read -r -a arguments <<<"$EXLINT_ARGUMENTS"

code=0
exlint check --output "sarif=$report" --output "$EXLINT_LOG_FORMAT" ${arguments[@]+"${arguments[@]}"} || code=$?
# The arguments or the configuration are wrong: there is no report.
[[ $code != 2 ]] || exit 2

{
    echo "exit-code=$code"
    echo "sarif=$report"
} >>"$GITHUB_OUTPUT"
