#include "import/import.h"

#define X(name) &format_##name,
const struct format *const formats[] = {IMPORTERS(X)};
#undef X
const size_t n_formats = sizeof formats / sizeof *formats;

void import_know_ifaces(const struct import *im, struct policy *p)
{
    for (size_t i = 0; im->same_ifaces != NULL && i < im->same_ifaces->n; i++)
        ifaces_same(im->arena, &p->ifaces, im->same_ifaces->v[i].name, im->same_ifaces->v[i].other);
    for (size_t i = 0; im->known_ifaces != NULL && i < im->known_ifaces->n; i++)
        ifaces_add(im->arena, &p->ifaces, im->known_ifaces->v[i]);
}

enum diag_level import_refusal(const struct import *im, const struct source *s)
{
    return s != NULL && s == im->change ? DIAG_ERROR : DIAG_INCOMPLETE;
}

const struct format *format_find(struct str name)
{
    for (size_t i = 0; i < n_formats; i++)
        if (str_eq(str_of(formats[i]->name), name))
            return formats[i];
    return NULL;
}

/* What people hand in by mistake, told by how it begins, and what they should do instead. */
static const struct {
    struct str magic;
    const char *what, *hint;
} foreign[] = {
    {STR_INIT("\x1f\x8b"), "a gzip archive", "unpack it first"},
    {STR_INIT("BZh"), "a bzip2 archive", "unpack it first"},
    {STR_INIT("\xfd"
              "7zXZ"),
     "an xz archive", "unpack it first"},
    {STR_INIT("PK\x03\x04"), "a ZIP archive or an Excel workbook",
     "unpack it first, or save the sheet as CSV (UTF-8)"},
    {STR_INIT("\x7f"
              "ELF"),
     "a program", ""},
    {STR_INIT("%PDF"), "a PDF document", ""},
    {STR_INIT("<"), "XML or HTML", "export the rules as text or CSV"},
    {STR_INIT("{"), "JSON", "packs go to --pack, site files to --site"},
    {STR_INIT("["), "JSON", "export the rules as text or CSV"},
    {STR_INIT("Chain "), "a listing by `iptables -L`, which leaves out interfaces",
     "use the output of iptables-save"},
    {STR_INIT("table "), "an nftables ruleset",
     "if the rules were made by iptables-nft, use the output of iptables-save"},
    {STR_INIT("-----BEGIN "), "a key or a certificate", ""},
};

static void say_unknown(struct diags *d, const struct source *s)
{
    struct span at = {s->index, 0, 0, 0, 0};
    struct str text = str_trim(s->bytes);
    if (str_starts(text, STR("\xef\xbb\xbf")))
        text = str_trim(str_from(text, 3));
    if (text.n == 0) {
        diag_add(d, DIAG_INCOMPLETE, at, "the file is empty: nothing was audited");
        return;
    }
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (!str_starts(text, foreign[i].magic))
            continue;
        diag_add(d, DIAG_INCOMPLETE, at, "this is %s, not a firewall export that fwproof reads",
                 foreign[i].what)
            ->hint = str_of(foreign[i].hint);
        return;
    }
    size_t nul = str_find(s->bytes, '\0');
    if (nul < s->bytes.n)
        diag_add(d, DIAG_INCOMPLETE, at, "binary data (a NUL byte at offset %zu): not an export",
                 nul);
    else
        diag_add(d, DIAG_INCOMPLETE, at, "not recognised as any known export")->hint =
            STR("if it is one, say which with --input-format");
}

const struct format *format_detect(struct diags *d, const struct source *s)
{
    struct str head = str_sub(s->bytes, 0, FORMAT_HEAD_MAX);
    bool text = str_find(head, '\0') == head.n;
    const struct format *best = NULL;
    int best_score = 0;
    for (size_t i = 0; text && i < n_formats; i++) {
        bool beaten = formats[i]->most != 0 && formats[i]->most <= best_score;
        int score = beaten ? 0 : formats[i]->sniff(head);
        if (score > best_score) {
            best_score = score;
            best = formats[i];
        }
    }
    if (best == NULL)
        say_unknown(d, s);
    return best;
}
