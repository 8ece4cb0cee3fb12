#!/usr/bin/env bash
# Runs `exlint check` with $EXLINT_ARGUMENTS: once into a SARIF report, once in $EXLINT_LOG_FORMAT for the log. Ends with 0 when the
# report is complete, whatever is in it, so that it can be uploaded; the output `exit-code` says the rest.
set -euo pipefail

report=$RUNNER_TEMP/exlint.sarif
read -r -a arguments <<<"$EXLINT_ARGUMENTS"

code=0
exlint check --format sarif --output-file "$report" ${arguments[@]+"${arguments[@]}"} || code=$?
# The arguments or the configuration are wrong: there is no report.
[[ $code != 2 ]] || exit 2
exlint check --format "$EXLINT_LOG_FORMAT" ${arguments[@]+"${arguments[@]}"} || true

{
    echo "exit-code=$code"
    echo "sarif=$report"
} >>"$GITHUB_OUTPUT"
