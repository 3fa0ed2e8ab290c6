/* iptables: what conntrack knows of a packet's connection (net/netfilter/xt_conntrack.c). */
#include "import/ipt_int.h"

/* ---- packets of a connection ------------------------------------------------------------------
 */

/* With --ctstate in the same match, a packet without a connection is decided by that alone. */
static bool asks_state(const struct lower *l)
{
    return ipt_match_has(l, "--ctstate");
}

/* Only packets of a connection go on, and those without one, if --ctstate decides them. */
static void narrow_tracked(struct lower *l, enum field f, set_id set)
{
    struct sets *s = ipt_sets(l);
    set_id tracked = set_range(s, STATE_NEW, STATE_RELATED);
    set_id values = l->negated ? set_minus(s, set_full(s, f), set) : set;
    size_t n = asks_state(l) ? l->n : 0;
    for (size_t i = 0; i < n; i++) {
        struct cube other = l->cubes[i];
        other.f[FIELD_STATE] = set_minus(s, other.f[FIELD_STATE], tracked);
        l->cubes[i].f[FIELD_STATE] = set_and(s, l->cubes[i].f[FIELD_STATE], tracked);
        l->cubes[i].f[f] = set_and(s, l->cubes[i].f[f], values);
        l->cubes = array_room(l->x->im->arena, l->cubes, l->n, &l->cap, sizeof *l->cubes);
        l->cubes[l->n++] = other;
    }
    if (n == 0) {
        ipt_narrow(l, FIELD_STATE, tracked);
        ipt_narrow(l, f, values);
    }
    ipt_drop_empty(l);
}

/* ---- states and status ------------------------------------------------------------------------
 */

struct bit_name {
    const char *name;
    unsigned bit;
};

/* "A,B" of NAMES, without regard to case. */
static bool bits_parse(struct str v, const struct bit_name *names, size_t n, unsigned *bits)
{
    struct str one;
    *bits = 0;
    while (str_cut(&v, ',', &one)) {
        size_t i = 0;
        while (i < n && !str_eq_nocase(one, str_of(names[i].name)))
            i++;
        if (i == n)
            return false;
        *bits |= names[i].bit;
    }
    return true;
}

static set_id states_of(struct lower *l, unsigned bits)
{
    set_id all = SET_EMPTY;
    for (unsigned k = STATE_NEW; k <= STATE_UNTRACKED; k++)
        if ((bits >> k & 1) != 0)
            all = set_or(ipt_sets(l), all, set_one(ipt_sets(l), k));
    return all;
}

/* STATES, or a connection whose status has STATUS; after a `!` neither. */
static bool narrow_states(struct lower *l, set_id states, set_id status)
{
    struct sets *s = ipt_sets(l);
    set_id tracked = set_range(s, STATE_NEW, STATE_RELATED), other = set_minus(s, tracked, states);
    size_t n = status == SET_EMPTY ? 0 : l->n;
    if (n == 0)
        return ipt_narrow_to(l, FIELD_STATE, states);
    set_id none = set_minus(s, set_full(s, FIELD_CTSTATUS), status);
    set_id first =
        l->negated ? set_minus(s, set_full(s, FIELD_STATE), set_or(s, tracked, states)) : states;
    for (size_t i = 0; i < n; i++) {
        struct cube c = l->cubes[i];
        c.f[FIELD_STATE] = set_and(s, c.f[FIELD_STATE], other);
        c.f[FIELD_CTSTATUS] = set_and(s, c.f[FIELD_CTSTATUS], l->negated ? none : status);
        l->cubes = array_room(l->x->im->arena, l->cubes, l->n, &l->cap, sizeof *l->cubes);
        l->cubes[l->n++] = c;
        l->cubes[i].f[FIELD_STATE] = set_and(s, l->cubes[i].f[FIELD_STATE], first);
    }
    ipt_drop_empty(l);
    return true;
}

