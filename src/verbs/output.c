/* What verbs say, and where it goes: to the host. */
#include "audit/redact.h"
#include "verbs/verbs.h"

#include <string.h>
#include <unistd.h>

/* ---- words to the user ------------------------------------------------------------------------
 */

static void tell(const struct command *c, struct str text)
{
    if (c->host->tell != NULL)
        c->host->tell(c->host->ctx, arena_cstr(c->arena, text));
}

void complain(const struct command *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    tell(c, arena_vstrf(c->arena, fmt, ap));
    va_end(ap);
}

int usage_error(const struct command *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str text = arena_vstrf(c->arena, fmt, ap);
    va_end(ap);
    struct str safe = redacted(c->opt.audit.redact, str_safe(c->arena, text));
    complain(c, "%.*s\nusage: fwproof %s %s (`fwproof %s --help` lists the options)", STR_ARG(safe),
             c->verb->name, c->verb->args, c->verb->name);
    return 2;
}

/* ---- the terminal ------------------------------------------------------------------------------
 */

#define WIDTH_DEFAULT 100u
#define WIDTH_MAX 10000u
#define REDACT_KEY_MIN 16 /* bytes */

struct terminal terminal_of(const struct command *c)
{
    const struct host *h = c->host;
    const struct options *opt = &c->opt;
    struct terminal t = {.color = opt->color == COLOR_AUTO ? h->color : opt->color == COLOR_ALWAYS,
                         .links = opt->links == COLOR_AUTO ? h->links : opt->links == COLOR_ALWAYS,
                         .utf8 = h->utf8 && !opt->ascii,
                         .width = h->columns == 0 ? WIDTH_DEFAULT : h->columns};
    if (opt->width != 0)
        t.width = opt->width > WIDTH_MAX ? WIDTH_MAX : (unsigned)opt->width;
    if (opt->redact.n != 0) /* pseudonyms do not link to what they stand for */
        t.links = false;
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

bool output_redacted(struct command *c)
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
    int error = c->opt.redact_key.n == 0 ? 0 : file_read(c->arena, c->opt.redact_key, &key);
    if (error != 0 || (c->opt.redact_key.n != 0 && key.n < REDACT_KEY_MIN)) {
        usage_error(c, "--redact-key: %.*s %s", STR_ARG(c->opt.redact_key),
                    error != 0 ? file_error(error) : "is too short for a key: 16 bytes at least");
        return false;
    }
    if (what != 0)
        c->opt.audit.redact = redact_new(c->arena, what, key);
    return true;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

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

bool output_write(const struct command *c, struct str path, struct str text)
{
    struct redact *r = c->opt.audit.redact;
    struct terminal t = terminal_of(c);
    bool standard = path.n == 0 || str_eq(path, STR("-"));
    text = redacted(r, guarded(c->arena, text, t.color, t.links));
    int error =
        c->host->write(c->host->ctx, standard ? NULL : arena_cstr(c->arena, path), text.p, text.n);
    if (error == 0)
        return true;
    struct str shown = standard ? STR("standard output") : path;
    complain(c, "%.*s cannot be written: %s", STR_ARG(redacted(r, str_safe(c->arena, shown))),
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

struct strs output_paths(const struct command *c)
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

int output_format(struct command *c, const char *words, struct str *path)
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

bool output_formats_ok(struct command *c)
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

bool output_wants(const struct command *c, const struct reporter *r)
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

int output_reports(struct command *c, struct report *r)
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
        struct terminal t = terminal_of(c);
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

void complain_diags(const struct command *c, const struct audit *a, enum diag_level level)
{
    for (size_t i = 0; i < a->diags.n; i++)
        if (a->diags.v[i].level >= level)
            complain(c, "%.*s",
                     STR_ARG(redacted(c->opt.audit.redact, diag_text(a, &a->diags.v[i]))));
}
