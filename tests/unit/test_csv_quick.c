/* CSV: the short cuts of the importer (plain rows without libcsv, cells that are remembered, plain
 * addresses and services) make no difference: with and without them all of the policy, every
 * diagnostic and the class of every line are the same. */
#include "import/csv_int.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- all that an import comes to, as text -------------------------------------------------------
 */

static void put_span(struct out *o, struct span at)
{
    out_fmt(o, " @%u:%u:%u-%u:%u", at.file, at.line, at.col, at.end_line, at.end_col);
}

static void put_set(struct out *o, const struct sets *s, set_id set)
{
    size_t n;
    const struct ival *v = set_ivals(s, set, &n);
    for (size_t i = 0; i < n; i++)
        out_fmt(o, "%s%llx.%llx-%llx.%llx", i == 0 ? "" : ",", (unsigned long long)(v[i].lo >> 64),
                (unsigned long long)v[i].lo, (unsigned long long)(v[i].hi >> 64),
                (unsigned long long)v[i].hi);
}

static void put_rule(struct out *o, const struct policy *p, const struct rule *r)
{
    struct sets *s = p->sets;
    out_fmt(o, "rule %u %s", r->number, action_names[r->action]);
    put_span(o, r->at);
    out_fmt(o, " in <%.*s> to <%.*s>%s%s%s%s%s %llu <%.*s> <%.*s> <%.*s>\n",
            STR_ARG(r->chain == NULL ? STR("") : r->chain->name),
            STR_ARG(r->target == NULL ? STR("") : r->target->name), r->reject ? " reject" : "",
            r->inactive ? " inactive" : "", r->implicit ? " implicit" : "", r->logs ? " logs" : "",
            r->has_hits ? " hits" : "", (unsigned long long)r->hits, STR_ARG(r->text),
            STR_ARG(r->name), STR_ARG(r->remark));
    for (size_t i = 0; i < r->n_match; i++) {
        out_text(o, " ");
        for (int f = 0; f < FIELD_COUNT; f++)
            if (r->match[i].f[f] != set_full(s, (enum field)f)) {
                out_fmt(o, " %s=", field_keys[f]);
                put_set(o, s, r->match[i].f[f]);
            }
        out_char(o, '\n');
    }
    for (size_t i = 0; i < lits_count(s, r->conds); i++) {
        struct literal l = lits_at(s, r->conds, i);
        out_fmt(o, "  %s %u\n", l.holds ? "if" : "unless", l.cond);
    }
}

static void put_policy(struct out *o, const struct policy *p)
{
    out_fmt(o, "%.*s %.*s%s\n", STR_ARG(p->device), STR_ARG(p->format), p->zoned ? " zoned" : "");
    for (size_t i = 0; i < p->chains.n; i++) {
        out_fmt(o, "chain <%.*s>", STR_ARG(p->chains.v[i]->name));
        put_span(o, p->chains.v[i]->at);
        out_char(o, '\n');
        for (size_t k = 0; k < p->chains.v[i]->n_rules; k++)
            put_rule(o, p, p->chains.v[i]->rules[k]);
    }
    for (int kind = 0; kind < PATH_KINDS; kind++)
        for (size_t i = 0; i < p->paths[kind].n; i++)
            put_rule(o, p, p->paths[kind].v[i].otherwise);
    for (size_t i = 0; i < p->conds.n; i++) {
        out_fmt(o, "cond %zu <%.*s> <%.*s>", i, STR_ARG(p->conds.v[i].kind),
                STR_ARG(p->conds.v[i].text));
        put_span(o, p->conds.v[i].at);
        out_char(o, '\n');
    }
    for (size_t i = 0; i < p->interfaces.n; i++) {
        const struct interface *f = &p->interfaces.v[i];
        out_fmt(o, "zone <%.*s> %u %d <%.*s>", STR_ARG(f->name), f->class, (int)f->side,
                STR_ARG(f->why));
        put_span(o, f->at);
        out_char(o, '\n');
    }
    for (size_t i = 0; i < p->facts.n; i++) {
        const struct fact *f = &p->facts.v[i];
        out_fmt(o, "fact <%.*s> <%.*s> %u", STR_ARG(f->key), STR_ARG(f->value),
                f->rule == NULL ? 0 : f->rule->number);
        put_span(o, f->at);
        out_char(o, '\n');
    }
    for (size_t i = 0; i < p->objects.n; i++)
        out_fmt(o, "object <%.*s> %u\n", STR_ARG(p->objects.v[i].name), p->objects.v[i].uses);
    for (size_t i = 0; i < p->tables.n; i++)
        for (size_t k = 0; k < p->tables.v[i].columns.n; k++)
            out_fmt(o, "column %c <%.*s>\n", p->tables.v[i].separator,
                    STR_ARG(p->tables.v[i].columns.v[k]));
    for (size_t i = 0; i < p->assumptions.n; i++)
        out_fmt(o, "assumed <%.*s>\n", STR_ARG(p->assumptions.v[i]));
}

