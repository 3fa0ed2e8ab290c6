/* A row becomes rules: one for what it says for sure, and one more for each way in which it hangs
 * on a name that is not known, so that the sure part stays sure. */
#include "import/csv_int.h"

static struct str column_of(const struct csv_lowered *w, enum csv_role role)
{
    size_t at = w->r->columns->at[role];
    return at == 0 ? str_of(csv_role_names[role])
                   : csv_column_name(w->x->im->arena, w->r->columns, at - 1);
}

/* Where TEXT stands in the cell; the cell, if it does not as it is. */
static struct span value_at(const struct csv_lowered *w, enum csv_role role, struct str text)
{
    struct span at = csv_at(w->r, role);
    const struct source *s = w->source;
    if (s == NULL || at.line == 0 || text.n == 0)
        return at;
    size_t from = s->starts[at.line - 1] + at.col - 1;
    size_t to = s->starts[at.end_line - 1] + at.end_col - 1;
    size_t found = str_search(str_sub(s->bytes, from, to - from), text);
    if (found == to - from)
        return at;
    uint32_t line = at.line;
    while (line < at.end_line && s->starts[line] <= from + found)
        line++;
    return span_of(s, line, (struct str){s->bytes.p + from + found, text.n});
}

void csv_not_known(struct csv_lowered *w, enum csv_role role, struct str text, const char *what)
{
    struct arena *a = w->x->im->arena;
    w->x->effects++; /* in a row that is in force */
    if (w->base.inactive)
        return;
    diag_add(w->x->im->diags, DIAG_INCOMPLETE, value_at(w, role, text),
             "row %u, column %.*s: \"%.*s\" %s", w->r->number, STR_ARG(column_of(w, role)),
             STR_ARG(str_safe(a, text)), what);
    w->read = false;
}

/* ---- the action ----------------------------------------------------------------------------- */

/* The chain that a row leads to: by its name, where rows name the chain they stand in, or the
 * layer under the row. */
static struct chain *target_of(struct csv_lowered *w, struct str action)
{
    struct chain *layer = csv_layer_of(w->x, w->r->cell[COL_ID], false);
    bool named = layer == NULL && action.n != 0 && w->r->columns->at[COL_BASE] != 0;
    return named ? policy_find_chain(w->x->policy, STR(""), action) : layer;
}

static void read_action(struct csv_lowered *w)
{
    const struct csv_preset *p = w->x->preset;
    const struct csv_record *r = w->r;
    struct str action = r->cell[COL_ACTION];
    bool allow = r->cell[COL_ALLOW].n != 0, deny = r->cell[COL_DENY].n != 0;
    w->base.reject = csv_is(p, WORD_REJECT, action);
    if (r->columns->at[COL_ALLOW] != 0)
        w->base.action = allow == deny ? ACT_UNKNOWN : allow ? ACT_PERMIT : ACT_DENY;
    else
        w->base.action = csv_is(p, WORD_PERMIT, action)                   ? ACT_PERMIT
                         : csv_is(p, WORD_DENY, action) || w->base.reject ? ACT_DENY
                         : csv_is(p, WORD_RETURN, action)                 ? ACT_RETURN
                         : csv_is(p, WORD_CONTINUE, action)               ? ACT_CONTINUE
                                                                          : ACT_UNKNOWN;
    if (w->base.action == ACT_UNKNOWN) {
        w->base.target = target_of(w, action);
        w->x->effects++; /* which hangs on the row's id, too */
    }
    if (w->base.target != NULL)
        w->base.action = ACT_JUMP;
    if (w->base.action == ACT_UNKNOWN)
        csv_not_known(w, COL_ACTION, action,
                      "is no action that is known: this row may permit or deny");
    if (csv_is(p, WORD_NO, r->cell[COL_QUICK])) {
        csv_not_known(w, COL_QUICK, r->cell[COL_QUICK],
                      "lets later rows decide, which is not modelled");
        w->base.action = ACT_UNKNOWN;
    }
}

/* ---- what it matches ------------------------------------------------------------------------ */

static struct str joined(struct arena *a, struct str x, struct str y)
{
    return y.n == 0 ? x : x.n == 0 ? y : arena_strf(a, "%.*s\n%.*s", STR_ARG(x), STR_ARG(y));
}

