/* What standard output shows: colours, links, UTF-8, and how wide it is. */
#include "cli/cli.h"

#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is(const char *value, const char *word)
{
    return value != NULL && strcmp(value, word) == 0;
}

static bool is_set(const char *value)
{
    return value != NULL && *value != '\0';
}

/* A number up to MAX, as COLUMNS and VTE_VERSION have it; 0 if VALUE is none. */
static unsigned long number(const char *value, unsigned long max)
{
    char *end;
    if (!is_set(value) || strspn(value, "0123456789") != strlen(value))
        return 0;
    unsigned long n = strtoul(value, &end, 10);
    return n <= max ? n : 0;
}

/* no-color.org, force-color.org, bixense.com/clicolors */
static bool shows_color(bool is_terminal)
{
    const char *const force[] = {getenv("FORCE_COLOR"), getenv("CLICOLOR_FORCE")};
    const char *term = getenv("TERM");
    if (is_set(getenv("NO_COLOR")))
        return false;
    for (size_t i = 0; i < sizeof force / sizeof *force; i++)
        if (is_set(force[i]) && !is(force[i], "0"))
            return true;
    return is_terminal && !is(getenv("CLICOLOR"), "0") && term != NULL && !is(term, "dumb");
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
    const char *term = getenv("TERM");
    if (term == NULL || is(term, "dumb") || strncmp(term, "screen", 6) == 0)
        return false;
    if (number(getenv("VTE_VERSION"), UINT32_MAX) >= 5002)
        return true; /* 0.50.0 and 0.50.1 crashed on them */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *value = getenv(known[i].variable);
        if (value != NULL && strncmp(value, known[i].begins, strlen(known[i].begins)) == 0)
            return true;
    }
    return false;
}

static bool shows_links(bool is_terminal)
{
    const char *force = getenv("FORCE_HYPERLINK");
    if (is_set(force))
        return !is(force, "0");
    return is_terminal && knows_links();
}

/* The locale's character set, without making the locale the program's. */
static bool locale_is_utf8(void)
{
    locale_t l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (l == (locale_t)0)
        return false;
    bool utf8 = is(nl_langinfo_l(CODESET, l), "UTF-8");
    freelocale(l);
    return utf8;
}

#define COLUMNS_MIN 40
#define COLUMNS_MAX 10000

static unsigned columns(void)
{
    struct winsize size;
    unsigned long told = number(getenv("COLUMNS"), COLUMNS_MAX);
    if (told >= COLUMNS_MIN)
        return (unsigned)told;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= COLUMNS_MIN)
        return size.ws_col;
    return 0;
}

void terminal_describe(struct fwproof_host *h)
{
    bool is_terminal = isatty(STDOUT_FILENO) == 1;
    h->color = shows_color(is_terminal);
    h->links = shows_links(is_terminal);
    h->utf8 = !is_terminal || locale_is_utf8();
    h->columns = is_terminal ? columns() : 0;
}