struct input_file {
    struct str path, text;
};

static struct str import_all(struct arena *a, const struct input_file *files, size_t n,
                             const struct csv_map *map, bool thorough)
{
    struct source *inputs[16];
    struct sources sources = {0};
    struct diags diags = {.arena = a};
    struct import im = {.arena = a,
                        .diags = &diags,
                        .sources = &sources,
                        .sets = sets_new(a),
                        .device = STR("fw"),
                        .csv = map,
                        .in_full = thorough};
    struct out o = {.arena = a};
    for (size_t i = 0; i < n; i++)
        inputs[i] = source_add(a, &sources, files[i].path, files[i].text);
    put_policy(&o, format_csv.import(&im, inputs, n));
    for (size_t i = 0; i < diags.n; i++) {
        out_fmt(&o, "%s", diag_level_names[diags.v[i].level]);
        put_span(&o, diags.v[i].at);
        out_fmt(&o, " <%.*s> <%.*s>\n", STR_ARG(diags.v[i].message), STR_ARG(diags.v[i].hint));
    }
    for (size_t i = 0; i < n; i++) {
        out_fmt(&o, "lines of %zu:", i);
        for (uint32_t k = 0; k < inputs[i]->n_lines; k++)
            out_fmt(&o, " %u", inputs[i]->classes[k]);
        out_char(&o, '\n');
    }
    return out_taken(&o);
}

/* Whether FILES, as one device, come to the same both ways; prints the first difference. */
static bool same_both_ways(const struct input_file *files, size_t n, const struct csv_map *map)
{
    struct arena *a = arena_new(0);
    struct str quick = import_all(a, files, n, map, false),
               slow = import_all(a, files, n, map, true);
    struct str q = quick, s = slow, quick_line = STR(""), slow_line = STR("");
    bool same = str_eq(quick, slow);
    while (!same && str_eq(quick_line, slow_line))
        if (!str_cut(&q, '\n', &quick_line) || !str_cut(&s, '\n', &slow_line))
            break;
    if (!same)
        print_error("%.*s\n  with short cuts: %.*s\n  without:         %.*s\n",
                    STR_ARG(files[0].path), STR_ARG(quick_line), STR_ARG(slow_line));
    arena_free(a);
    return same;
}

/* ---- files --------------------------------------------------------------------------------------
 */

static struct str read_all(struct arena *a, const char *path)
{
    struct out o = {.arena = a};
    char block[4096];
    FILE *f = fopen(path, "rb");
    size_t n = 0;
    assert_non_null(f);
    while ((n = fread(block, 1, sizeof block, f)) != 0)
        out_bytes(&o, block, n);
    fclose(f);
    return out_taken(&o);
}

/* How many files fit PATTERN; each of them is read both ways. */
static size_t try_files(const char *pattern)
{
    glob_t found;
    size_t wrong = 0, n = 0;
    if (glob(pattern, 0, NULL, &found) != 0)
        return 0;
    for (; n < found.gl_pathc; n++) {
        struct arena *a = arena_new(0);
        struct input_file file = {str_of(found.gl_pathv[n]), read_all(a, found.gl_pathv[n])};
        wrong += !same_both_ways(&file, 1, NULL);
        arena_free(a);
    }
    globfree(&found);
    assert_int_equal(wrong, 0);
    return n;
}

static void fixtures(void **state)
{
    (void)state;
    size_t n = try_files("fixtures/csv/*.csv") + try_files("fixtures/csv-shapes/*.csv");
    assert_true(n > 40);
    try_files("tests/fuzz/corpus/csv/*");
}

static void fixtures_with_objects(void **state)
{
    (void)state;
    static const char *const names[] = {"rules", "addresses", "services", "groups"};
    struct input_file files[4];
    struct arena *a = arena_new(0);
    for (size_t i = 0; i < 4; i++) {
        char *path = arena_cstr(a, arena_strf(a, "fixtures/csv/analyser-%s.csv", names[i]));
        files[i] = (struct input_file){str_of(path), read_all(a, path)};
    }
    assert_true(same_both_ways(files, 4, NULL));
    arena_free(a);
}

