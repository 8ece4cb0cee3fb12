#!/usr/bin/env bash
# Holds the crates in Cargo.lock to .ci/deny.toml: licences, duplicates, sources, and what is known against them.
#
#   .ci/deps.sh
#
# Advisories come from RustSec's database on GitHub, or from a clone of it that EXLINT_ADVISORY_DB names. Where neither
# is to be had, the rest is checked all the same, a line says so, and with EXLINT_CI_STRICT=1 that is a failure. Ends
# with 77 where cargo-deny cannot be installed.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly DATABASE=https://github.com/RustSec/advisory-db

main() {
    check licenses bans sources
    if [[ -n ${EXLINT_ADVISORY_DB:-} ]]; then
        git_takes "$(realpath "$EXLINT_ADVISORY_DB")"
        check advisories
    elif GIT_TERMINAL_PROMPT=0 timeout 60 git ls-remote --quiet "$DATABASE" HEAD >/dev/null 2>&1; then
        check advisories
    else
        echo "advisories not checked: $DATABASE cannot be reached, and EXLINT_ADVISORY_DB names no clone of it"
        [[ ${EXLINT_CI_STRICT:-} != 1 ]]
    fi
}

check() { "$DENY" --workspace --locked --config .ci/deny.toml check --hide-inclusion-graph "$@"; }

# The program: the one on the machine, or that of the Python tools, which takes seconds where building it takes minutes.
cargo_deny() {
    command -v cargo-deny && return
    local python
    python=$(tests/tools/install.sh python) || return
    echo "$python/bin/cargo-deny"
}

# From now on, git takes what is in the folder for the database.
git_takes() {
    export GIT_CONFIG_COUNT=1
    export GIT_CONFIG_KEY_0=url.file://$1.insteadOf
    export GIT_CONFIG_VALUE_0=$DATABASE
}

DENY=$(cargo_deny)
readonly DENY
main
