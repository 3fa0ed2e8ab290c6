/* iptables: IPv6's extension headers, and what a packet has beside the model's fields: TCP options,
 * the owner of its socket. */
#include "import/ipt_int.h"

/* A condition on a value that a packet has, or may be told to have. */
static bool ask_trait(struct lower *l, const char *kind, struct str v, enum trait trait,
                      set_id values)
{
    struct str option = l->rule->words.v[l->at].text;
    ipt_test(l, (struct cond){.kind = str_of(kind),
                              .text = arena_strf(l->x->im->arena, "%d %.*s", (int)trait,
                                                 STR_ARG(v.n != 0 ? v : option)),
                              .trait = trait,
                              .values = values});
    return true;
}

static bool ask_range(struct lower *l, const char *kind, struct str v, char sep, u128 max,
                      enum trait trait)
{
    struct ival r;
    return ipt_number_range(v, sep, max, &r) &&
           ask_trait(l, kind, v, trait, set_range(ipt_sets(l), r.lo, r.hi));
}

/* ---- TCP options ------------------------------------------------------------------------------
 */

static void need_transport(struct lower *l)
{
    ipt_narrow(l, FIELD_FRAG, set_range(ipt_sets(l), FRAG_NONE, FRAG_FIRST));
}

static bool opt_tcp_option(struct lower *l, struct str v)
{
    need_transport(l);
    return ask_range(l, "tcp-option", v, ':', 255, TRAIT_TCP_OPTION);
}

static bool opt_mss(struct lower *l, struct str v)
{
    need_transport(l);
    return ask_range(l, "tcpmss", v, ':', UINT16_MAX, TRAIT_TCP_MSS);
}

/* ---- the socket's owner ------------------------------------------------------------------------
 */

/* By number or range; a name's number is the host's to know. */
static bool owned_by(struct lower *l, struct str v, enum trait trait)
{
    struct str option = l->rule->words.v[l->at - 1].text;
    if (!ask_range(l, "owner", v, '-', UINT32_MAX - 1, trait))
        ipt_condition(l, "owner",
                      arena_strf(l->x->im->arena, "%.*s %.*s", STR_ARG(option), STR_ARG(v)), true);
    return true;
}

static bool opt_uid(struct lower *l, struct str v)
{
    return owned_by(l, v, TRAIT_UID);
}

static bool opt_gid(struct lower *l, struct str v)
{
    return owned_by(l, v, TRAIT_GID);
}

/* A socket has an owner. */
static bool opt_socket(struct lower *l, struct str v)
{
    return ask_trait(l, "owner", v, TRAIT_UID, set_range(ipt_sets(l), 0, UINT32_MAX));
}

static bool opt_suppl_groups(struct lower *l, struct str v)
{
    (void)v;
    ipt_condition(l, "owner", STR("--suppl-groups"), true);
    return true;
}

/* ---- extension headers -------------------------------------------------------------------------
 */

void ipt_need_header(struct lower *l)
{
    static const struct {
        const char *match;
        unsigned header;
    } rows[] = {{"rt", EXT_ROUTE}, {"frag", EXT_FRAG}, {"hbh", EXT_HBH}, {"dst", EXT_DST}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(l->match, str_of(rows[i].match)))
            ipt_narrow(l, FIELD_EXTHDR, ipt_with_bits(l, rows[i].header));
}

static bool opt_route_type(struct lower *l, struct str v)
{
    return ask_range(l, "rt", v, ':', 255, TRAIT_ROUTE_TYPE);
}

/* What no field tells of a header that is there. */
static bool opt_inside(struct lower *l, struct str v)
{
    size_t at = v.n != 0 ? l->at - 1 : l->at;
    struct str option = l->rule->words.v[at].text;
    struct out kind = {.arena = l->x->im->arena};
    out_fmt(&kind, "%.*s", STR_ARG(l->match));
    struct cond c = {.kind = out_taken(&kind),
                     .text = arena_strf(l->x->im->arena, "%.*s %.*s", STR_ARG(option), STR_ARG(v)),
                     .at = l->r->at,
                     .of_packet = true};
    rule_cond(l->x->policy, l->r, c, !l->negated);
    return true;
}

static bool opt_frag_first(struct lower *l, struct str v)
{
    (void)v;
    return ipt_narrow_range(l, FIELD_FRAG, FRAG_NONE, FRAG_FIRST);
}

/* More fragments follow: the first has that for sure, a whole packet has not, of the later ones
 * only the last has not. */