static void corpus(void **state)
{
    (void)state;
    const char *shared = getenv("FWPROOF_SHARED");
    struct arena *a = arena_new(0);
    struct str pattern =
        arena_strf(a, "%s/corpus/csv/*.csv", shared == NULL ? "../shared" : shared);
    size_t n = try_files(arena_cstr(a, pattern));
    arena_free(a);
    print_message("# %zu files of the corpus\n", n);
    if (n == 0)
        skip();
}

/* ---- random rows ------------------------------------------------------------------------------
 */

static uint64_t random_state;

static size_t below(size_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(random_state >> 33) % n;
}

static const char *const headers[] = {
    "Name,Source,Destination,Service,Action",
    "name,source_zone,destination_zone,source,destination,service,action",
    "id,source,destination,port,action",
    "source_ip, destination_ip, port, protocol, action",
    "No.,Type,Name,Source,Destination,VPN,Services & "
    "Applications,Content,Action,Time,Track,Install "
    "On,Comments",
    "Name,Tags,Source Zone,Source Address,Source User,Source Device,Destination Zone,Destination "
    "Address,Application,Service,URL Category,Action,Profile,Options,Target,Rule Usage,Rule Usage "
    "Apps Seen,Modified,Created",
    "Name,Source,Destination,Schedule,Service,Action,NAT,Security Profiles,Log,Bytes,Type",
    "id,action,src.zone,src.addr,dst.zone,dst.addr,svc,app,user,src.negate",
    "machine;table;chain;protocol;ipsource;ipdest;portsrc;portdest;rule",
    "@uuid;enabled;statetype;sequence;action;quick;interfacenot;interface;direction;ipprotocol;"
    "protocol;source_net;source_not;source_port;destination_net;destination_not;destination_port;"
    "gateway;log;description",
    "NAME,NETWORK,DIRECTION,PRIORITY,SRC_RANGES,DEST_RANGES,ALLOW,DENY,SRC_TAGS,TARGET_TAGS,"
    "DISABLED",
    "nsgName,ruleName,description,protocol,sourcePortRange,destinationPortRange,"
    "sourceAddressPrefix,destinationAddressPrefix,access,priority,direction",
    "sg_name,rule_type,protocol,port_range,dst_cidr,dst_sg",
    "RequestID,name,security_group_id,direction,from_port,to_port,ip_protocol,"
    "referenced_security_group_id,cidr_ipv4,cidr_ipv6,business_justification",
    "type,interface,ipprotocol,protocol,source,source_port,destination,destination_port,disabled,"
    "descr",
    "Name,Source,Destination,Service,Action,Posture,Machine,User,Score",
    "Name\tSource\tDestination\tService\tAction",
};

static const char *const words[] = {
    "",
    "",
    "",
    " ",
    "any",
    "Any",
    "all",
    "-",
    "none",
    "null",
    "n/a",
    "0",
    "1",
    "2.1",
    "3",
    "3.1",
    "100",
    "65000",
    "10.0.0.1",
    "10.0.0.1",
    "10.0.0.0/8",
    "10.0.0.1/8",
    "10.0.0.0/08",
    "010.0.0.1",
    "10.0.0",
    "10.0.0.1.2",
    "256.1.1.1",
    "1.1.1.1",
    "0.0.0.0/0",
    "0.0.0.0",
    "10.0.0.0/33",
    "10.0.0.*",
    "10.0.0.1-9",
    "10.0.0.1-10.0.0.9",
    "10.0.0.0 255.0.0.0",
    "2001:db8::/32",
    "::/0",
    "10.0.0.1;10.0.0.2",
    "10.0.0.1;HOST",
    "HOST",
    "NETS",
    "SELF",
    "Internet",
    "www.example.com",
    "*.example.com",
    "net_10.0.0.0_8",
    "host-192.0.2.9",
    "!10.0.0.0/8",
    "not 10.0.0.1",
    "[Negate]",
    "tcp/443",
    "TCP/443",
    "tcp/0",
    "tcp/65535",
    "tcp/65536",
    "tcp/080",
    "tcp/443.0",
    "udp/53",
    "tcp/",
    "tcp/80-90",
    "tcp/80;udp/53",
    "tcp:80,tcp:443",
    "tcp",
    "udp",
    "icmp",
    "icmp/8",
    "6",
    "443",
    "443.0",
    "80-90",
    ">1023",
    "https",
    "http;https",
    "WEB",
    "tcp-8443",
    "ssh",
    "-1",
    "app-default",
    "application-default",
    "permit",
    "Allow",
    "ACCEPT",
    "deny",
    "Drop",
    "reject",
    "RETURN",
    "LOG",
    "VOICE",
    "FORWARD",
    "INPUT",
    "maybe",
    "yes",
    "no",
    "true",
    "False",
    "enabled",
    "in",
    "out",
    "inbound",
    "Outbound",
    "INGRESS",
    "egress",
    "ingress",
    "inet",
    "inet6",
    "inet46",
    "trust",
    "untrust",
    "lan",
    "wan",
    "lan;dmz",
    "!lan",
    "inside",
    "outside",
    "Rule",
    "Section",
    "intrazone",
    "interzone",
    "universal",
    "[Disabled] x",
    "[Disabled] 10.0.0.1",
    "alice",
    "nights",
    "always",
    "web",
    "rule 7",
    "CHG0000001",
    "a comment, with a comma",
    "say \"hi\"",
    "two\nlines",
    "10.0.0.1\n10.0.0.2",
    "10.0.0.1\r\n10.0.0.2",
    "B\xfcro",
    "B\xc3\xbcro",
    "['10.0.0.1']",
    "{}",
};