/* Words for "any" in one of several columns of a place say nothing about the others. */
static struct str said(const struct csv_lowered *w, enum csv_role role)
{
    struct str text = w->r->cell[role];
    return csv_is(w->x->preset, WORD_BLANK, text) ? (struct str){"", 0} : text;
}

static struct str place_text(const struct csv_lowered *w, enum csv_where place, enum csv_role *role)
{
    static const enum csv_role own[2][2] = {{COL_SRC, COL_SRC_MORE}, {COL_DST, COL_DST_MORE}};
    struct arena *a = w->x->values;
    struct str text = joined(a, said(w, own[place][0]), said(w, own[place][1]));
    bool out = csv_is(w->x->preset, WORD_OUT, w->r->cell[COL_DIRECTION]);
    *role = own[place][0];
    if ((place == SOURCE) == out || w->r->columns->at[COL_PEER] == 0)
        return text;
    *role = COL_PEER;
    text = joined(a, text, said(w, COL_PEER));
    text = joined(a, text, said(w, COL_PEER_MORE));
    return joined(a, text, said(w, COL_PEER_GROUP));
}

static void tell_names(struct csv_lowered *w, enum csv_role role, const struct strs *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (!csv_is_domain(names->v[i]) && w->x->preset->name_kind.n == 0)
            csv_not_known(w, role, names->v[i],
                          "is not known: in this place the row may match anything, or nothing");
}

static void read_place_cells(struct csv_lowered *w, enum csv_where place)
{
    static const enum csv_role negate[2] = {COL_SRC_NOT, COL_DST_NOT};
    enum csv_role role;
    struct str text = place_text(w, place, &role);
    struct csv_place *p = &w->place[place];
    w->role[place] = role;
    *p = csv_addresses(w->x, text, csv_at(w->r, role), 0);
    struct str negated = w->r->cell[negate[place]];
    if (csv_is(w->x->preset, WORD_YES, negated))
        p->negated = !p->negated;
    else if (negated.n != 0 && !csv_is(w->x->preset, WORD_NO, negated)) {
        csv_not_known(w, negate[place], negated, "does not say whether the column is negated");
        *p = (struct csv_place){{SET_EMPTY, SET_EMPTY}, {0}, false};
    }
    if (p->v[0] == SET_EMPTY && p->v[1] == SET_EMPTY && p->names.n == 0)
        *PUSH(w->x->values, p->names) = arena_copy(w->x->im->arena, text);
    tell_names(w, role, &p->names);
}

/* Addresses that are plain, before other work: their sets are far from the cache. */
static void look_ahead(struct csv_lowered *w)
{
    static const enum csv_role roles[] = {COL_SRC, COL_DST};
    for (int p = SOURCE; p <= DESTINATION; p++) {
        struct ival *range = &w->plain[p];
        w->role[p] = roles[p];
        w->is_plain[p] = w->x->memos.alone[MEMO_SOURCE + p] &&
                         csv_plain_address(w->x, w->r->cell[roles[p]], range);
        if (w->is_plain[p])
            set_expect(w->x->im->sets, range->lo, range->hi);
    }
}

static void read_place(struct csv_lowered *w, enum csv_where place)
{
    struct csv_place *p = &w->place[place];
    enum csv_memo_kind kind = place == SOURCE ? MEMO_SOURCE : MEMO_DESTINATION;
    if (w->is_plain[place]) {
        *p = (struct csv_place){
            {set_range(w->x->im->sets, w->plain[place].lo, w->plain[place].hi)}, {0}, false};
        return;
    }
    struct csv_memo *m = csv_recall(w->x, w->r, kind);
    if (m != NULL && m->known) {
        *p = (struct csv_place){{m->place.v[0], m->place.v[1]}, {0}, m->place.negated};
        w->role[place] = m->place.role;
        return;
    }
    read_place_cells(w, place);
    if (p->names.n == 0 && m != NULL && csv_remember(w->x, m)) {
        m->place.v[0] = p->v[0];
        m->place.v[1] = p->v[1];
        m->place.role = w->role[place];
        m->place.negated = p->negated;
    }
}

static struct str port_text(const struct csv_lowered *w)
{
    struct str from = said(w, COL_DPORT), to = said(w, COL_DPORT_TO);
    bool one = to.n == 0 || csv_is(w->x->preset, WORD_ANY, to) || str_eq(from, to);
    return one ? from : arena_strf(w->x->values, "%.*s-%.*s", STR_ARG(from), STR_ARG(to));
}

