/* iptables: what a rule does. */
#include "import/ipt_grammar.h"

#include <string.h>

/* ---- targets -------------------------------------------------------------------------------- */

enum { ONLY_DECIDES, TREATS, REJECTS, LOGS };

struct targets {
    const char *name;
    enum action action;
    int does;
};

static const struct targets targets[] = {
    {"ACCEPT", ACT_PERMIT, ONLY_DECIDES},  {"DROP", ACT_DENY, ONLY_DECIDES},
    {"RETURN", ACT_RETURN, ONLY_DECIDES},  {"REJECT", ACT_DENY, REJECTS},
    {"LOG", ACT_CONTINUE, LOGS},           {"NFLOG", ACT_CONTINUE, LOGS},
    {"ULOG", ACT_CONTINUE, LOGS},          {"AUDIT", ACT_CONTINUE, LOGS},
    {"TRACE", ACT_CONTINUE, TREATS},       {"CHECKSUM", ACT_CONTINUE, TREATS},
    {"TCPMSS", ACT_CONTINUE, TREATS},      {"CLASSIFY", ACT_CONTINUE, TREATS},
    {"SET", ACT_CONTINUE, TREATS},         {"MARK", ACT_CONTINUE, TREATS},
    {"CONNMARK", ACT_CONTINUE, TREATS},    {"TOS", ACT_CONTINUE, TREATS},
    {"DSCP", ACT_CONTINUE, TREATS},        {"TTL", ACT_CONTINUE, TREATS},
    {"HL", ACT_CONTINUE, TREATS},          {"ECN", ACT_CONTINUE, TREATS},
    {"NOTRACK", ACT_CONTINUE, TREATS},     {"CT", ACT_CONTINUE, TREATS},
    {"TEE", ACT_CONTINUE, TREATS},         {"RATEEST", ACT_CONTINUE, TREATS},
    {"CONNSECMARK", ACT_CONTINUE, TREATS}, {"SECMARK", ACT_CONTINUE, TREATS},
    {"IDLETIMER", ACT_CONTINUE, TREATS},   {"LED", ACT_CONTINUE, TREATS},
    {"TCPOPTSTRIP", ACT_CONTINUE, TREATS}, {"HMARK", ACT_CONTINUE, TREATS},
    {"DNPT", ACT_CONTINUE, TREATS},        {"SNPT", ACT_CONTINUE, TREATS},
    {"SNAT", ACT_PERMIT, TREATS},          {"MASQUERADE", ACT_PERMIT, TREATS},
    {"DNAT", ACT_PERMIT, TREATS},          {"REDIRECT", ACT_PERMIT, TREATS},
    {"NETMAP", ACT_PERMIT, TREATS},        {"TPROXY", ACT_PERMIT, TREATS},
    {"QUEUE", ACT_UNKNOWN, TREATS},        {"NFQUEUE", ACT_UNKNOWN, TREATS},
    {"SYNPROXY", ACT_UNKNOWN, TREATS},
};

static void add_rewrite(struct lower *l, struct rewrite w)
{
    struct rewrite *all = NEW_N(l->x->im->arena, struct rewrite, l->r->n_rewrites + 1);
    if (l->r->n_rewrites != 0)
        memcpy(all, l->r->rewrites, l->r->n_rewrites * sizeof *all);
    all[l->r->n_rewrites++] = w;
    l->r->rewrites = all;
}

static struct str target_option(const struct lower *l, const char *name)
{
    const struct ipt_words *w = &l->target_words;
    for (size_t i = 0; i + 1 < w->n; i++)
        if (str_eq(w->v[i].text, str_of(name)))
            return w->v[i + 1].text;
    return (struct str){"", 0};
}

static bool has_option(const struct lower *l, const char *name)
{
    for (size_t i = 0; i < l->target_words.n; i++)
        if (str_eq(l->target_words.v[i].text, str_of(name)))
            return true;
    return false;
}

