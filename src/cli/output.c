#include "cli/progress.h"
#include "cli/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

void complain(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    progress_end();
    fputs("fwproof: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

int usage_error(const struct cli *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str text = arena_vstrf(c->arena, fmt, ap);
    va_end(ap);
    complain("%.*s", STR_ARG(redacted(c->opt.audit.redact, str_safe(c->arena, text))));
    fprintf(stderr, "usage: fwproof %s %s (`fwproof %s --help` lists the options)\n", c->verb->name,
            c->verb->args, c->verb->name);
    return 2;
}

/* ---- terminals --------------------------------------------------------------------------------
 */

static bool env_is_set(const char *name)
{
    const char *v = getenv(name);
    return v != NULL && *v != '\0' && strcmp(v, "0") != 0;
}

/* no-color.org, force-color.org, bixense.com/clicolors */
static bool wants_color(const struct options *opt, bool is_terminal)
{
    if (opt->color != COLOR_AUTO)
        return opt->color == COLOR_ALWAYS;
    const char *no = getenv("NO_COLOR");
    if (no != NULL && *no != '\0')
        return false;
    if (env_is_set("FORCE_COLOR") || env_is_set("CLICOLOR_FORCE"))
        return true;
    const char *cli = getenv("CLICOLOR"), *term = getenv("TERM");
    if (cli != NULL && strcmp(cli, "0") == 0)
        return false;
    return is_terminal && term != NULL && strcmp(term, "dumb") != 0;
}

/* Terminals that say who they are and are known to show OSC 8 links, or at least to hide them. */
static bool knows_links(void)
{
    static const struct {
        const char *variable, *begins;
    } known[] = {
        {"TERM_PROGRAM", "iTerm.app"},
        {"TERM_PROGRAM", "WezTerm"},
        {"TERM_PROGRAM", "vscode"},
        {"TERM_PROGRAM", "ghostty"},
        {"TERM", "xterm-kitty"},
        {"TERM", "alacritty"},
        {"TERM", "foot"},
        {"TERM", "contour"},
        {"WT_SESSION", ""},
        {"KONSOLE_VERSION", ""},
        {"DOMTERM", ""},
    };
    const char *term = getenv("TERM"), *vte = getenv("VTE_VERSION");
    uint64_t version;
    if (term == NULL || strcmp(term, "dumb") == 0 || strncmp(term, "screen", 6) == 0)
        return false;
    if (vte != NULL && str_u64(str_of(vte), 10, UINT32_MAX, &version) && version >= 5002)
        return true; /* 0.50.0 and 0.50.1 crashed on them */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *value = getenv(known[i].variable);
        if (value != NULL && strncmp(value, known[i].begins, strlen(known[i].begins)) == 0)
            return true;
    }
    return false;
}

/* Pseudonyms do not link to what they stand for. */
static bool wants_links(const struct options *opt, bool is_terminal)
{
    const char *force = getenv("FORCE_HYPERLINK");
    if (opt->redact.n != 0)
        return false;
    if (opt->links != COLOR_AUTO)
        return opt->links == COLOR_ALWAYS;
    if (force != NULL && *force != '\0')
        return strcmp(force, "0") != 0;
    return is_terminal && knows_links();
}

/* The locale's character set, without making the locale the program's. */
static bool locale_is_utf8(void)
{
    locale_t l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (l == (locale_t)0)
        return false;
    bool utf8 = strcmp(nl_langinfo_l(CODESET, l), "UTF-8") == 0;
    freelocale(l);
    return utf8;
}

#define WIDTH_DEFAULT 100u
#define REDACT_KEY_MIN 16 /* bytes */

static unsigned columns_of(const struct options *opt, int fd, bool is_terminal)
{
    struct winsize size;
    uint64_t env;
    const char *columns = getenv("COLUMNS");
    if (opt->width != 0)
        return opt->width > 10000 ? 10000 : (unsigned)opt->width;
    if (is_terminal && columns != NULL && str_u64(str_of(columns), 10, 10000, &env) && env >= 40)
        return (unsigned)env;
    if (is_terminal && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return WIDTH_DEFAULT;
}

struct terminal terminal_of(const struct options *opt, int fd)
{
    struct terminal t = {.is_terminal = isatty(fd) == 1};
    t.color = wants_color(opt, t.is_terminal);
    t.links = wants_links(opt, t.is_terminal);
    t.utf8 = !opt->ascii && (locale_is_utf8() || !t.is_terminal);
    t.width = columns_of(opt, fd, t.is_terminal);
    return t;
}

/* ---- pseudonyms --------------------------------------------------------------------------------
 */

static unsigned redact_what(struct str words)
{
    static const char *const known[] = {"addresses", "names"}; /* in the order of their bits */
    unsigned what = 0;
    struct str word;
    while (str_cut(&words, ',', &word)) {
        unsigned bit = 0;
        for (unsigned i = 0; i < 2; i++)
            if (str_eq(word, str_of(known[i])))
                bit = 1u << i;
        if (bit == 0)
            return 0;
        what |= bit;
    }
    return what;
}

bool output_redacted(struct cli *c)
{
    unsigned what = 0;
    struct str key = STR("");
    for (size_t i = 0; i < c->opt.redact.n; i++) {
        unsigned more = redact_what(c->opt.redact.v[i]);
        if (more == 0) {
            usage_error(c, "--redact must be addresses, names, or addresses,names, not \"%.*s\"",
                        STR_ARG(c->opt.redact.v[i]));
            return false;
        }
        what |= more;
    }
    int error = c->opt.redact_key.n == 0 ? 0 : read_bytes(c->arena, c->opt.redact_key, &key);
    if (error != 0 || (c->opt.redact_key.n != 0 && key.n < REDACT_KEY_MIN)) {
        usage_error(c, "--redact-key: %.*s %s", STR_ARG(c->opt.redact_key),
                    error != 0 ? read_error(error) : "is too short for a key: 16 bytes at least");
        return false;
    }
    if (what != 0)
        c->opt.audit.redact = redact_new(c->arena, what, key);
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static int write_all(int fd, struct str text)
{
    while (text.n != 0) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        text = str_from(text, (size_t)n);
    }
    return 0;
}

/* Into a temporary file beside PATH, which then takes its name: on the disk first, so that a crash
 * of the machine leaves one of the two. */
static int replace_file(struct arena *a, const char *path, struct str text)
{
    char *temporary = arena_cstr(a, arena_strf(a, "%s.XXXXXX", path));
    int fd = mkstemp(temporary);
    if (fd < 0)
        return errno;
    mode_t mask = umask(0);
    umask(mask);
    int error = write_all(fd, text);
    if (error == 0 && fchmod(fd, 0666 & ~mask) != 0)
        error = errno;
    if (error == 0 && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(temporary, path) != 0)
        error = errno;
    if (error != 0)
        unlink(temporary);
    return error;
}

/* Signals that end the program wait: they would leave the temporary file. */
static int replace_undisturbed(struct arena *a, const char *path, struct str text)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM};
    sigset_t wait, before;
    sigemptyset(&wait);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        sigaddset(&wait, ending[i]);
    sigprocmask(SIG_BLOCK, &wait, &before);
    int error = replace_file(a, path, text);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return error;
}