/* ICMP in columns made for ports: type and code. */
static bool icmp_columns(struct csv_lowered *w, set_id *types, set_id *codes)
{
    struct sets *s = w->x->im->sets;
    u128 proto;
    uint64_t n;
    if (!set_is_one(s, w->protos, &proto) || !proto_is_icmp(proto) ||
        w->r->columns->at[COL_DPORT_TO] == 0)
        return false;
    *types = *codes = set_full(s, FIELD_DPORT);
    if (csv_number(w->r->cell[COL_DPORT], 255, &n))
        *types = set_one(s, n);
    if (csv_number(w->r->cell[COL_DPORT_TO], 255, &n))
        *codes = set_one(s, n);
    return true;
}

/* Protocol and port columns, without a service. */
static void read_ports(struct csv_lowered *w)
{
    struct csv *x = w->x;
    struct sets *s = x->im->sets;
    struct csv_service c = {SET_EMPTY, w->sports, SET_EMPTY};
    set_id full = set_full(s, FIELD_DPORT), ports = full;
    struct str text = port_text(w);
    if (!icmp_columns(w, &c.sport, &ports) && !csv_is(x->preset, WORD_ANY, text) &&
        !csv_ports(x, text, &ports)) {
        /* "tcp/443", or a name, in a port column */
        w->services = csv_services(x, text, w->protos, w->sports, csv_at(w->r, COL_DPORT), 0);
        tell_names(w, COL_DPORT, &w->services.names);
        return;
    }
    bool has_ports = ports != full || w->sports != full;
    if (has_ports && w->protos == set_full(s, FIELD_PROTO)) {
        w->protos = csv_protos_with_ports(x);
        csv_assume_once(x, STR("bare ports"), "ports without a protocol are read as TCP and UDP");
    }
    c.proto = w->protos;
    c.dport = ports;
    *PUSH(x->values, w->services) = c;
}

static struct csv_service any_service(struct sets *s)
{
    return (struct csv_service){set_full(s, FIELD_PROTO), set_full(s, FIELD_SPORT),
                                set_full(s, FIELD_DPORT)};
}

/* The ports that the applications have by default, as far as a file beside the rules says so. */
static void read_app_default(struct csv_lowered *w)
{
    struct csv *x = w->x;
    struct str rest = w->r->cell[COL_APP], name;
    x->effects++; /* which hang on another column */
    struct csv_service_set all = {0};
    while (csv_next_value(x->preset, &rest, &name)) {
        const struct csv_service_set *o =
            csv_service_object(x, x->applications, name, csv_at(w->r, COL_APP), 0);
        if (o == NULL || o->names.n != 0) { /* some ports, and a condition says which */
            all.n = 0;
            break;
        }
        for (size_t i = 0; i < o->n; i++)
            *PUSH(x->values, all) = o->v[i];
    }
    w->own_ports = all.n == 0;
    if (w->own_ports)
        *PUSH(x->values, all) = any_service(x->im->sets);
    w->services = all;
}

static void read_service_cells(struct csv_lowered *w)
{
    struct csv *x = w->x;
    const struct csv_record *r = w->r;
    struct sets *s = x->im->sets;
    w->protos = set_full(s, FIELD_PROTO);
    w->sports = set_full(s, FIELD_SPORT);
    struct str sport = said(w, COL_SPORT), service = said(w, COL_SERVICE);
    enum csv_role role = COL_SERVICE;
    if (r->columns->at[COL_ALLOW] != 0) {
        role = r->cell[COL_ALLOW].n != 0 ? COL_ALLOW : COL_DENY;
        service = said(w, role);
    }
    if (r->cell[COL_PROTO].n != 0 && !csv_protocols(x, said(w, COL_PROTO), &w->protos)) {
        w->protos = set_full(s, FIELD_PROTO);
        /* "HTTPS (443)" or "tcp/443" in a column of protocols */
        if (service.n == 0 && port_text(w).n == 0) {
            service = said(w, COL_PROTO);
            role = COL_PROTO;
        } else {
            *PUSH(x->values, w->services.names) = arena_copy(x->im->arena, r->cell[COL_PROTO]);
            tell_names(w, COL_PROTO, &w->services.names);
            return;
        }
    }
    if (sport.n != 0 && !csv_ports(x, sport, &w->sports)) {
        w->sports = set_full(s, FIELD_SPORT);
        *PUSH(x->values, w->services.names) = arena_copy(x->im->arena, sport);
        tell_names(w, COL_SPORT, &w->services.names);
        return;
    }
    if (csv_is(x->preset, WORD_APP_DEFAULT, service)) {
        read_app_default(w);
    } else if (service.n == 0 || csv_is(x->preset, WORD_ANY, service)) {
        read_ports(w);
    } else {
        w->services = csv_services(x, service, w->protos, w->sports, csv_at(r, role), 0);
        tell_names(w, role, &w->services.names);
    }
}