/* "192.0.2.1", "192.0.2.1-192.0.2.9", "192.0.2.1:80", "[2001:db8::1]:80-90", ":80" */
static void rewrite_to(struct lower *l, struct str to)
{
    struct sets *s = ipt_sets(l);
    struct str addr = to, port = {"", 0};
    if (to.n != 0 && to.p[0] == '[') {
        size_t end = str_find(to, ']');
        addr = str_sub(to, 1, end - 1);
        port = str_from(to, end + 2);
    } else if (l->set->family == FAMILY_V4 && str_find(to, ':') != to.n) {
        addr = str_sub(to, 0, str_find(to, ':'));
        port = str_from(to, addr.n + 1);
    }
    enum family family;
    struct ival range;
    if (addr.n != 0 && range_parse(addr, &family, &range, NULL))
        add_rewrite(l,
                    (struct rewrite){.field = FIELD_DST, .to = set_range(s, range.lo, range.hi)});
    if (port.n != 0 && ipt_number_range(port, '-', UINT16_MAX, &range))
        add_rewrite(l,
                    (struct rewrite){.field = FIELD_DPORT, .to = set_range(s, range.lo, range.hi)});
}

/* A masked change by nothing is none: mask 0 would mean `to`. */
static void add_mark(struct lower *l, enum field f, uint64_t mask, uint64_t value)
{
    struct rewrite w = {.field = f, .mask = mask, .value = value};
    if (mask == UINT32_MAX)
        w = (struct rewrite){.field = f, .to = set_one(ipt_sets(l), value)};
    else if (mask == 0 && value == 0)
        return;
    else if (mask == 0)
        w.mask = (u128)1 << 32; /* a bit that no mark has: all others stay, and are flipped */
    add_rewrite(l, w);
}

static void rewrite_mark(struct lower *l, enum field field)
{
    /* new = (old & ~mask) ^ value */
    static const struct {
        const char *option;
        bool keep_mask, of_value, inverse, no_value;
    } forms[] = {
        {"--set-xmark", true, false, false, false}, {"--set-mark", true, true, false, false},
        {"--or-mark", false, true, false, false},   {"--and-mark", false, true, true, true},
        {"--xor-mark", false, false, false, false},
    };
    uint64_t value, mask;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct str v = target_option(l, forms[i].option);
        if (v.n == 0 || !ipt_masked_number(v, &value, &mask))
            continue;
        mask = forms[i].keep_mask ? mask : 0;
        if (forms[i].of_value)
            mask |= forms[i].inverse ? ~value & UINT32_MAX : value;
        value = forms[i].no_value ? 0 : value;
        add_mark(l, field, mask, value);
    }
}

static uint64_t mask_option(const struct lower *l, const char *name)
{
    uint64_t value, mask;
    struct str v = target_option(l, name);
    if (v.n == 0)
        v = target_option(l, "--mask");
    return v.n != 0 && ipt_masked_number(v, &value, &mask) ? value : UINT32_MAX;
}

/* CONNMARK --save-mark and --restore-mark; it does nothing to packets without a connection
 * (net/netfilter/xt_connmark.c). */
static void rewrite_connmark(struct lower *l)
{
    uint64_t ctmask = mask_option(l, "--ctmask"), nfmask = mask_option(l, "--nfmask");
    bool save = has_option(l, "--save-mark");
    ipt_narrow(l, FIELD_STATE, set_range(ipt_sets(l), STATE_NEW, STATE_RELATED));
    if (!save && !has_option(l, "--restore-mark")) {
        rewrite_mark(l, FIELD_CTMARK);
        return;
    }
    enum field to = save ? FIELD_CTMARK : FIELD_MARK, from = save ? FIELD_MARK : FIELD_CTMARK;
    uint64_t cleared = save ? ctmask : nfmask, copied = save ? nfmask : ctmask;
    if (copied != 0)
        add_rewrite(
            l, (struct rewrite){.field = to, .mask = cleared, .from = from, .from_mask = copied});
    else
        add_mark(l, to, cleared, 0);
}

/* To the device itself: on the way out to its loopback, else to an address of the interface that
 * the packet came in by, which the export does not say. */
