#!/usr/bin/env bash
# Puts exlint on the path of the steps that follow: the binary of release $VERSION of $REPOSITORY, or, without a
# version, what the commit of this action builds.
set -euo pipefail

main() {
    local folder=$RUNNER_TEMP/exlint
    mkdir -p "$folder/bin"
    if [[ -n $VERSION ]]; then
        download "$folder"
    else
        cargo install --locked --quiet --root "$folder" --path "$GITHUB_ACTION_PATH/../../.."
    fi
    "$folder/bin/exlint" --version
    echo "$folder/bin" >>"$GITHUB_PATH"
}

download() {
    local folder=$1 archive
    archive=exlint-$(target).tar.gz
    cd "$folder"
    GH_TOKEN=$TOKEN gh release download "$VERSION" --repo "$REPOSITORY" --pattern "$archive*"
    sha256sum --check "$archive.sha256" || shasum -a 256 --check "$archive.sha256"
    tar -xzf "$archive" -C bin
}

target() {
    case $RUNNER_OS-$RUNNER_ARCH in
        Linux-X64) echo x86_64-unknown-linux-gnu ;;
        Linux-ARM64) echo aarch64-unknown-linux-gnu ;;
        macOS-X64) echo x86_64-apple-darwin ;;
        macOS-ARM64) echo aarch64-apple-darwin ;;
        Windows-X64) echo x86_64-pc-windows-msvc ;;
        *) echo "::error::there is no binary for $RUNNER_OS on $RUNNER_ARCH; leave \`version\` empty" >&2 && exit 1 ;;
    esac
}

main
