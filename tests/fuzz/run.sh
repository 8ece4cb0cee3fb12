#!/usr/bin/env bash
# Tries each target (targets/*.rs) for a while, beginning with the fixtures and with what earlier runs have found worth
# trying (corpus/, not in git).
#
#   tests/fuzz/run.sh SECONDS [TARGET...]
#
# A longer run: `tests/fuzz/run.sh 3600 check`. What made a target fail is left in artifacts/TARGET/; try it again with
# `RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none TARGET FILE`. Ends with 77 where cargo-fuzz
# cannot be installed.
set -euo pipefail
cd "$(dirname "$0")"

readonly SECONDS_EACH=${1:?"run.sh SECONDS [TARGET...]"}
readonly FIXTURES=../../fixtures
shift
# The compiler's flags for coverage are no part of stable Rust.
export RUSTC_BOOTSTRAP=1

main() {
    if ! command -v cargo-fuzz >/dev/null && ! cargo install --quiet --locked cargo-fuzz; then
        echo "cargo-fuzz cannot be installed" >&2
        exit 77
    fi
    local targets=("$@") target seeds
    if [[ ${#targets[@]} -eq 0 ]]; then
        mapfile -t targets < <(cd targets && printf '%s\n' *.rs | sed 's/\.rs$//')
    fi
    cargo fuzz build --fuzz-dir . --sanitizer none
    for target in "${targets[@]}"; do
        echo "-- $target"
        mkdir -p "corpus/$target"
        mapfile -t seeds < <(seeds "$target")
        cargo fuzz run --fuzz-dir . --sanitizer none "$target" "corpus/$target" "${seeds[@]}" -- \
            -max_total_time="$SECONDS_EACH" -timeout=25 -rss_limit_mb=4096 -max_len=4096 -verbosity=0 -print_final_stats=1
    done
}

# The folders that a target begins with, a line each.
seeds() {
    case $1 in
        config) echo seeds/config ;;
        baseline) echo seeds/baseline ;;
        suppressions) echo seeds/suppressions ;;
        cache) echo seeds/cache ;;
        *) printf '%s\n' "$FIXTURES"/{rules,syntax,broken} ;;
    esac
}

main "$@"