static void rewrite_redirect(struct lower *l)
{
    struct sets *s = ipt_sets(l);
    struct ival range;
    bool six = l->set->family == FAMILY_V6, out = str_eq(l->chain->name, STR("OUTPUT"));
    struct str port = target_option(l, "--to-ports");
    if (port.n == 0)
        port = target_option(l, "--to-port");
    set_id loopback = set_one(s, six ? 1 : 0x7f000001);
    add_rewrite(l,
                (struct rewrite){.field = FIELD_DST,
                                 .to = out ? loopback : set_range(s, 0, addr_max(l->set->family))});
    if (port.n != 0 && ipt_number_range(port, '-', UINT16_MAX, &range))
        add_rewrite(l,
                    (struct rewrite){.field = FIELD_DPORT, .to = set_range(s, range.lo, range.hi)});
}

/* NETMAP: the host's bits stay; only where all that matches lies in one network of that size. */
static void rewrite_net(struct lower *l)
{
    enum family family;
    struct ival to;
    if (str_eq(l->chain->name, STR("POSTROUTING")) || l->n == 0 ||
        !range_parse(target_option(l, "--to"), &family, &to, NULL))
        return;
    u128 from = set_min(ipt_sets(l), l->cubes[0].f[FIELD_DST]), size = to.hi - to.lo;
    bool one = set_max(ipt_sets(l), l->cubes[0].f[FIELD_DST]) - from <= size &&
               (from & ~size) == ((from + size) & ~size);
    for (size_t i = 1; i < l->n; i++)
        one = one && l->cubes[i].f[FIELD_DST] == l->cubes[0].f[FIELD_DST];
    if (one)
        add_rewrite(l,
                    (struct rewrite){
                        .field = FIELD_DST, .shift = true, .value = to.lo, .base = from & ~size});
    else
        add_rewrite(
            l, (struct rewrite){.field = FIELD_DST, .to = set_range(ipt_sets(l), to.lo, to.hi)});
}

/* DNPT, SNPT: to another prefix; the bits that keep the checksum (RFC 6296) are not worked out. */
static void rewrite_prefix(struct lower *l, enum field f)
{
    enum family family;
    struct ival to;
    if (range_parse(target_option(l, "--dst-pfx"), &family, &to, NULL))
        add_rewrite(l, (struct rewrite){.field = f, .to = set_range(ipt_sets(l), to.lo, to.hi)});
}

/* SET: the set has to be there. */
static void need_set(struct lower *l)
{
    static const char *const options[] = {"--add-set", "--del-set", "--map-set"};
    for (size_t i = 0; i < 3; i++) {
        struct str name = target_option(l, options[i]);
        const struct ipt_set *set = name.n == 0 ? NULL : ipt_set_find(l->x, name);
        if (set != NULL)
            ipt_set_used(l->x, set);
        else if (name.n != 0)
            ipt_refuse(l->x, l->rule->source, l->target.at,
                       "there is no set %.*s; give the output of `ipset save`, too", STR_ARG(name));
    }
}

static void rewrites(struct lower *l, struct str target)
{
    if (str_eq(target, STR("DNPT")) || str_eq(target, STR("SNPT")))
        rewrite_prefix(l, str_eq(target, STR("DNPT")) ? FIELD_DST : FIELD_SRC);
    else if (str_eq(target, STR("HMARK")))
        add_rewrite(l,
                    (struct rewrite){.field = FIELD_MARK, .to = set_full(ipt_sets(l), FIELD_MARK)});
    else if (str_eq(target, STR("SET")))
        need_set(l);
    if (str_eq(target, STR("REDIRECT")))
        l->r->moves_to = MOVES_HERE;
    else if (str_eq(target, STR("DNAT")) || str_eq(target, STR("NETMAP")))
        l->r->moves_to = MOVES_ON;
    if (str_eq(target, STR("DNAT")))
        rewrite_to(l, target_option(l, "--to-destination"));
    else if (str_eq(target, STR("REDIRECT")))
        rewrite_redirect(l);
    else if (str_eq(target, STR("NETMAP")))
        rewrite_net(l);
    if (str_eq(target, STR("DNAT")) || str_eq(target, STR("REDIRECT")) ||
        str_eq(target, STR("NETMAP")))
        add_rewrite(l,
                    (struct rewrite){.field = FIELD_CTSTATUS, .to = set_one(ipt_sets(l), CT_DNAT)});
    if (str_eq(target, STR("MARK")))
        rewrite_mark(l, FIELD_MARK);
    else if (str_eq(target, STR("CONNMARK")))
        rewrite_connmark(l);
    else if (str_eq(target, STR("NOTRACK")) ||
             (str_eq(target, STR("CT")) && l->target_words.n != 0 &&
              str_eq(l->target_words.v[0].text, STR("--notrack"))))
        add_rewrite(
            l, (struct rewrite){.field = FIELD_STATE, .to = set_one(ipt_sets(l), STATE_UNTRACKED)});
}