static bool opt_state(struct lower *l, struct str v)
{
    static const struct bit_name names[] = {{"NEW", 1u << STATE_NEW},
                                            {"ESTABLISHED", 1u << STATE_ESTABLISHED},
                                            {"RELATED", 1u << STATE_RELATED},
                                            {"INVALID", 1u << STATE_INVALID},
                                            {"UNTRACKED", 1u << STATE_UNTRACKED},
                                            {"SNAT", CT_SNAT << 8},
                                            {"DNAT", CT_DNAT << 8}};
    unsigned bits;
    return v.n != 0 && bits_parse(v, names, sizeof names / sizeof *names, &bits) &&
           narrow_states(l, states_of(l, bits & 255), ipt_with_bits(l, bits >> 8));
}

/* NONE asks for no bit, and so matches nothing. */
static bool opt_status(struct lower *l, struct str v)
{
    static const struct bit_name names[] = {{"NONE", 0},
                                            {"EXPECTED", CT_EXPECTED},
                                            {"SEEN_REPLY", CT_SEEN_REPLY},
                                            {"ASSURED", CT_ASSURED},
                                            {"CONFIRMED", CT_CONFIRMED}};
    unsigned bits;
    if (!bits_parse(v, names, sizeof names / sizeof *names, &bits))
        return false;
    narrow_tracked(l, FIELD_CTSTATUS, ipt_with_bits(l, bits));
    return true;
}

static bool opt_direction(struct lower *l, struct str v)
{
    set_id replies = ipt_with_bits(l, CT_REPLY);
    bool reply = str_eq_nocase(v, STR("REPLY"));
    if (!reply && !str_eq_nocase(v, STR("ORIGINAL")))
        return false;
    narrow_tracked(l, FIELD_CTSTATUS,
                   reply ? replies
                         : set_minus(ipt_sets(l), set_full(ipt_sets(l), FIELD_CTSTATUS), replies));
    return true;
}

/* ---- tuples ------------------------------------------------------------------------------------
 */

/* A test of the connection's tuple: kept as parts, for it speaks of the packet as it arrived. */
struct tuple_test {
    struct cond_part parts[3 + 3 + 2]; /* that hold, open ones, and two of their callers */
    size_t n;
};

static struct cond_part *add_part(struct lower *l, struct tuple_test *t)
{
    struct cond_part *p = &t->parts[t->n++];
    *p = (struct cond_part){.now = cube_any(ipt_sets(l))};
    return p;
}

static void narrow_part(struct lower *l, struct cond_part *p, enum field f, set_id set)
{
    p->now.f[f] = set_and(ipt_sets(l), p->now.f[f], set);
}

/* Errors about a connection carry its tuple inside; they are what RELATED ICMP is. */
static set_id icmp_protos(struct lower *l)
{
    struct sets *s = ipt_sets(l);
    return set_or(s, set_one(s, PROTO_ICMP), set_one(s, PROTO_ICMPV6));
}

/* The packets whose own header is that of their connection, in its first direction or in the
 * other. */
static struct cond_part *own_header(struct lower *l, struct tuple_test *t, bool reply,
                                    unsigned first, unsigned last)
{
    struct sets *s = ipt_sets(l);
    struct cond_part *p = add_part(l, t);
    set_id replies = ipt_with_bits(l, CT_REPLY);
    narrow_part(l, p, FIELD_STATE, set_range(s, first, last));
    narrow_part(l, p, FIELD_CTSTATUS,
                reply ? replies : set_minus(s, set_full(s, FIELD_CTSTATUS), replies));
    if (first == STATE_RELATED)
        narrow_part(l, p, FIELD_PROTO, set_minus(s, set_full(s, FIELD_PROTO), icmp_protos(l)));
    return p;
}

static void arrived(struct lower *l, struct cond_part *p, enum field f, set_id set)
{
    struct cube *orig = NEW(l->x->im->arena, struct cube);
    *orig = cube_any(ipt_sets(l));
    orig->f[f] = set;
    p->orig = orig;
}