static void read_services(struct csv_lowered *w)
{
    struct csv_service one;
    if (w->x->memos.alone[MEMO_SERVICES] &&
        csv_plain_service(w->x, w->r->cell[COL_SERVICE], &one)) {
        w->protos = set_full(w->x->im->sets, FIELD_PROTO);
        w->sports = one.sport;
        *PUSH(w->x->values, w->services) = one;
        return;
    }
    struct csv_memo *m = csv_recall(w->x, w->r, MEMO_SERVICES);
    if (m != NULL && m->known) {
        w->protos = m->services.protos;
        w->sports = m->services.sports;
        w->services =
            (struct csv_service_set){.v = m->services.v, .n = m->services.n, .cap = CSV_MEMO_SETS};
        return;
    }
    read_service_cells(w);
    if (w->services.names.n == 0 && w->services.n <= CSV_MEMO_SETS && m != NULL &&
        csv_remember(w->x, m)) {
        m->services.protos = w->protos;
        m->services.sports = w->sports;
        m->services.n = w->services.n;
        for (size_t i = 0; i < w->services.n; i++)
            m->services.v[i] = w->services.v[i];
    }
}

/* ---- rules ---------------------------------------------------------------------------------- */

static struct chain *chain_of(struct csv_lowered *w)
{
    struct csv *x = w->x;
    struct str name = w->r->cell[COL_BASE];
    struct chain *c = name.n != 0 ? policy_find_chain(x->policy, STR(""), name)
                                  : csv_layer_of(x, w->r->cell[COL_ID], true);
    return c != NULL ? c : csv_rules_chain(x);
}

/* The addresses of PLACE: what is known, or what the names may be. */
static set_id addresses(struct csv_lowered *w, enum csv_where place, bool unknown, int family)
{
    const struct csv_place *p = &w->place[place];
    if (unknown)
        return w->x->all[family];
    return p->negated ? set_minus(w->x->im->sets, w->x->all[family], p->v[family]) : p->v[family];
}

static void add_cubes(struct csv_lowered *w, const struct csv_doors *doors, struct cube c,
                      bool unknown_src, bool unknown_dst)
{
    struct csv *x = w->x;
    struct sets *s = x->im->sets;
    for (int f = FAMILY_V4; f <= FAMILY_V6; f++)
        for (size_t d = 0; d < doors->n && set_has(s, w->families, (u128)f); d++) {
            c.f[FIELD_SRC] = addresses(w, SOURCE, unknown_src, f);
            c.f[FIELD_DST] = addresses(w, DESTINATION, unknown_dst, f);
            if (c.f[FIELD_SRC] == SET_EMPTY || c.f[FIELD_DST] == SET_EMPTY)
                continue;
            c.f[FIELD_FAMILY] = x->one[f];
            c.f[FIELD_IN] = doors->v[d].in;
            c.f[FIELD_OUT] = doors->v[d].out;
            if (!cube_is_empty(&c))
                *PUSH(x->values, x->cubes) = c;
        }
}

static struct rule *new_rule(struct csv_lowered *w)
{
    struct csv *x = w->x;
    struct chain *c = chain_of(w);
    struct rule *rule = chain_rule(x->policy, c, w->r->at, w->base.action);
    *rule = w->base;
    rule->chain = c;
    uint64_t priority = 0;
    if (x->by == ORDER_ROWS)
        return rule;
    bool ordered = w->r->broken != NULL || /* it may come before all others */
                   csv_number(w->r->cell[COL_PRIORITY], UINT32_MAX, &priority);
    *PUSH(x->im->arena, x->order) =
        (struct csv_place_in_order){rule, ordered ? priority : UINT32_MAX, x->order.n};
    return rule;
}