/* What takes packets off their way, for rules that ask: "redirect.TARGET", "mark.set". */
static void tell_diversion(struct lower *l, struct str target)
{
    static const char *const targets_of[] = {"REDIRECT", "TPROXY", "DNAT", "NFQUEUE", "QUEUE"};
    for (size_t i = 0; i < sizeof targets_of / sizeof *targets_of; i++)
        if (str_eq(target, str_of(targets_of[i])))
            policy_fact(l->x->policy, arena_strf(l->x->im->arena, "redirect.%s", targets_of[i]),
                        l->rule->text, l->r->at, l->r);
    if (str_eq(target, STR("MARK")))
        policy_fact(l->x->policy, STR("mark.set"), l->rule->text, l->r->at, l->r);
}

/* What the target does beside its action, as iptables-save spells it; of what iptables refuses, as
 * it is written. */
static uint32_t treatment(const struct lower *l)
{
    struct out words = {.arena = l->x->im->arena};
    const struct ipt_form *form = l->rule->form;
    out_str(&words, l->target.text);
    if (form != NULL && !form->refused)
        ipt_use_spell(&words, l->set->family, &form->target);
    else
        for (size_t i = 0; i < l->target_words.n; i++)
            out_fmt(&words, " %.*s", STR_ARG(l->target_words.v[i].text));
    return policy_treatment(l->x->policy, out_taken(&words));
}

bool ipt_is_target(struct str name)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (str_eq(name, str_of(targets[i].name)))
            return true;
    for (const struct ipt_extension *is = ipt_grammar_targets; is->name != NULL; is++)
        if (str_eq(name, str_of(is->name)))
            return true;
    return false;
}

void ipt_lower_target(struct lower *l)
{
    struct str name = l->target.text;
    if (name.n == 0)
        return;
    tell_diversion(l, name);
    static const char *const tracking[] = {"SNAT",     "DNAT",   "MASQUERADE", "REDIRECT",
                                           "NETMAP",   "CT",     "CONNMARK",   "CONNSECMARK",
                                           "SYNPROXY", "NOTRACK"};
    for (size_t i = 0; i < sizeof tracking / sizeof *tracking; i++)
        if (str_eq(name, str_of(tracking[i])))
            l->x->tracks[l->set->family] = true;
    for (size_t i = 0; i < sizeof targets / sizeof *targets && !l->go; i++)
        if (str_eq(name, str_of(targets[i].name))) {
            l->r->action = targets[i].action;
            l->r->reject = targets[i].does == REJECTS;
            l->r->logs = targets[i].does == LOGS;
            if (targets[i].does != ONLY_DECIDES)
                l->r->treatment = treatment(l);
            rewrites(l, name);
            return;
        }
    struct ipt_chain *to = ipt_chain_get(l->set, l->chain->table, name);
    bool reserved = to != NULL && to->policy.n != 0;
    if (reserved || to == NULL)
        ipt_refuse(l->x, l->rule->source, l->target.at, "%.*s is %s", STR_ARG(name),
                   reserved ? "a builtin chain: no rule can jump there"
                            : "neither a target nor a chain of this table");
    if (to != NULL && to->policy.n == 0) {
        l->r->action = l->go ? ACT_GOTO : ACT_JUMP;
        l->r->target = to->chain;
        return;
    }
    l->r->action = ACT_UNKNOWN;
    l->r->treatment = treatment(l);
}
