#!/bin/sh
# Two builds, same bytes: of the same sources in two folders, with another umask, time zone, locale,
# user, home and number of jobs. As a part of all tests without optimization (and with debugging
# information, which likes to name folders); `make reproducible` builds as it is installed.
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
debug='-O0 -g'
[ "${1:-}" != --full ] || debug=
unset MAKEFLAGS MFLAGS MAKELEVEL SAN TSAN DESTDIR PREFIX
targets=all
command -v dpkg-deb >/dev/null && command -v objdump >/dev/null && targets="$targets deb"
command -v git >/dev/null && targets="$targets dist"

# FOLDER UMASK: a working copy in a repository of its own, with one commit
copy() {
    mkdir -p "$1"
    tar -cf - --exclude=./build --exclude=./.git --exclude='./fwproof*' . | (umask "$2" && tar -xf - --no-same-permissions -C "$1")
    command -v git >/dev/null || return 0
    (cd "$1" && git init -q . && git add -A && GIT_COMMITTER_DATE=2026-11-23T12:00:00Z GIT_AUTHOR_DATE=2026-11-23T12:00:00Z \
        git -c user.name=someone -c user.email=someone@example.com commit -qm sources) >/dev/null 2>&1
}
build() { # FOLDER UMASK JOBS VARIABLE=VALUE...
    folder=$1 mask=$2 jobs=$3
    shift 3
    for target in $targets; do # one after the other: the last two use what the first makes
        (umask "$mask" && cd "$folder" && env "$@" make -s -j"$jobs" ${debug:+"CFLAGS=$debug" WERROR=} "$target") || return 1
    done
}
one=$work/one two=$work/another.place/with/a-longer-name
mkdir -p "$work/home"
printf '[tar]\n\tumask = 0077\n' >"$work/home/.gitconfig"
copy "$one" 022
copy "$two" 077
{
    build "$one" 022 1 TZ=UTC LC_ALL=C &&
        build "$two" 077 2 TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 LANG=tr_TR.UTF-8 USER=nobody LOGNAME=nobody \
            HOME="$work/home" HOSTNAME=elsewhere SHELL=/bin/false
} >"$work/log" 2>&1 || {
    echo "not ok reproducible: the builds"
    tail -n 20 "$work/log" | sed 's/^/# /'
    exit 1
}

same() { # WHAT FILE
    if cmp "$one/$2" "$two/$2" >"$work/log" 2>&1; then
        echo "ok reproducible: $1"
    else
        echo "not ok reproducible: $1"
        sed 's/^/# /' "$work/log"
    fi
}
maybe() { # TARGET WHAT PATTERN
    case " $targets " in
    *" $1 "*) same "$2" "$(cd "$one" && echo $3)" ;;
    *) echo "ok reproducible: $2 # SKIP its tools are not installed" ;;
    esac
}
same "the program" fwproof
same "the library" build/libfwproof.a
maybe deb "the library that is installed" build/install/libfwproof.a
maybe deb "the Debian package" 'fwproof_*.deb'
maybe dist "the archive of the sources" 'fwproof-*.tar.gz'

if [ -d "$two/build/deb" ]; then
    for file in "$one" "$two" "$(id -un)@"; do
        if grep -rqF -e "$file" "$two/build/deb"; then echo "not ok reproducible: the package names $file"; fi
    done
    if find "$two/build/deb/usr" ! -type l ! -perm -004 | grep -q .; then
        echo "not ok reproducible: the package has files that not everyone may read"
    else
        echo "ok reproducible: everyone may read what is installed"
    fi
fi
