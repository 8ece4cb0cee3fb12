#!/usr/bin/env bash
# Runs the scripts of the action as a runner would, on a release that is packed here: the program is fetched, checked
# and installed, a project is checked, and the outputs are right.
#
#   tests/workflows/action.sh EXLINT
set -euo pipefail

exlint=$(realpath "${1:?usage: tests/workflows/action.sh EXLINT}")
root=$(cd "$(dirname "$0")/../.." && pwd)
readonly TARGET=x86_64-unknown-linux-gnu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

export RUNNER_TEMP=$scratch/temp RUNNER_OS=Linux RUNNER_ARCH=X64
export GITHUB_PATH=$scratch/path GITHUB_OUTPUT=$scratch/outputs GITHUB_ACTION_PATH=$root/.github/actions/exlint
mkdir -p "$RUNNER_TEMP" "$scratch/release/target/$TARGET/release" "$scratch/bin" "$scratch/project/lib"

cp "$exlint" "$scratch/release/target/$TARGET/release/exlint"
cp "$root"/LICENSE-* "$root/README.md" "$scratch/release"
(cd "$scratch/release" && "$root/.github/workflows/pack.sh" "$TARGET")

# Stands for GitHub's command line, which only downloads here.
cat >"$scratch/bin/gh" <<GH
#!/usr/bin/env bash
[[ \$* == "release download v0.1.0 --repo owner/exlint --pattern exlint-$TARGET.tar.gz*" ]] || exit 1
cp "$scratch/release/exlint-$TARGET.tar.gz"* .
GH
chmod +x "$scratch/bin/gh"
PATH=$scratch/bin:$PATH VERSION=v0.1.0 REPOSITORY=owner/exlint TOKEN=none "$GITHUB_ACTION_PATH/install.sh"
PATH=$(cat "$GITHUB_PATH"):$PATH
[[ $(command -v exlint) == "$RUNNER_TEMP"/* ]]

# check ARGUMENTS FORMAT
check() {
    : >"$GITHUB_OUTPUT"
    (cd "$scratch/project" && EXLINT_ARGUMENTS=$1 EXLINT_LOG_FORMAT=$2 "$GITHUB_ACTION_PATH/check.sh" >"$scratch/log" 2>&1)
}

# The project is a folder of the repository, from whose root GitHub sees it.
mkdir "$scratch/.git"
printf 'defmodule Shop do\n  def role(params), do: String.to_atom(params["role"])\nend\n' >"$scratch/project/lib/shop.ex"
check "" github
grep -qx exit-code=1 "$GITHUB_OUTPUT"
grep -q '^::warning title=exlint dynamic-atom,file=project/lib/shop.ex,line=2,' "$scratch/log"
sarif=$(sed -n 's/^sarif=//p' "$GITHUB_OUTPUT")
grep -q '"ruleId": "dynamic-atom"' "$sarif"
grep -q '"uri": "project/lib/shop.ex"' "$sarif"
check "--fail-on error lib" full
grep -qx exit-code=0 "$GITHUB_OUTPUT"
if check "--no-such-argument" full; then
    echo "wrong arguments are accepted"
    exit 1
fi
echo "ok the action"
