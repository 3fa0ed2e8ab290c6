#!/bin/sh
# The words that the program itself says, for redact.c: those of the strings of C files and of
# packs, sorted, in lower case. words.sh FILE... > words.c
set -eu
echo '#include "audit/redact.h"'
echo 'const char *const redact_words[] = {'
for f in "$@"; do
    case $f in
    *.json) sed 's/\\./ /g' "$f" ;;
    *) grep -oh '"\(\\.\|[^"\\]\)*"' "$f" || true ;;
    esac
done | LC_ALL=C sed 's/\\x[0-9a-fA-F]*/ /g; s/\\[0-7]\{1,3\}/ /g; s/\\./ /g
    s/%[-+0#]*[0-9.*]*[hlzjt]*[a-zA-Z]/ /g' |
    LC_ALL=C tr -c 'A-Za-z0-9_.-' '\n' | LC_ALL=C tr A-Z a-z |
    LC_ALL=C sed 's/^[.-]*//; s/[.-]*$//; /[a-z]/!d; s/.*/    "&",/' | LC_ALL=C sort -u
echo '};'
echo 'const size_t n_redact_words = sizeof redact_words / sizeof *redact_words;'
