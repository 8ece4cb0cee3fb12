#!/usr/bin/env bash
# Installs validators in the versions pinned beside this file and prints the folder they are in.
#
#   tests/tools/install.sh python    a virtual environment; its programs are in bin/
#   tests/tools/install.sh node      a folder with node_modules/
#   tests/tools/install.sh junit     the folder of Jenkins' schema, junit-10.xsd
#
# The folder is below $EXLINT_TOOLS, or target/tools, and is made once for each list of versions. Ends with 77 when
# the tools cannot be installed, which the checks pass on: nothing was checked then.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tools=${EXLINT_TOOLS:-$here/../../target/tools}
readonly PYTEST=9.2.0

main() {
    case ${1:-} in
        python) install python "$here/requirements.txt" ;;
        node) install node "$here/package.json" ;;
        junit) install junit "$here/install.sh" ;;
        *) sed -n '2,6s/^# \?//p' "$0" >&2 && exit 2 ;;
    esac
}

# install KIND LIST: runs install_KIND in a folder named after the contents of LIST, unless that is complete.
install() {
    local sum folder
    sum=$(sha256sum <"$2")
    folder=$tools/$1-${sum:0:12}
    if [[ ! -f $folder/complete ]]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        if ! (cd "$folder" && "install_$1" "$2") >&2; then
            echo "skipped: the $1 tools cannot be installed" >&2
            exit 77
        fi
        touch "$folder/complete"
    fi
    (cd "$folder" && pwd)
}

install_python() {
    python3 -m venv . && bin/pip install --quiet --requirement "$1"
}

install_node() {
    cp "$1" . && npm install --ignore-scripts --no-audit --no-fund --silent &&
        chmod u+x node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
}

# The schema comes with the sources of pytest.
install_junit() {
    python3 -m pip download --quiet --no-deps --no-binary :all: "pytest==$PYTEST" &&
        tar -xzf "pytest-$PYTEST.tar.gz" --strip-components=3 \
            "pytest-$PYTEST/testing/example_scripts/junit-10.xsd"
}

main "$@"
