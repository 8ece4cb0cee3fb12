#!/usr/bin/env bash
# Packs what `cargo build --release --target TARGET` has built, with its licences and README, and writes the checksum.
#
#   .github/workflows/pack.sh TARGET
set -euo pipefail

target=${1:?usage: .github/workflows/pack.sh TARGET}
archive=exlint-$target.tar.gz
program=exlint
[[ $target != *windows* ]] || program=exlint.exe

folder=$(mktemp -d)
cp "target/$target/release/$program" LICENSE-APACHE LICENSE-MIT README.md "$folder"
tar -czf "$archive" -C "$folder" "$program" LICENSE-APACHE LICENSE-MIT README.md
rm -r "$folder"
sha256sum "$archive" >"$archive.sha256" || shasum -a 256 "$archive" >"$archive.sha256"
