#!/bin/sh
# The library as it is installed: the example of its manual, errors as numbers, two audits at once.
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
check() { # NAME COMMAND...
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok library $name"
    else
        echo "not ok library $name"
        head -n 20 "$work/log" | sed 's/^/# /'
    fi
}
make -s install DESTDIR="$work/root" PREFIX=/usr >"$work/log" 2>&1 || { echo "not ok library make install"; exit 1; }
export PKG_CONFIG_PATH="$work/root/usr/lib/pkgconfig"
build() { # NAME: NAME.c to NAME, by what pkg-config says of the installed tree
    # shellcheck disable=SC2046
    ${CC:-cc} -std=c17 -Wall -Wextra -Werror -pthread -o "$work/$1" "$work/$1.c" \
        $(pkg-config --define-variable=prefix="$work/root/usr" --cflags --libs --static libfwproof)
}
sed -n '/^\.Bd -literal/,/^\.Ed/p' man/libfwproof.3 | sed '/^\.Ed/q' | sed '1d; $d; s/\\en/\\n/g' >"$work/example.c"
check "the example of the manual compiles" build example
printf 'host.rules:6: HYG-EXPOSED-002: ' >"$work/want"
example_runs() {
    "$work/example" >"$work/out"
    code=$?
    cat "$work/out"
    [ $code = 1 ] && grep -qF "$(cat "$work/want")" "$work/out" && [ "$(wc -l <"$work/out")" -ge 2 ]
}
check "and finds telnet on line 6" example_runs
lines=$(wc -l <"$work/example.c")
check "in about 30 lines" [ "$lines" -le 34 ]

cat >"$work/two.c" <<'END'
#include <fwproof.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct text { char *p; size_t n; };
static char room[2][4000000];

static void keep(void *ctx, const char *bytes, size_t n)
{
    struct text *t = ctx;
    memcpy(t->p + t->n, bytes, n);
    t->n += n;
}

static void *audit(void *ctx)
{
    struct text *t = ctx;
    for (int i = 0; i < 3; i++) {
        t->n = 0;
        fwproof *f = fwproof_new(0);
        fwproof_set(f, "no-site", NULL);
        fwproof_add_file(f, NULL, "fixtures/demo/asa1.cfg");
        fwproof_add_file(f, NULL, "fixtures/demo/fw1.rules");
        fwproof_run(f);
        fwproof_report(f, "json", keep, t);
        fwproof_free(f);
    }
    return NULL;
}

int main(void)
{
    struct text t[2] = {{room[0], 0}, {room[1], 0}};
    pthread_t other;
    int bad = 0;
    pthread_create(&other, NULL, audit, &t[1]);
    audit(&t[0]);
    pthread_join(other, NULL);
    bad += t[0].n < 1000 || t[0].n != t[1].n || memcmp(room[0], room[1], t[0].n) != 0;
    fwrite(room[0], 1, t[0].n, stdout);

    fwproof *f = fwproof_new(0);
    bad += fwproof_set(f, "nonesuch", "x") != FWPROOF_WRONG || fwproof_set(f, "fail-on", "never") != FWPROOF_WRONG;
    bad += fwproof_report(f, "json", keep, &t[0]) != FWPROOF_WRONG || fwproof_findings(f) != 0;
    fwproof_set(f, "no-site", NULL);
    fwproof_add_file(f, NULL, "/nonesuch");
    bad += fwproof_run(f) != FWPROOF_INCOMPLETE || fwproof_diagnostics(f) == 0;
    bad += strstr(fwproof_diagnostic(f, 0, FWPROOF_MESSAGE), "nonesuch") == NULL;
    bad += fwproof_run(f) != FWPROOF_WRONG || fwproof_report(f, "nonesuch", keep, &t[0]) != FWPROOF_WRONG;
    bad += *fwproof_finding(f, 99, FWPROOF_RULE) != 0;
    fwproof_free(f);

    f = fwproof_new(1); /* MiB */
    fwproof_set(f, "no-site", NULL);
    fwproof_add_file(f, NULL, "fixtures/demo/fw1.rules");
    bad += fwproof_run(f) != FWPROOF_BROKEN || fwproof_run(f) != FWPROOF_BROKEN;
    fwproof_free(f);
    fwproof_free(NULL);
    return bad;
}
END
check "a program with two threads compiles" build two
two_run() {
    "$work/two" >"$work/one.json" || return 1
    "$work/root/usr/bin/fwproof" check --no-site fixtures/demo/asa1.cfg fixtures/demo/fw1.rules -f json >"$work/two.json"
    cmp "$work/one.json" "$work/two.json"
}
check "both say what the program says, mistakes and little memory are numbers" two_run
cat >"$work/hard.c" <<'END'
#include <fwproof.h>
#include <stdio.h>
#include <string.h>

