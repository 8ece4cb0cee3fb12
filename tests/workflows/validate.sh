#!/usr/bin/env bash
# Checks the workflows and the action with the linters that people use for them, the scripts with ShellCheck where it is
# installed, and the examples in recipes.md. Then runs the action's scripts as a runner would.
#
#   tests/workflows/validate.sh EXLINT
#
# Needs python3; ends with 77 when the linters cannot be installed.
set -euo pipefail

exlint=$(realpath "${1:?usage: tests/workflows/validate.sh EXLINT}")
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
python=$(tests/tools/install.sh python)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

schema() { "$python/bin/check-jsonschema" --builtin-schema "vendor.$1" "${@:2}"; }

"$python/bin/zizmor" --offline --no-progress --quiet --strict-collection --min-severity low .github
"$python/bin/actionlint" -no-color
schema github-workflows .github/workflows/*.yml
schema github-actions .github/actions/*/action.yml
schema dependabot .github/dependabot.yml
if command -v shellcheck >/dev/null; then
    git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck
else
    echo "scripts not checked: ShellCheck is not installed"
fi

recipes=$scratch/recipes
"$python/bin/python" "$here/recipes.py" crates/exlint/docs/recipes.md "$recipes"
"$python/bin/actionlint" -no-color "$recipes"/.github/workflows/*.yml
schema github-workflows "$recipes"/.github/workflows/*.yml
schema gitlab-ci "$recipes/.gitlab-ci.yml"
"$python/bin/pre-commit" validate-config "$recipes/.pre-commit-config.yaml"
if command -v mix >/dev/null; then
    "$here/mix.sh" "$exlint" "$recipes/mix.exs"
else
    echo "the Mix alias is not run: Elixir is not installed"
fi

"$here/action.sh" "$exlint"
