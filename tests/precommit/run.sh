#!/usr/bin/env bash
# Runs the hooks of .pre-commit-hooks.yaml with the real pre-commit, and with prek, in a scratch repository. The hooks
# come from a scratch repository too, with this working tree as its only commit, and are built from there as they are
# on a user's machine.
#
#   tests/precommit/run.sh
#
# Needs git, cargo and python3; ends with 77 when pre-commit cannot be installed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
python=$("$root/tests/tools/install.sh" python)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
readonly HOOKS=$scratch/hooks PROJECT=$scratch/project OUTPUT=$scratch/output
readonly GOOD='def f(x), do: x' BAD='def f(params), do: String.to_atom(params["role"])'
readonly FIXABLE='# exlint:ignore dynamic-atom -- not needed'

# Nothing of the user's has a part in this, and nothing of the user's is changed.
export PRE_COMMIT_HOME=$scratch/pre-commit PREK_HOME=$scratch/prek PRE_COMMIT_COLOR=never
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
# The program that users get, built faster, and once for both runners.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export CARGO_TARGET_DIR=${EXLINT_HOOK_TARGET:-$root/target/precommit}

passed=0

main() {
    copy_hooks
    "$python/bin/pre-commit" validate-manifest "$HOOKS/.pre-commit-hooks.yaml"
    ok "the manifest is valid"

    make_project
    staged_bad_file_fails
    fixed_file_passes
    excluded_file_passes
    fix_is_applied_and_fails_once
    project_hook_sees_all
    installed_program_works_as_a_local_hook
    prek_does_the_same
    echo "$passed passed"
}

copy_hooks() {
    mkdir "$HOOKS"
    git -C "$root" ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
        if [[ -e $root/$file ]]; then printf '%s\0' "$file"; fi
    done | tar -C "$root" --null -cf - -T - | tar -C "$HOOKS" -xf -
    git -C "$HOOKS" init --quiet
    git -C "$HOOKS" add --all
    git -C "$HOOKS" commit --quiet --message hooks
}

# A project with a bad file from before it used exlint.
make_project() {
    mkdir -p "$PROJECT/lib/generated"
    cd "$PROJECT"
    git init --quiet
    write mix.exs Demo.MixProject 'use Mix.Project'
    write lib/old.ex Old "$BAD"
    echo 'exclude = ["lib/generated/**"]' >exlint.toml
    configure exlint
    git add --all
    git commit --quiet --message "before"
    "$python/bin/pre-commit" validate-config
    "$python/bin/pre-commit" install >/dev/null
}

staged_bad_file_fails() {
    write lib/new.ex New "$BAD"
    write lib/unstaged.ex Unstaged "$BAD"
    echo "$BAD" >notes.txt
    git add lib/new.ex notes.txt
    fails git commit --quiet --message "bad"
    says lib/new.ex
    does_not_say lib/old.ex lib/unstaged.ex notes.txt
    ok "a staged bad file stops the commit, and only staged Elixir files are reported"
}

fixed_file_passes() {
    write lib/new.ex New "$GOOD"
    git add lib/new.ex
    passes git commit --quiet --message "good"
    ok "the fixed file is committed"
}

excluded_file_passes() {
    write lib/generated/parser.ex Parser "$BAD"
    git add lib/generated
    passes git commit --quiet --message "generated"
    ok "a file that exlint.toml excludes is committed"
}

fix_is_applied_and_fails_once() {
    configure exlint-fix
    write lib/fixable.ex Fixable "$FIXABLE" "$GOOD"
    git add .pre-commit-config.yaml lib/fixable.ex
    fails git commit --quiet --message "fixable"
    if grep -q exlint:ignore lib/fixable.ex; then die "the fix is not applied"; fi
    git add lib/fixable.ex
    passes git commit --quiet --message "fixed"
    ok "a safe fix is applied, and committed when it is staged"
}

project_hook_sees_all() {
    configure exlint-project
    write lib/new.ex New "def f(x, y), do: {x, y}"
    git add .pre-commit-config.yaml lib/new.ex
    fails git commit --quiet --message "project"
    says lib/old.ex
    does_not_say lib/new.ex lib/generated
    ok "the hook for the whole project reports files that are not staged"
    git reset --quiet --hard
}

installed_program_works_as_a_local_hook() {
    local program
    program=$(find "$PRE_COMMIT_HOME" -path '*/bin/exlint' -type f)
    cat >.pre-commit-config.yaml <<YAML
repos:
  - repo: local
    hooks:
      - id: exlint
        name: exlint
        entry: exlint check --force-exclude
        language: system
        types_or: [elixir]
        require_serial: true
YAML
    write lib/new.ex New "$BAD"
    git add .pre-commit-config.yaml lib/new.ex
    PATH=$(dirname "$program"):$PATH fails git commit --quiet --message "local"
    says lib/new.ex
    does_not_say lib/old.ex
    ok "an installed program works as a local hook"
    git reset --quiet --hard
}

prek_does_the_same() {
    configure exlint
    write lib/new.ex New "$BAD"
    git add .pre-commit-config.yaml lib/new.ex
    fails "$python/bin/prek" run
    says lib/new.ex
    does_not_say lib/old.ex
    write lib/new.ex New "$GOOD"
    git add lib/new.ex
    passes "$python/bin/prek" run
    ok "prek runs the hook too"
}

# configure HOOK
configure() {
    cat >.pre-commit-config.yaml <<YAML
repos:
  - repo: file://$HOOKS
    rev: $(git -C "$HOOKS" rev-parse HEAD)
    hooks:
      - id: $1
YAML
}

# write FILE MODULE LINE...
write() {
    local file=$1 module=$2
    shift 2
    { echo "defmodule $module do" && printf '  %s\n' "$@" && echo end; } >"$file"
}

passes() { "$@" >"$OUTPUT" 2>&1 || die "fails: $*"; }
fails() { if "$@" >"$OUTPUT" 2>&1; then die "does not fail: $*"; fi; }
says() { grep -qF "$1" "$OUTPUT" || die "does not say $1"; }
does_not_say() {
    local text
    for text in "$@"; do
        if grep -qF "$text" "$OUTPUT"; then die "says $text"; fi
    done
}

ok() {
    passed=$((passed + 1))
    echo "ok $1"
}

die() {
    echo "FAILED: $1" >&2
    cat "$OUTPUT" >&2
    exit 1
}

main