static bool more_follow(struct lower *l, bool more)
{
    struct sets *s = ipt_sets(l);
    struct cond_part parts[2] = {{.now = cube_any(s)}, {.now = cube_any(s)}};
    parts[0].now.f[FIELD_FRAG] = set_one(s, more ? FRAG_FIRST : FRAG_NONE);
    parts[1].now.f[FIELD_FRAG] = set_one(s, FRAG_LATER);
    ipt_test(l, (struct cond){.kind = STR("frag"),
                              .text = more ? STR("--fragmore") : STR("--fraglast"),
                              .parts = parts,
                              .n_hold = 1,
                              .n_parts = 2,
                              .trait = TRAIT_MORE_FRAGMENTS,
                              .values = set_one(s, more)});
    return true;
}

static bool opt_frag_more(struct lower *l, struct str v)
{
    (void)v;
    return more_follow(l, true);
}

static bool opt_frag_last(struct lower *l, struct str v)
{
    (void)v;
    return more_follow(l, false);
}

/* --header LIST: these and no others; with --soft, at least these (after a `!`: none of these). */
static bool opt_header(struct lower *l, struct str v)
{
    static const struct {
        const char *name, *other;
        unsigned header;
    } rows[] = {{"hop", "hop-by-hop", EXT_HBH},
                {"dst", "ipv6-opts", EXT_DST},
                {"route", "ipv6-route", EXT_ROUTE},
                {"frag", "ipv6-frag", EXT_FRAG}};
    struct str rest = v, one;
    bool negated = l->negated, known = v.n != 0 && ipt_match_has(l, "--soft");
    while (known && str_cut(&rest, ',', &one)) {
        size_t i = 0, n = sizeof rows / sizeof *rows;
        while (i < n && !str_eq(one, str_of(rows[i].name)) && !str_eq(one, str_of(rows[i].other)))
            i++;
        known = i < n;
        if (known)
            ipt_narrow_to(l, FIELD_EXTHDR, ipt_with_bits(l, rows[i].header));
    }
    l->negated = negated;
    return known || opt_inside(l, v);
}

static bool opt_soft(struct lower *l, struct str v)
{
    (void)l;
    (void)v;
    return true;
}

static bool opt_chunks(struct lower *l, struct str v)
{
    struct str list = l->rule->words.v[l->at].text;
    ipt_condition(l, "sctp",
                  arena_strf(l->x->im->arena, "--chunk-types %.*s %.*s",
                             STR_ARG(l->rule->words.v[l->at - 1].text), STR_ARG(list)),
                  true);
    (void)v;
    return true;
}

const struct ipt_option ipt_options_trait[] = {
    {"--tcp-option", NULL, 1, opt_tcp_option, NULL},
    {"--mss", NULL, 1, opt_mss, "tcpmss"},
    {"--uid-owner", NULL, 1, opt_uid, "owner"},
    {"--gid-owner", NULL, 1, opt_gid, "owner"},
    {"--socket-exists", NULL, 0, opt_socket, "owner"},
    {"--suppl-groups", NULL, 0, opt_suppl_groups, "owner"},
    {"--rt-type", NULL, 1, opt_route_type, "rt"},
    {"--rt-segsleft", NULL, 1, opt_inside, "rt"},
    {"--rt-len", NULL, 1, opt_inside, "rt"},
    {"--rt-0-res", NULL, 0, opt_inside, "rt"},
    {"--rt-0-addrs", NULL, 1, opt_inside, "rt"},
    {"--rt-0-not-strict", NULL, 0, opt_inside, "rt"},
    {"--fragid", NULL, 1, opt_inside, "frag"},
    {"--fraglen", NULL, 1, opt_inside, "frag"},
    {"--fragres", NULL, 0, opt_inside, "frag"},
    {"--fragfirst", NULL, 0, opt_frag_first, "frag"},
    {"--fragmore", NULL, 0, opt_frag_more, "frag"},
    {"--fraglast", NULL, 0, opt_frag_last, "frag"},
    {"--hbh-len", NULL, 1, opt_inside, "hbh"},
    {"--hbh-opts", NULL, 1, opt_inside, "hbh"},
    {"--dst-len", NULL, 1, opt_inside, "dst"},
    {"--dst-opts", NULL, 1, opt_inside, "dst"},
    {"--header", NULL, 1, opt_header, "ipv6header"},
    {"--soft", NULL, 0, opt_soft, "ipv6header"},
    {"--dccp-types", NULL, 1, opt_inside, "dccp"},
    {"--dccp-option", NULL, 1, opt_inside, "dccp"},
    {"--chunk-types", NULL, 2, opt_chunks, "sctp"},
    {NULL, NULL, 0, NULL, NULL},
};
