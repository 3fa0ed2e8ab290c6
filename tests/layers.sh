#!/bin/sh
# The folders of src/ are layers: a file includes its own folder and those below, import and
# analyze do not see each other, and each library has its place.
set -u
cd "$(dirname "$0")/../src" || exit 1

below() {
    case $1 in
    base) echo base ;;
    net) echo base net ;;
    model) echo base net model ;;
    import) echo base net model import ;;
    analyze) echo base net model analyze ;;
    check) echo base net model import analyze check ;;
    report) echo base net model import analyze check report ;;
    audit) echo base net model import analyze check report audit ;;
    verbs) echo base net model import analyze check report audit verbs ;;
    api) echo base net model import analyze check report audit verbs api ;;
    cli) echo api cli ;; # and of api only fwproof.h, which the library has no other header than
    esac
}
libraries() {
    case $1 in
    base/json.c) echo cjson/cJSON.h ;;
    import/csv*) echo csv.h cjson/cJSON.h pcre2.h ;;
    check/*) echo cjson/cJSON.h pcre2.h ;;
    report/* | verbs/*) echo cjson/cJSON.h ;;
    tests/unit/*) echo cmocka.h ;;
    esac
}

for folder in *; do
    allowed=" $(below "$folder") "
    if [ "$allowed" = "  " ]; then
        echo "not ok layers $folder - is not a layer"
        continue
    fi
    bad=
    for file in "$folder"/*.[ch]; do
        for included in $(sed -n 's/^ *# *include *"\([^"]*\)".*/\1/p' "$file"); do
            case $allowed in *" ${included%%/*} "*) ;; *) bad="$bad $file:$included" ;; esac
        done
        for included in $(sed -n 's/^ *# *include *<\(csv\.h\|pcre2[^>]*\|cjson\/[^>]*\|cmocka\.h\)>.*/\1/p' "$file"); do
            case " $(libraries "$file") " in *" $included "*) ;; *) bad="$bad $file:$included" ;; esac
        done
    done
    if [ -z "$bad" ]; then
        echo "ok layers $folder includes only what is below"
    else
        echo "not ok layers $folder - includes what it must not:$bad"
    fi
done

# The library keeps no state and talks to nobody: only the program prints and exits.
bad=$(grep -nE '(^|[^a-z_])(printf|puts|putchar|fprintf|perror|exit|getenv|setlocale|strtok|localtime|rand|time)\(' \
    base/*.c net/*.c model/*.c import/*.c analyze/*.c check/*.c report/*.c audit/*.c \
    verbs/*.c api/*.c)
if [ -z "$bad" ]; then
    echo "ok layers the library does not print, exit or look around"
else
    echo "not ok layers - the library prints, exits or looks around:"
    echo "$bad" | sed 's/^/# /'
fi