static void put_cell(struct out *o, const char *text, char separator)
{
    bool must = strchr(text, separator) != NULL || strpbrk(text, "\"\n\r") != NULL;
    bool quoted = must ? below(30) != 0 : below(6) == 0;
    if (below(40) == 0)
        out_text(o, "  ");
    if (quoted)
        out_char(o, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' && below(30) != 0)
            out_char(o, '"');
        out_char(o, *c);
        if (below(400) == 0)
            out_char(o, (char)below(256));
    }
    if (quoted && below(60) != 0)
        out_char(o, '"');
    if (below(40) == 0)
        out_text(o, " \t");
}

/* In each column mostly the same few words, so that cells come again; in some files whole rows do,
 * but for a cell or two. */
#define COLUMNS_MAX 24
#define FEW 3
struct usual {
    const char *v[COLUMNS_MAX][FEW];
    bool rows;
};

static const char *any_word(void)
{
    return words[below(sizeof words / sizeof *words)];
}

/* Words that make sense in columns that are called so: rows that are understood. */
static const struct {
    const char *of_column;
    const char *v[FEW];
} sensible[] = {
    {"enabled", {"yes", "no", "true"}},
    {"disabled", {"False", "true", "no"}},
    {"quick", {"yes", "no", "1"}},
    {"_not", {"", "yes", "no"}},
    {"negate", {"", "true", "no"}},
    {"ipprotocol", {"inet", "inet6", "inet46"}},
    {"protocol", {"tcp", "udp", "any"}},
    {"port", {"443", "80-90", "any"}},
    {"action", {"permit", "deny", "reject"}},
    {"access", {"Allow", "deny", "Allow"}},
    {"allow", {"tcp/443", "", "udp/53"}},
    {"deny", {"", "tcp/80-90", ""}},
    {"direction", {"in", "out", "inbound"}},
    {"zone", {"inside", "outside", "lan"}},
    {"interface", {"lan", "wan", "any"}},
    {"type", {"", "universal", "Rule"}},
    {"service", {"tcp/443", "udp/53", "any"}},
    {"source", {"10.0.0.1", "10.0.0.0/8", "any"}},
    {"dest", {"10.0.0.1", "192.0.2.0/24", "any"}},
    {"", {"", "", "1"}},
};

/* Words for the column that H, what is left of a header, begins with. */
static void sensible_words(const char *h, char separator, const char *v[FEW])
{
    const char *end = strchr(h, separator);
    struct str name = {h, end == NULL ? strlen(h) : (size_t)(end - h)};
    size_t i = 0;
    for (bool found = false; !found; i += !found) {
        struct str of = str_of(sensible[i].of_column);
        for (size_t k = 0; k + of.n <= name.n && !found; k++)
            found = str_eq_nocase(str_sub(name, k, of.n), of);
    }
    for (size_t k = 0; k < FEW; k++)
        v[k] = sensible[i].v[k];
}

/* KIND: the words of which a row mostly has, if whole rows come again. */
static const char *word_of(const struct usual *u, size_t column, size_t kind)
{
    const char *const *few = u->v[column % COLUMNS_MAX];
    if (u->rows)
        return below(40) == 0 ? any_word() : few[below(8) == 0 ? below(FEW) : kind];
    return below(5) == 0 ? any_word() : few[below(FEW)];
}

