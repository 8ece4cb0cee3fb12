#!/usr/bin/env bash
# Writes reports in every format that other programs read, and has each checked by somebody else's validator or
# parser: a run with findings, one without, and the reports that the tests of the report crate expect, which have
# every feature. Has the JSON Schema of exlint.toml checked, too.
#
#   tests/formats/validate.sh EXLINT
#
# Needs npm and python3; ends with 77 when the validators cannot be installed.
set -euo pipefail

exlint=$(realpath "${1:?usage: tests/formats/validate.sh EXLINT}")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly FORMATS=(json jsonl sarif github gitlab junit checkstyle rdjson sonar)

node=$("$root/tests/tools/install.sh" node)
python=$("$root/tests/tools/install.sh" python)
junit=$("$root/tests/tools/install.sh" junit)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/clean"
echo 'defmodule Clean, do: nil' >"$scratch/clean/clean.ex"

# write_reports NAME FOLDER PATH
write_reports() {
    local format
    for format in "${FORMATS[@]}"; do
        (cd "$2" && "$exlint" check --no-config --select all --fail-on never --quiet \
            --format "$format" --output-file "$scratch/$1.$format" "$3")
    done
}

write_reports found "$root" fixtures
write_reports none "$scratch/clean" .
cp "$root"/crates/report/tests/report/expected/report.* "$scratch"
mkdir "$scratch/suppressed"
cat >"$scratch/suppressed/a.ex" <<'ELIXIR'
defmodule Roles do
  # exlint:ignore dynamic-atom -- trusted
  def parse(params), do: String.to_atom(params["role"])
end
ELIXIR
(cd "$scratch/suppressed" && "$exlint" check --format sarif --show-suppressed --sarif-category roles \
    --output-file "$scratch/suppressed.sarif")
grep -q '"suppressions"' "$scratch/suppressed.sarif"

# In the folder of the repository, whose root diff-cover looks for.
cd "$root"
reports=("$scratch"/{found,none,report})
"$root/tests/sarif/validate.sh" "${reports[@]/%/.sarif}" "$scratch/suppressed.sarif"
"$python/bin/check-jsonschema" --schemafile "$here/gitlab.schema.json" "${reports[@]/%/.gitlab}"
"$python/bin/check-jsonschema" --schemafile "$here/sonar.schema.json" "${reports[@]/%/.sonar}"
"$python/bin/python" "$here/junit.py" "$junit/junit-10.xsd" "${reports[@]/%/.junit}"
node "$here/annotations.mjs" "$node" "${reports[@]/%/.github}"
# This one tells JSON by the ending of the name.
for report in "${reports[@]}"; do cp "$report.rdjson" "$report.rd.json"; done
node "$node/node_modules/@umbrelladocs/rdformat-validator/bin/rdformat-validator.js" --strict \
    "${reports[@]/%/.rd.json}"
"$python/bin/python" "$here/compare.py" "${reports[@]}"
"$here/config.sh" "$exlint"
