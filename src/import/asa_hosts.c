/* Names, objects of one host, and groups of hosts: long files consist of such lines. They are not
 * cut into words. A host is its address and the number of its line, as long as all members of its
 * entity are hosts; otherwise they become lines, which are read in full. */
#include "import/asa_twin.h"

#include <string.h>

/* REST loses HEAD, if it begins with it. */
static bool skip(struct str *rest, struct str head)
{
    bool is = rest->n > head.n && memcmp(rest->p, head.p, head.n) == 0;
    if (is)
        *rest = (struct str){rest->p + head.n, rest->n - head.n};
    return is;
}

/* The word at the front of REST, up to one blank, which goes, too. Not what a comment may be. */
static bool cut(struct str *rest, struct str *word)
{
    size_t n = 0;
    while (n < rest->n && (unsigned char)rest->p[n] > ' ')
        n++;
    *word = str_sub(*rest, 0, n);
    bool ends = n == rest->n || (rest->p[n] == ' ' && n + 1 != rest->n);
    *rest = str_from(*rest, n + 1);
    return n != 0 && word->p[0] != '!' && ends;
}

/* The entity that is open for a line behind one blank, if it may be kept as hosts. */
static struct asa_entity *open_entity(const struct asa_reader *r)
{
    bool members = r->block != NULL &&
                   (r->block->sub == asa_on_object_line || r->block->sub == asa_on_group_line);
    struct asa_entity *e = members && !r->in_hex ? r->open : NULL;
    return e == NULL || e->details != NULL || e->at.file != r->src->index ? NULL : e;
}

static bool read_host(struct asa_reader *r, uint32_t number, struct str text)
{
    struct asa_entity *e = open_entity(r);
    struct str head =
        e == NULL || e->kind == ASA_OBJECT_NETWORK ? STR(" host ") : STR(" network-object host ");
    uint32_t addr;
    if (e == NULL || (e->kind != ASA_OBJECT_NETWORK && e->kind != ASA_GROUP_NETWORK) ||
        !skip(&text, head) || !asa_quad(text, &addr))
        return false;
    if (e->kind == ASA_OBJECT_NETWORK) { /* a later line replaces */
        e->host = (struct asa_host){number, addr};
        return true;
    }
    if (e->hosts == NULL)
        e->hosts = NEW(r->asa->scratch, struct asa_hosts);
    *PUSH(r->asa->scratch, *e->hosts) = (struct asa_host){number, addr};
    return true;
}

static bool read_object(struct asa_reader *r, struct str rest, struct span at)
{
    struct str name;
    if (r->object == NULL || !cut(&rest, &name) || rest.n != 0)
        return false;
    r->cfg->new_nat = true;
    r->block = r->object;
    r->block_indent = 0;
    r->open = asa_entity_get(r, ASA_OBJECT_NETWORK, name, at);
    return true;
}

static bool read_name(struct asa_reader *r, struct str rest)
{
    struct str addr, name;
    if (!cut(&rest, &addr) || !cut(&rest, &name) || rest.n != 0)
        return false;
    r->block = NULL;
    r->open = NULL;
    asa_name(r, addr, name);
    return true;
}

/* A line that is no member ends what was open, and the lines of a certificate. */
static bool read_command(struct asa_reader *r, struct span at, struct str text)
{
    bool is = (skip(&text, STR("object network ")) && read_object(r, text, at)) ||
              (skip(&text, STR("name ")) && read_name(r, text));
    r->in_hex = r->in_hex && !is;
    return is;
}

bool asa_host_read(struct asa_reader *r, uint32_t number, struct str text)
{
    if (r->mode != ASA_MODE_CONFIG || r->asa->im->in_full || text.n > ASA_MAX_LINE)
        return false;
    struct span at = {r->src->index, number, 1, number, (uint32_t)text.n + 1};
    if (text.n == 0 || !(text.p[0] == ' ' ? read_host(r, number, text) : read_command(r, at, text)))
        return false;
    source_class(r->src, number, LINE_MODELLED);
    return true;
}

/* ---- entities that are more -------------------------------------------------------------------
 */

struct asa_details *asa_details(struct asa *x, struct asa_entity *e)
{
    if (e->details != NULL)
        return e->details;
    struct source *src = x->im->sources->v[e->at.file];
    const struct asa_hosts hosts = asa_hosts(e);
    e->details = NEW(x->scratch, struct asa_details);
    for (size_t i = 0; i < hosts.n; i++) {
        uint32_t number = hosts.v[i].line;
        *PUSH(x->scratch, e->details->lines) =
            asa_line_new(x, src, number, str_trim(source_line(src, number)));
    }
    e->hosts = NULL; /* nor a host */
    return e->details;
}