static struct str random_rows(struct arena *a, size_t n)
{
    struct out o = {.arena = a};
    const char *header = headers[below(sizeof headers / sizeof *headers)];
    char separator = strchr(header, ';') != NULL ? ';' : strchr(header, '\t') != NULL ? '\t' : ',';
    const char *end = below(3) == 0 ? "\r\n" : "\n";
    bool clean = below(3) == 0; /* then mistakes come from words alone */
    size_t columns = 1;
    struct usual usual = {.rows = below(2) == 0};
    for (size_t i = 0; i < COLUMNS_MAX * FEW; i++)
        usual.v[i / FEW][i % FEW] = any_word();
    bool make_sense = below(2) == 0;
    for (const char *c = header; *c != '\0'; c++) {
        if ((c == header || c[-1] == separator) && make_sense)
            sensible_words(c, separator, usual.v[columns - 1]);
        columns += *c == separator;
    }
    if (below(5) == 0)
        out_text(&o, "\xef\xbb\xbf");
    if (below(5) == 0)
        out_fmt(&o, "exported by somebody%s%s", end, end);
    out_fmt(&o, "%s%s", header, end);
    for (size_t row = 0; row < n; row++) {
        size_t cells = below(20) != 0 ? columns : columns + below(3) - 1;
        size_t kind = below(FEW);
        for (size_t i = 0; i < cells; i++) {
            const char *word = word_of(&usual, i, kind);
            if (i != 0)
                out_char(&o, separator);
            if (clean)
                out_str(&o, strpbrk(word, ",;\t\"\n\r") == NULL ? str_of(word) : STR("any"));
            else
                put_cell(&o, word, separator);
        }
        if (below(60) == 0)
            out_fmt(&o, "%s  %s", end, below(2) == 0 ? end : "");
        if (row + 1 < n || below(2) == 0)
            out_text(&o, below(50) == 0 ? "\r" : end);
    }
    return out_taken(&o);
}

/* Objects, and words of a site file, that look like plain addresses and services. */
static const struct input_file objects[] = {
    {STR_INIT("addresses.csv"),
     STR_INIT(
         "name,address\nHOST,192.0.2.1\n1.1.1.1,192.0.2.7\nTWICE,1.0.0.0/8\nTWICE,2.0.0.0/8\n")},
    {STR_INIT("services.csv"), STR_INIT("name,protoport\nWEB,tcp/8080\nudp/53,tcp/5353\n")},
    {STR_INIT("groups.csv"), STR_INIT("name,members\nNETS,HOST;10.9.0.0/16\nSELF,SELF;HOST\n")},
};

static struct csv_map site_words(struct arena *a)
{
    static const struct {
        const char *kind, *word;
    } v[] = {{"any", "10.0.0.0/8"}, {"any", "TCP/443"},      {"blank", "65000"},
             {"ipv6", "0.0.0.0/0"}, {"permit", "rule 7"},    {"no", ""},
             {"not", "1"},          {"disabled_mark", "1."}, {"yes", "3"}};
    struct csv_map map = {0};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        if (below(3) == 0) {
            map.words.v =
                array_room(a, map.words.v, map.words.n, &map.words.cap, sizeof *map.words.v);
            map.words.v[map.words.n].kind = str_of(v[i].kind);
            map.words.v[map.words.n++].word = str_of(v[i].word);
        }
    return map;
}

static void random_files(void **state)
{
    (void)state;
    const char *seed = getenv("FWPROOF_SEED"), *cases = getenv("FWPROOF_CASES");
    size_t n = cases == NULL ? 600 : (size_t)strtoul(cases, NULL, 10), wrong = 0;
    uint64_t first = seed == NULL ? 1 : strtoull(seed, NULL, 10);
    print_message("# %zu files of 60 random rows from seed %llu\n", n, (unsigned long long)first);
    for (size_t i = 0; i < n && wrong == 0; i++) {
        struct arena *a = arena_new(0);
        random_state = first + i;
        below(1);
        struct input_file files[4] = {{STR("rules.csv"), random_rows(a, 60)}};
        size_t n_files = 1;
        for (size_t k = 0; k < 3; k++)
            if (below(2) == 0)
                files[n_files++] = objects[k];
        struct csv_map map = site_words(a);
        if (!same_both_ways(files, n_files, below(3) == 0 ? &map : NULL)) {
            print_error("FWPROOF_SEED=%llu FWPROOF_CASES=1\n", (unsigned long long)(first + i));
            wrong++;
        }
        arena_free(a);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixtures),
        cmocka_unit_test(fixtures_with_objects),
        cmocka_unit_test(corpus),
        cmocka_unit_test(random_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
