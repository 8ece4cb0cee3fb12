#!/usr/bin/env bash
# Runs `mix lint` with the alias of recipes.md: a clean project passes, one with a finding does not.
#
#   tests/workflows/mix.sh EXLINT MIX.EXS
set -euo pipefail

exlint=$(realpath "$1")
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
cp "$2" "$project/mix.exs"
cd "$project"
# The first line names the file, for the reader of the page.
sed -i.bak 1d mix.exs
echo '[inputs: ["{mix,.formatter}.exs", "lib/**/*.ex"]]' >.formatter.exs
mkdir bin lib
ln -s "$exlint" bin/exlint
export PATH=$project/bin:$PATH MIX_ENV=test

printf 'defmodule Shop do\n  def role(params), do: params["role"]\nend\n' >lib/shop.ex
mix lint >output 2>&1 || { cat output && echo "mix lint fails on a clean project" && exit 1; }
printf 'defmodule Shop do\n  def role(params), do: String.to_atom(params["role"])\nend\n' >lib/shop.ex
if mix lint >output 2>&1; then cat output && echo "mix lint passes with a finding" && exit 1; fi
grep -qF dynamic-atom output
echo "ok mix lint"