static const char odd[] = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                          "-A INPUT -m odd\033[31m\x80\xff --zz -j ACCEPT\n"
                          "COMMIT\n";

static int failed;
static void must(int holds, const char *what)
{
    if (!holds) {
        printf("%s\n", what);
        failed = 1;
    }
}

static fwproof *asked(size_t mib, const char *jobs)
{
    fwproof *f = fwproof_new(mib);
    fwproof_set(f, "no-site", NULL);
    fwproof_set(f, "pack", "hygiene");
    fwproof_set(f, "jobs", jobs);
    return f;
}

static void clean(const char *text)
{
    for (; *text != 0; text++)
        must(*text >= ' ' && *text <= '~', "a text shows bytes of the export as they are");
}

int main(void)
{
    for (size_t mib = 1; mib <= 8; mib++) { /* out of memory at many places */
        fwproof *f = asked(mib, mib % 2 ? "1" : "2");
        fwproof_add_file(f, NULL, "fixtures/demo/fw1.rules");
        fwproof_add_file(f, NULL, "fixtures/demo/asa1.cfg");
        int broken = fwproof_run(f) == FWPROOF_BROKEN;
        must(mib > 1 || broken, "all fits into one MiB");
        must(!broken || (fwproof_findings(f) == 0 && fwproof_diagnostics(f) == 0), "half a result");
        must(!broken == (*fwproof_verdict(f) != 0), "a verdict of no run");
        fwproof_free(f);
    }
    fwproof *f = asked(0, "1");
    must(fwproof_set(f, "today", "2026-02-30") == FWPROOF_WRONG, "30 February");
    must(fwproof_set(f, "today", "soon") == FWPROOF_WRONG, "soon is a day");
    must(fwproof_set(f, "today", "2026-01-01") == FWPROOF_PASS, "1 January");
    fwproof_add_bytes(f, NULL, "odd\033", odd, sizeof odd - 1);
    fwproof_add_bytes(f, NULL, "odd\033", odd, sizeof odd - 1); /* a name is no file: both count */
    must(fwproof_run(f) == FWPROOF_INCOMPLETE && strcmp(fwproof_verdict(f), "incomplete") == 0, "verdict");
    must(fwproof_set(f, "today", "2026-01-02") == FWPROOF_WRONG, "an option behind the run");
    unsigned line = 0, twice = 0;
    for (size_t i = 0; i < fwproof_findings(f); i++)
        for (int what = FWPROOF_RULE; what <= FWPROOF_PACKET; what++)
            clean(fwproof_finding(f, i, (enum fwproof_text)what));
    for (size_t i = 0; i < fwproof_diagnostics(f); i++) {
        clean(fwproof_diagnostic(f, i, FWPROOF_MESSAGE));
        clean(fwproof_diagnostic(f, i, FWPROOF_FILE));
        if (strstr(fwproof_diagnostic(f, i, FWPROOF_MESSAGE), "--zz") != NULL) {
            twice++;
            line = fwproof_diagnostic_line(f, i);
            must(fwproof_diagnostic_column(f, i) > 10, "where on the line");
        }
    }
    must(twice == 2 && line == 5, "line 5 of both inputs");
    fwproof_free(f);
    return failed;
}
END
check "a program of hard cases compiles" build hard
check "little memory, bad dates, hostile text and equal names" "$work/hard"

