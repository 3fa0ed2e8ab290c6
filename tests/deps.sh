#!/bin/sh
# Installs what fwproof is built with, as far as it is missing: deps.sh [--optional] PACKAGE...
# (names of Debian packages). What is missing is found by use, not by name, so that a system
# without apt is fine if the libraries are there. Optional ones may fail.
set -u

optional=false
if [ "${1:-}" = --optional ]; then
    optional=true
    shift
fi

have_header() {
    printf '#include <stddef.h>\n#include <stdarg.h>\n#include <setjmp.h>\n#include <%s>\n' "$1" |
        ${CC:-cc} -E -x c - >/dev/null 2>&1
}

have_library() { # header, name for pkg-config
    have_header "$1" && { [ -z "$2" ] || pkg-config --exists "$2" 2>/dev/null; }
}

is_there() {
    case $1 in
    gcc) command -v "${CC:-cc}" >/dev/null ;;
    libc6-dev) have_header stdio.h ;;
    libpcre2-dev) pkg-config --exists libpcre2-8 2>/dev/null ;;
    libcjson-dev) have_library cjson/cJSON.h libcjson ;;
    libcsv-dev) have_library csv.h "" ;;
    libcmocka-dev) have_library cmocka.h cmocka ;;
    libxml2-utils) command -v xmllint >/dev/null ;;
    python3-jsonschema) /usr/bin/python3 -c 'import jsonschema' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

missing=
for package; do
    is_there "$package" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

give_up() {
    $optional && exit 0
    echo "fwproof needs these packages (names of Debian 12):$missing" >&2
    echo "$1" >&2
    exit 1
}

command -v apt-get >/dev/null || give_up \
    "There is no apt-get here: install a C compiler, make, pkg-config, and the development files of
PCRE2 (8 bit), cJSON, libcsv and cmocka with your system's package manager."

as_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || give_up "Install them as root: apt-get install$missing"
    as_root=sudo
fi

echo "Installing with apt-get:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # words on purpose
if ! { $as_root apt-get update -qq &&
    $as_root apt-get install -y -qq --no-install-recommends $missing; } >/dev/null </dev/null; then
    give_up "Installing them failed; do it by hand: apt-get install$missing"
fi
for package in $missing; do
    is_there "$package" || give_up "$package is still not found after its installation."
done
