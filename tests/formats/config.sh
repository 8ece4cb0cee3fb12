#!/usr/bin/env bash
# Has the JSON Schema of exlint.toml checked against its own meta-schema, and each file in config/ read by exlint and
# by a validator that knows the schema alone: both accept what is in good/, and neither what is in bad/.
#
#   tests/formats/config.sh EXLINT
#
# Needs python3; ends with 77 when the validator cannot be installed.
set -euo pipefail

exlint=$(realpath "${1:?usage: tests/formats/config.sh EXLINT}")
here=$(cd "$(dirname "$0")" && pwd)
python=$("$here/../tools/install.sh" python)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
schema=$scratch/exlint.schema.json
"$exlint" schema >"$schema"
"$python/bin/check-jsonschema" --check-metaschema "$schema"

fits() { "$python/bin/check-jsonschema" --schemafile "$schema" "$1" >"$scratch/said" 2>&1; }
# What a file extends is there, and empty.
reads() {
    mkdir -p "$scratch/project" && touch "$scratch/shared.toml" "$scratch/project/shared.toml"
    cp "$1" "$scratch/project/exlint.toml"
    (cd "$scratch/project" && "$exlint" config >"$scratch/said" 2>&1)
}
die() { echo "$1" >&2 && cat "$scratch/said" >&2 && exit 1; }

starter=$scratch/starter.toml
sed -n -e '/^# /d' -e 's/^#//p' "$here/../../crates/exlint/starter.toml" >"$starter"
for file in "$here"/config/good/*.toml "$starter"; do
    fits "$file" || die "the schema refuses $file"
    reads "$file" || die "exlint refuses $file"
done
for file in "$here"/config/bad/*.toml; do
    if fits "$file"; then die "the schema accepts $file"; fi
    if reads "$file"; then die "exlint accepts $file"; fi
done
echo "ok the schema of exlint.toml"