static void read_priority(struct csv_lowered *w)
{
    struct str text = w->r->cell[COL_PRIORITY];
    uint64_t priority;
    if (w->x->by != ORDER_ROWS && !csv_is(w->x->preset, WORD_LAST, text) &&
        !csv_number(text, UINT32_MAX, &priority))
        csv_not_known(w, COL_PRIORITY, text,
                      "is no priority: the rule is taken for one of the last");
}

/* A negated place with names is one: not in the addresses, and not in the names. */
static bool splits(const struct csv_lowered *w, enum csv_where place)
{
    const struct strs *names = place == SERVICE ? &w->services.names : &w->place[place].names;
    return names->n != 0 && (place == SERVICE || !w->place[place].negated);
}

/* What the row matches where UNKNOWN places (a bit each) hang on their names. */
static void fill_cubes(struct csv_lowered *w, const struct csv_doors *doors, unsigned unknown)
{
    struct cube c = w->x->any;
    c.f[FIELD_PROTO] = w->protos;
    c.f[FIELD_SPORT] = w->sports;
    w->x->cubes.n = 0;
    bool src = (unknown >> SOURCE & 1) != 0, dst = (unknown >> DESTINATION & 1) != 0;
    if ((unknown >> SERVICE & 1) != 0)
        add_cubes(w, doors, c, src, dst);
    for (size_t i = 0; i < w->services.n && (unknown >> SERVICE & 1) == 0; i++) {
        c.f[FIELD_PROTO] = w->services.v[i].proto;
        c.f[FIELD_SPORT] = w->services.v[i].sport;
        c.f[FIELD_DPORT] = w->services.v[i].dport;
        add_cubes(w, doors, c, src, dst);
    }
}

static void add_facts(struct csv_lowered *w, const struct rule *rule, unsigned unknown)
{
    for (int p = SOURCE; p <= DESTINATION; p++)
        for (size_t i = 0; i < w->place[p].names.n && (unknown >> p & 1) != 0; i++)
            if (csv_is_domain(w->place[p].names.v[i]))
                policy_fact(w->x->policy, STR("name.fqdn"), w->place[p].names.v[i],
                            value_at(w, w->role[p], w->place[p].names.v[i]), rule);
}

static void add_rule(struct csv_lowered *w, const struct csv_doors *doors, unsigned unknown)
{
    const struct region *cubes = &w->x->cubes;
    fill_cubes(w, doors, unknown);
    bool sure = !splits(w, SOURCE) && !splits(w, DESTINATION) && !splits(w, SERVICE);
    if (cubes->n == 0 && !sure)
        return; /* nothing is sure of the row: what hangs on names says it all */
    struct rule *kept = new_rule(w);
    kept->match = NEW_N(w->x->im->arena, struct cube, cubes->n);
    kept->n_match = kept->cap_match = cubes->n;
    for (size_t i = 0; i < cubes->n; i++)
        kept->match[i] = cubes->v[i];
    for (int p = SOURCE; p <= DESTINATION; p++)
        if (w->place[p].names.n != 0 && (w->place[p].negated || (unknown >> p & 1) != 0))
            csv_add_names(w, kept, (enum csv_where)p, &w->place[p].names, !w->place[p].negated);
    if ((unknown >> SERVICE & 1) != 0)
        csv_add_names(w, kept, SERVICE, &w->services.names, true);
    csv_add_conditions(w, kept);
    if (!w->base.inactive)
        add_facts(w, kept, unknown);
}

static void add_rules(struct csv_lowered *w, const struct csv_doors *doors)
{
    unsigned open = 0;
    for (int p = SOURCE; p < PLACES; p++)
        open |= splits(w, (enum csv_where)p) ? 1u << p : 0;
    for (unsigned unknown = 0; unknown < 1u << PLACES; unknown++)
        if ((unknown & ~open) == 0)
            add_rule(w, doors, unknown);
}

/* A row that cannot be read may match anything and do anything. */
static void add_broken(struct csv_lowered *w)
{
    diag_add(w->x->im->diags, DIAG_INCOMPLETE, w->r->at,
             "row %u cannot be read: %s; it may permit or deny anything", w->r->number,
             w->r->broken);
    source_class_span(w->source, w->r->at, LINE_NOT_MODELLED);
    w->base.action = ACT_UNKNOWN;
    struct cube any = cube_any(w->x->im->sets);
    rule_match(w->x->policy, new_rule(w), &any);
}

