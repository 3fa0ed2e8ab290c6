#!/bin/sh
# Debian's libcjson-dev has no archive to link with. Builds one from Debian's source of the installed
# version, with its patches, outside of the tree: cjson.sh LIBCJSON.A. Nothing of the system is
# changed, and root is not needed: apt reads a list of sources of its own.
set -eu
wanted=$PWD/$1
fail() {
    echo "make static: no libcjson.a here, and $1; CJSON_A=FILE names one" >&2
    exit 1
}
for tool in apt-get dpkg-source "${CC:-cc}" "${AR:-ar}"; do
    command -v "$tool" >/dev/null || fail "no $tool to make it from Debian's source"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -f "$file" ] || sed -n 's/^deb /deb-src /p' "$file" >"$work/parts/$(basename "$file" .list).list"
done
for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/$(basename "$file")"
done
apt() {
    apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)" \
        -o Acquire::http::Timeout=30 -o Acquire::Retries=1 "$@" >>"$work/log" 2>&1
}
cd "$work"
apt update || true # one list of several may be out of reach
version=$(dpkg-query -W -f '${source:Version}' libcjson-dev 2>/dev/null || true)
{ [ -n "$version" ] && apt source "cjson=$version"; } || apt source cjson ||
    fail "Debian's source of it is not to be had ($(grep '^E:' log | tail -n 1))"
cd cjson-*/
# A build in another folder gives the same bytes.
"${CC:-cc}" -O2 -fPIE -fstack-protector-strong -ffile-prefix-map="$PWD"=. -c -o cJSON.o cJSON.c
"${AR:-ar}" qcsD libcjson.a cJSON.o
mkdir -p "$(dirname "$wanted")"
cp libcjson.a "$wanted"