cat >"$work/verbs.c" <<'END'
#include <fwproof.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct kept {
    char *words[6];
    int n, code, told;
    size_t length;
    char text[1 << 20], said[1000];
};
static struct kept runs[4] = {
    {.words = {"diff", "--no-site", "fixtures/demo/fw1.rules", "fixtures/demo/asa1.cfg"}, .n = 4},
    {.words = {"trace", "--no-site", "fixtures/demo/fw1.rules", "udp 10.1.0.1:20000 -> 52.129.96.5:16384"}, .n = 4},
    {.words = {"check", "--bogus"}, .n = 2},
    {.words = {"check", "--no-site", "--memory", "1", "fixtures/demo/fw1.rules"}, .n = 5},
};

static int keep(void *ctx, const char *path, const char *bytes, size_t n)
{
    struct kept *k = ctx;
    if (path != NULL || n > sizeof k->text - k->length)
        return 1;
    memcpy(k->text + k->length, bytes, n);
    k->length += n;
    return 0;
}
static void hear(void *ctx, const char *text)
{
    struct kept *k = ctx;
    k->told++;
    snprintf(k->said, sizeof k->said, "%s", text);
}
static void *run(void *ctx)
{
    struct kept *k = ctx;
    struct fwproof_host host = {.ctx = k, .write = keep, .tell = hear, .utf8 = 1};
    k->code = fwproof_command(k->n, k->words, &host);
    return NULL;
}
int main(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, run, &runs[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        fwrite(runs[i].text, 1, runs[i].length, stdout);
    printf("%d %d\n", runs[0].code, runs[1].code);
    return runs[2].code == FWPROOF_WRONG && strstr(runs[2].said, "--bogus") != NULL && runs[2].length == 0 &&
           runs[3].code == FWPROOF_BROKEN && strstr(runs[3].said, "memory") != NULL ? 0 : 1;
}
END
check "a program that runs commands compiles" build verbs
verbs_run() {
    "$work/verbs" >"$work/said" 2>"$work/errors" || return 1
    [ ! -s "$work/errors" ] || return 1
    {
        "$program" diff --no-site fixtures/demo/fw1.rules fixtures/demo/asa1.cfg 2>"$work/notes"
        first=$?
        "$program" trace --no-site fixtures/demo/fw1.rules "udp 10.1.0.1:20000 -> 52.129.96.5:16384"
        echo "$first $?"
    } >"$work/same"
    cmp "$work/said" "$work/same"
}
program=$work/root/usr/bin/fwproof
check "diff and trace in threads are the program's bytes, mistakes and little memory are told" verbs_run

own_names() { ! nm -g --defined-only "$work/root/usr/lib/libfwproof.a" | awk 'NF == 3 && $3 !~ /^fwproof_/' | grep .; }
check "no name of it can clash with the program's" own_names
outward() { nm -u "$work/root/usr/lib/libfwproof.a" | awk '{ print $NF }' | grep -E \
    '^_*(v?f?printf|v?f?printf_chk|f?puts|f?putc|putchar|fwrite|perror|stdout|stderr|write|_?exit|quick_exit|getenv|setlocale|signal|sigaction|prctl|syscall|system|exec.*|fork|socket|connect)$'; }
silent() { ! outward; }
check "nothing in it can print, exit, look at the environment, or reach a network" silent
quiet() { ! nm "$work/root/usr/lib/libfwproof.a" --defined-only 2>/dev/null | grep -q ' T main$'; }
check "there is no main in it" quiet