/* What each rule has of its own, whatever the rows before said. */
static void name_base(struct csv_lowered *w)
{
    const struct csv_record *r = w->r;
    struct arena *a = w->x->im->arena;
    struct str name = r->cell[COL_NAME].n != 0 ? r->cell[COL_NAME] : r->cell[COL_ID];
    w->base.at = r->at;
    w->base.number = r->number;
    w->base.text = r->row == NULL ? r->text : str_trim(source_line(w->source, r->at.line));
    w->base.name = csv_keep(a, w->source, name);
    w->base.remark = csv_keep(a, w->source, r->cell[COL_COMMENT]);
    w->base.has_hits = csv_number(r->cell[COL_HITS], UINT64_MAX, &w->base.hits);
}

static void read_base(struct csv_lowered *w)
{
    struct sets *s = w->x->im->sets;
    const struct csv_preset *p = w->x->preset;
    const struct csv_record *r = w->r;
    struct str family = r->cell[COL_FAMILY];
    w->base.implicit = r->number == 0;
    w->base.inactive = r->disabled || csv_is(p, WORD_NO, r->cell[COL_ENABLED]) ||
                       csv_is(p, WORD_YES, r->cell[COL_DISABLED]);
    w->families = csv_is(p, WORD_V4, family)   ? set_one(s, FAMILY_V4)
                  : csv_is(p, WORD_V6, family) ? set_one(s, FAMILY_V6)
                                               : set_full(s, FIELD_FAMILY);
}

/* The cells that are read for each row. */
static void read_own(struct csv_lowered *w)
{
    read_priority(w);
    read_place(w, SOURCE);
    read_place(w, DESTINATION);
    read_services(w);
}

/* What W came to goes for rows like it, if it is all that the columns they share have done. */
static void remember_alike(const struct csv_lowered *w, const struct csv_doors *doors,
                           size_t effects)
{
    struct csv_alike *like = w->r->alike;
    if (like == NULL || w->asks || doors->n > CSV_MEMO_SETS || effects != csv_effects(w->x))
        return;
    like->known = true;
    like->base = w->base;
    like->families = w->families;
    like->n_doors = doors->n;
    for (size_t i = 0; i < doors->n; i++)
        like->doors[i] = doors->v[i];
}

/* The row is like one before: only what each row has of its own is read. */
static void lower_alike(struct csv_lowered *w)
{
    const struct csv_alike *like = w->r->alike;
    struct csv_doors doors = {w->r->alike->doors, like->n_doors, CSV_MEMO_SETS};
    w->base = like->base;
    w->families = like->families;
    look_ahead(w);
    name_base(w);
    read_own(w);
    add_rules(w, &doors);
}

static void lower_in_full(struct csv_lowered *w)
{
    const struct csv_record *r = w->r;
    size_t effects = csv_effects(w->x);
    look_ahead(w);
    name_base(w);
    read_base(w);
    if (r->extra)
        csv_not_known(w, COL_ACTION, r->cell[COL_ACTION],
                      "may be shifted: the row has more cells than the header has columns");
    read_action(w);
    w->base.treatment = csv_treatment(w);
    read_own(w);
    csv_note_columns(w);
    csv_tell_odd(w);
    struct csv_doors doors = csv_doors_of(w->x, r);
    add_rules(w, &doors);
    remember_alike(w, &doors, effects);
}

static void lower(struct csv *x, struct source *s, const struct csv_record *r)
{
    struct csv_lowered w = {.x = x, .source = s, .r = r, .read = true};
    if (r->broken != NULL) {
        name_base(&w);
        read_base(&w);
        add_broken(&w);
        return;
    }
    if (r->alike != NULL && r->alike->known)
        lower_alike(&w);
    else
        lower_in_full(&w);
    if (s != NULL)
        source_class_span(s, r->at, w.read || w.base.inactive ? LINE_MODELLED : LINE_NOT_MODELLED);
}

#define SCRATCH_MAX ((size_t)1 << 20)

void csv_lower(struct csv *x, struct source *s, const struct csv_record *r)
{
    lower(x, s, r);
    if (arena_used(x->values) > SCRATCH_MAX) {
        arena_free(x->values);
        x->values = arena_child(x->im->arena);
        x->cubes = (struct region){0};
    }
}