/* F of the original tuple in SET: known of packets that go the first way, as they arrived; of
 * replies by their other end, where no NAT stands between. */
static void original_parts(struct lower *l, struct tuple_test *t, enum field f, set_id set)
{
    static const enum field other_end[FIELD_COUNT] = {[FIELD_SRC] = FIELD_DST,
                                                      [FIELD_DST] = FIELD_SRC,
                                                      [FIELD_SPORT] = FIELD_DPORT,
                                                      [FIELD_DPORT] = FIELD_SPORT};
    struct sets *s = ipt_sets(l);
    arrived(l, own_header(l, t, false, STATE_NEW, STATE_ESTABLISHED), f, set);
    arrived(l, own_header(l, t, false, STATE_RELATED, STATE_RELATED), f, set);
    struct cond_part *p = own_header(l, t, true, STATE_NEW, STATE_ESTABLISHED);
    narrow_part(l, p, FIELD_CTSTATUS,
                set_minus(s, set_full(s, FIELD_CTSTATUS), ipt_with_bits(l, CT_SNAT | CT_DNAT)));
    arrived(l, p, other_end[f], set);
}

/* What stays open of tuples: errors, whose tuple is inside, and replies through NAT. */
static void open_parts(struct lower *l, struct tuple_test *t, bool replies)
{
    struct cond_part *p = add_part(l, t);
    narrow_part(l, p, FIELD_STATE, set_one(ipt_sets(l), STATE_RELATED));
    narrow_part(l, p, FIELD_PROTO, icmp_protos(l));
    if (!replies)
        return;
    p = own_header(l, t, true, STATE_NEW, STATE_ESTABLISHED);
    narrow_part(l, p, FIELD_CTSTATUS, ipt_with_bits(l, CT_SNAT | CT_DNAT));
    own_header(l, t, true, STATE_RELATED, STATE_RELATED);
}

/* T asked of packets of a connection, which those without one neither pass nor fail. */
static bool add_test(struct lower *l, struct str v, struct tuple_test *t, size_t n_hold)
{
    struct sets *s = ipt_sets(l);
    struct str option = l->rule->words.v[l->at - 1].text;
    set_id tracked = set_range(s, STATE_NEW, STATE_RELATED);
    bool keep = asks_state(l);
    if (!keep)
        ipt_narrow(l, FIELD_STATE, tracked);
    if (keep && !l->negated) { /* --ctstate has decided those without a connection */
        add_part(l, t);
        for (size_t i = t->n - 1; i > n_hold; i--)
            t->parts[i] = t->parts[i - 1];
        struct cond_part *p = &t->parts[n_hold++];
        *p = (struct cond_part){.now = cube_any(s)};
        narrow_part(l, p, FIELD_STATE, set_minus(s, set_full(s, FIELD_STATE), tracked));
    }
    struct str text =
        arena_strf(l->x->im->arena, "%s%.*s %.*s", keep && !l->negated ? "--ctstate " : "",
                   STR_ARG(option), STR_ARG(v));
    ipt_test(l, (struct cond){.kind = STR("conntrack"),
                              .text = text,
                              .parts = t->parts,
                              .n_hold = n_hold,
                              .n_parts = t->n});
    return true;
}

static bool opt_proto(struct lower *l, struct str v)
{
    uint8_t proto;
    struct tuple_test t = {.n = 0};
    if (!proto_parse(v, &proto))
        return false;
    struct cond_part *p = add_part(l, &t);
    narrow_part(l, p, FIELD_PROTO, set_one(ipt_sets(l), proto));
    narrow_part(l, p, FIELD_STATE, set_range(ipt_sets(l), STATE_NEW, STATE_ESTABLISHED));
    p = add_part(l, &t);
    narrow_part(l, p, FIELD_PROTO,
                set_minus(ipt_sets(l), set_one(ipt_sets(l), proto), icmp_protos(l)));
    narrow_part(l, p, FIELD_STATE, set_one(ipt_sets(l), STATE_RELATED));
    size_t n_hold = t.n;
    open_parts(l, &t, false);
    return add_test(l, v, &t, n_hold);
}

