#!/usr/bin/env bash
# How exlint does on the Elixir files of a folder, beside what it is measured against, all in one run.
#
#   tests/bench/bars.sh DIR [ROUNDS]
#
# Works on copies in a temporary folder. Each time is the least of ROUNDS (default 5), taken in turns, so that whatever
# else the machine does meets all of them alike. Ends with 1 when a bar is missed. Wants a folder of 10 MB or more, and
# GNU time.
#
# `take` calls functions by name, which ShellCheck does not see:
# shellcheck disable=SC2317
set -euo pipefail
export LC_ALL=C

FOLDER=$(realpath "${1:?which folder?}")
WORK=$(mktemp -d)
readonly FOLDER WORK ROUNDS=${2:-5}
trap 'rm -rf "$WORK"' EXIT
cd "$(dirname "$0")/../.."
readonly EXLINT=$PWD/target/release/exlint PARSE=$PWD/target/release/examples/parse_only
declare -A least=()
missed=0

main() {
    cargo build --release --quiet
    cargo build --release --quiet -p exlint_parser --example parse_only
    prepare
    local round
    for ((round = 0; round < ROUNDS; round++)); do
        measure
    done
    report
    memory
}

# The folder once as a project, a single file beside it.
prepare() {
    copy_to "$WORK/project"
    mkdir "$WORK/small"
    printf 'defmodule Small do\n  def one, do: 1\nend\n' >"$WORK/small/small.ex"
    # Files that were written just before are not yet known by their times.
    sleep 3
}

copy_to() {
    mkdir -p "$1"
    (cd "$FOLDER" && find . -type f \( -name '*.ex' -o -name '*.exs' \) -not -path '*/_build/*' -not -path '*/deps/*' \
        -not -path '*/.*/*' -exec cp --parents -t "$1" {} +)
    [[ -e $1/mix.exs ]] || printf 'defmodule Bars.MixProject do\nend\n' >"$1/mix.exs"
}

measure() {
    take parse parse_time
    take cold cpu "$WORK/project" check --no-cache
    take one_thread wall "$WORK/project" check --no-cache --threads 1
    take two_threads wall "$WORK/project" check --no-cache --threads 2
    "$EXLINT" clean "$WORK/project" >"$WORK/out"
    take filling cpu "$WORK/project" check
    take walk walk_time
    take unchanged wall "$WORK/project" check
    echo "# changed" >>"$WORK/project/mix.exs"
    take changed wall "$WORK/project" check
    take small wall "$WORK/small" check small.ex
}

# take NAME FUNCTION ...: notes the least number of milliseconds that FUNCTION prints.
take() {
    local name=$1 time
    shift
    time=$("$@")
    if [[ -z ${least[$name]:-} ]] || awk "BEGIN { exit !($time < ${least[$name]}) }"; then
        least[$name]=$time
    fi
}

parse_time() { "$PARSE" "$WORK/project" | awk '{ print 1000 * $(NF - 1) }'; }

walk_time() {
    local TIMEFORMAT=%R
    { time find "$WORK/project" \( -name '*.ex' -o -name '*.exs' \) -printf '%s %T@\n' >"$WORK/out"; } 2>&1 |
        awk '{ print 1000 * $1 }'
}

wall() { run_timed %e "$@"; }
cpu() { run_timed '%U %S' "$@"; }

# Milliseconds of a run in a folder.
run_timed() {
    local format=$1 folder=$2
    shift 2
    if [[ $format == %e ]]; then
        local TIMEFORMAT=%R
    else
        local TIMEFORMAT='%U %S'
    fi
    (cd "$folder" && time "$EXLINT" "$@" --format concise --fail-on never >"$WORK/out" 2>&1) 2>&1 |
        awk '{ print 1000 * ($1 + $2) }'
}

report() {
    local bytes
    bytes=$(find "$WORK/project" -name '*.ex*' -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
    awk "BEGIN { printf \"%.1f MB of source, least of $ROUNDS\n\", $bytes / 1e6 }"
    printf '%-48s %12s %12s %8s %8s\n' bar exlint against ratio allowed
    ratio 'cold: processor time, against parsing' cold parse 1.15
    ratio 'warm, nothing changed: against walking' unchanged walk 5
    limit 'warm, nothing changed' unchanged 120
    limit 'warm, one file changed' changed 150
    limit 'start-up on one small file' small 10
    ratio 'two threads, against one' two_threads one_thread 0.6
    ratio 'cold, filling the cache: against not doing so' filling cold 1.1
}

ratio() {
    verdict "$1" "${least[$2]}" "${least[$3]} ms" "$(awk "BEGIN { print ${least[$2]} / ${least[$3]} }")" "$4"
}

limit() { verdict "$1" "${least[$2]}" - "${least[$2]}" "$3"; }

verdict() {
    local mark=
    if awk "BEGIN { exit !($4 > $5) }"; then
        mark='  MISSED' missed=1
    fi
    printf '%-48s %9.1f ms %12s %8.2f %8s%s\n' "$1" "$2" "$3" "$4" "$5" "$mark"
}

# The peak of a cold run over 1, 2, 4 and 8 copies, in MB for 10 MB of source.
memory() {
    local copies copy peak bytes
    for copies in 1 2 4 8; do
        rm -rf "$WORK/copies"
        for ((copy = 0; copy < copies; copy++)); do
            copy_to "$WORK/copies/$copy"
        done
        touch "$WORK/copies/mix.exs"
        peak=$(cd "$WORK/copies" && env time -f %M "$EXLINT" check --format concise --fail-on never 2>&1 >"$WORK/out" |
            tail -n 1)
        bytes=$(find "$WORK/copies" -name '*.ex*' -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
        peak=$(awk "BEGIN { printf \"%.1f\", $peak * 1024 / $bytes * 10 }")
        printf '%-48s %9.1f MB %30s%s\n' "memory for 10 MB, $copies times the input" "$peak" 80 \
            "$(awk "BEGIN { if ($peak > 80) print \"  MISSED\" }")"
        [[ ${peak%.*} -lt 80 ]] || missed=1
    done
}

main
exit "$missed"