static int write_path(struct arena *a, struct str path, struct str text)
{
    const char *z = arena_cstr(a, path);
    struct stat st;
    if (path.n == 0 || str_eq(path, STR("-"))) {
        int error = write_all(STDOUT_FILENO, text);
        return error == EPIPE ? 0 : error;
    }
    if (stat(z, &st) != 0 || S_ISREG(st.st_mode))
        return replace_undisturbed(a, z, text);
    int fd = open(z, O_WRONLY | O_CLOEXEC | O_NOCTTY); /* /dev/null, a pipe */
    if (fd < 0)
        return errno;
    int error = write_all(fd, text);
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

/* The length of a colour's sequence, "\033[1;31m", at the front of S; else 0. */
static size_t color_at(struct str s)
{
    size_t n = 2;
    if (s.n < 3 || s.p[0] != '\033' || s.p[1] != '[')
        return 0;
    while (n < s.n && (char_is_digit(s.p[n]) || s.p[n] == ';'))
        n++;
    return n < s.n && s.p[n] == 'm' ? n + 1 : 0;
}

/* The length of a link's sequence, "\033]8;;URL\033\\", at the front of S; else 0. */
static size_t link_at(struct str s)
{
    struct str head = STR("\033]8;;");
    size_t n = head.n;
    if (!str_starts(s, head))
        return 0;
    while (n < s.n && s.p[n] > ' ' && s.p[n] <= '~')
        n++;
    return str_starts(str_from(s, n), STR("\033\\")) ? n + 2 : 0;
}

/* As lines of CSV end (RFC 4180). */
static bool ends_line(struct str s)
{
    return s.n > 1 && s.p[0] == '\r' && s.p[1] == '\n';
}

/* Every reporter makes harmless what it shows of an input; should one forget it somewhere, this is
 * the last door. A question mark is right in all formats. */
static struct str guarded(struct arena *a, struct str text, bool colors, bool links)
{
    struct out o = {.arena = a};
    size_t clean = 0;
    for (size_t i = 0; i < text.n;) {
        char c = text.p[i];
        if ((c >= ' ' && c <= '~') || c == '\n' || c == '\t') {
            i++;
            continue;
        }
        struct str rest = str_from(text, i);
        bool harmless;
        size_t n = str_char(rest, &harmless), own = colors ? color_at(rest) : 0;
        if (links && own == 0)
            own = link_at(rest);
        if (!harmless && own == 0 && !ends_line(rest)) {
            out_str(&o, str_sub(text, clean, i - clean));
            out_char(&o, '?');
            clean = i + n;
        }
        i += own != 0 ? own : n;
    }
    if (clean == 0)
        return text;
    out_str(&o, str_from(text, clean));
    return out_taken(&o);
}

bool output_write(const struct cli *c, struct str path, struct str text)
{
    progress_end();
    struct redact *r = c->opt.audit.redact;
    struct terminal t = terminal_of(&c->opt, STDOUT_FILENO);
    bool colors = c->opt.color == COLOR_ALWAYS || t.color;
    text = redacted(r, guarded(c->arena, text, colors, t.links));
    int error = write_path(c->arena, path, text);
    if (error == 0)
        return true;
    struct str shown = path.n == 0 || str_eq(path, STR("-")) ? STR("standard output") : path;
    complain("%.*s cannot be written: %s", STR_ARG(redacted(r, str_safe(c->arena, shown))),
             strerror(error));
    return false;
}

/* ---- formats ----------------------------------------------------------------------------------
 */

static struct str cut_format(struct str text, struct str *path)
{
    struct str name = STR("");
    *path = text;
    str_cut(path, '=', &name);
    return name;
}

struct strs output_paths(const struct cli *c)
{
    struct strs paths = {0};
    for (size_t i = 0; i < c->opt.formats.n; i++) {
        struct str path;
        cut_format(c->opt.formats.v[i], &path);
        *PUSH(c->arena, paths) = path;
    }
    if (c->verb->first_is_output && c->args.n != 0)
        *PUSH(c->arena, paths) = c->args.v[0];
    return paths;
}

int output_format(struct cli *c, const char *words, struct str *path)
{
    *path = STR("-");
    if (c->opt.formats.n == 0)
        return 0;
    if (c->opt.formats.n > 1)
        return usage_error(c, "%s writes one format", c->verb->name), -1;
    struct str name = cut_format(c->opt.formats.v[0], path), rest = str_of(words), word;
    for (int i = 0; str_cut(&rest, '|', &word); i++)
        if (str_eq(word, name))
            return i;
    usage_error(c, "%s writes %s, not \"%.*s\"", c->verb->name, words, STR_ARG(name));
    return -1;
}

bool output_formats_ok(struct cli *c)
{
    size_t to_stdout = 0;
    for (size_t i = 0; i < c->opt.formats.n; i++) {
        struct str path, name = cut_format(c->opt.formats.v[i], &path);
        if (reporter_find(name) == NULL) {
            struct out known = {.arena = c->arena};
            for (size_t k = 0; k < n_reporters; k++)
                out_fmt(&known, " %s", reporters[k]->name);
            usage_error(c, "unknown format \"%.*s\"; there are%.*s", STR_ARG(name),
                        STR_ARG(out_taken(&known)));
            return false;
        }
        to_stdout += path.n == 0 || str_eq(path, STR("-"));
    }
    if (to_stdout > 1)
        usage_error(c, "two formats on standard output; write one to a file: -f FORMAT=FILE");
    return to_stdout <= 1;
}

bool output_wants(const struct cli *c, const struct reporter *r)
{
    for (size_t i = 0; i < c->opt.formats.n; i++) {
        struct str path;
        if (reporter_find(cut_format(c->opt.formats.v[i], &path)) == r)
            return true;
    }
    return false;
}

/* Empty if it is too deep, or gone. */
static struct str working_folder(struct arena *a)
{
    char path[4096];
    return getcwd(path, sizeof path) == NULL ? STR("") : arena_strf(a, "%s", path);
}

int output_reports(struct cli *c, struct report *r)
{
    if (c->opt.quiet > 1 && c->opt.formats.n == 0)
        return r->exit_code;
    struct strs names = c->opt.formats;
    if (names.n == 0)
        *PUSH(c->arena, names) = STR("text");
    bool written = true;
    for (size_t i = 0; i < names.n; i++) {
        struct str path, name = cut_format(names.v[i], &path);
        struct out o = {.arena = c->arena};
        struct terminal t = terminal_of(&c->opt, STDOUT_FILENO);
        bool to_stdout = path.n == 0 || str_eq(path, STR("-"));
        r->color = to_stdout ? t.color : c->opt.color == COLOR_ALWAYS;
        r->utf8 = to_stdout ? t.utf8 : !c->opt.ascii;
        r->width = t.width;
        r->links = to_stdout && t.links;
        r->cwd = working_folder(c->arena);
        r->verbosity = c->opt.verbose - c->opt.quiet;
        reporter_find(name)->write(r, &o);
        written = output_write(c, path, out_taken(&o)) && written;
    }
    return written ? r->exit_code : 4;
}

static struct str diag_text(const struct audit *a, const struct diag *d)
{
    struct out o = {.arena = a->arena};
    if (d->at.file < a->sources.n)
        out_fmt(&o, "%.*s:", STR_ARG(str_safe(a->arena, a->sources.v[d->at.file]->path)));
    if (d->at.file < a->sources.n && d->at.line != 0)
        out_fmt(&o, "%u:%u:", d->at.line, d->at.col);
    out_fmt(&o, "%s%s: %.*s", o.n == 0 ? "" : " ", diag_level_names[d->level],
            STR_ARG(str_safe(a->arena, d->message)));
    if (d->hint.n != 0)
        out_fmt(&o, " (%.*s)", STR_ARG(str_safe(a->arena, d->hint)));
    return out_taken(&o);
}

void complain_diags(const struct cli *c, const struct audit *a, enum diag_level level)
{
    for (size_t i = 0; i < a->diags.n; i++)
        if (a->diags.v[i].level >= level)
            complain("%.*s", STR_ARG(redacted(c->opt.audit.redact, diag_text(a, &a->diags.v[i]))));
}