static bool original_address(struct lower *l, enum field f, struct str v)
{
    struct tuple_test t = {.n = 0};
    set_id set;
    if (!ipt_address(l, v, &set))
        return false;
    original_parts(l, &t, f, set);
    size_t n_hold = t.n;
    open_parts(l, &t, true);
    return add_test(l, v, &t, n_hold);
}

/* Protocols without ports have other numbers in the tuple: ICMP its id, GRE its key. */
static bool original_port(struct lower *l, enum field f, struct str v)
{
    struct ival r;
    struct sets *s = ipt_sets(l);
    struct tuple_test t = {.n = 0};
    struct ival ported[] = {{PROTO_TCP, PROTO_TCP},
                            {PROTO_UDP, PROTO_UDP},
                            {PROTO_SCTP, PROTO_SCTP},
                            {PROTO_DCCP, PROTO_DCCP},
                            {PROTO_UDPLITE, PROTO_UDPLITE}};
    set_id protos = set_of(s, ported, sizeof ported / sizeof *ported);
    if (!ipt_number_range(v, ':', UINT16_MAX, &r))
        return false;
    original_parts(l, &t, f, set_range(s, r.lo, r.hi));
    size_t n_hold = t.n;
    for (size_t i = 0; i < n_hold; i++)
        narrow_part(l, &t.parts[i], FIELD_PROTO, protos);
    open_parts(l, &t, true);
    struct cond_part *p = add_part(l, &t);
    narrow_part(l, p, FIELD_STATE, set_range(s, STATE_NEW, STATE_RELATED));
    narrow_part(l, p, FIELD_PROTO, set_minus(s, set_full(s, FIELD_PROTO), protos));
    return add_test(l, v, &t, n_hold);
}

static bool opt_orig_src(struct lower *l, struct str v)
{
    return original_address(l, FIELD_SRC, v);
}

static bool opt_orig_dst(struct lower *l, struct str v)
{
    return original_address(l, FIELD_DST, v);
}

static bool opt_orig_sport(struct lower *l, struct str v)
{
    return original_port(l, FIELD_SPORT, v);
}

static bool opt_orig_dport(struct lower *l, struct str v)
{
    return original_port(l, FIELD_DPORT, v);
}

/* What only the table of connections tells: the way back (NAT may change it after this rule), and
 * how long the entry lives. */
static bool opt_entry(struct lower *l, struct str v)
{
    struct tuple_test t = {.n = 0};
    narrow_part(l, add_part(l, &t), FIELD_STATE, set_range(ipt_sets(l), STATE_NEW, STATE_RELATED));
    return add_test(l, v, &t, 0);
}

const struct ipt_option ipt_options_conntrack[] = {
    {"--state", "--ctstate", 1, opt_state, NULL},
    {"--ctstatus", NULL, 1, opt_status, NULL},
    {"--ctdir", NULL, 1, opt_direction, NULL},
    {"--ctproto", NULL, 1, opt_proto, NULL},
    {"--ctorigsrc", NULL, 1, opt_orig_src, NULL},
    {"--ctorigdst", NULL, 1, opt_orig_dst, NULL},
    {"--ctorigsrcport", NULL, 1, opt_orig_sport, NULL},
    {"--ctorigdstport", NULL, 1, opt_orig_dport, NULL},
    {"--ctreplsrc", NULL, 1, opt_entry, NULL},
    {"--ctrepldst", NULL, 1, opt_entry, NULL},
    {"--ctreplsrcport", NULL, 1, opt_entry, NULL},
    {"--ctrepldstport", NULL, 1, opt_entry, NULL},
    {"--ctexpire", NULL, 1, opt_entry, NULL},
    {NULL, NULL, 0, NULL, NULL},
};
