/* bdd FILE: dead rules as an engine on binary decision diagrams finds them (BuDDy, Debian's libbdd-dev).
 * FILE holds a rule a line, as classbench.awk prints with form=tuples: "a.b.c.d/len a.b.c.d/len slo shi
 * dlo dhi proto", proto 0 being any. A rule is dead if its match is a subset of the union of all matches
 * before it. Prints the number of dead rules. */
#include <bdd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The order of variables, each field from its highest bit: the best of those tried. */
enum { SRC = 0, DST = 32, DPORT = 64, SPORT = 80, PROTO = 96, BITS = 104 };

/* About 2 GiB; past it BuDDy ends the program with a message. */
#define NODES_MAX 80000000

struct rule {
    uint32_t src, dst;
    int src_len, dst_len;
    unsigned sport[2], dport[2], proto;
};

/* Each function below returns a referenced diagram; those that take diagrams take their references. */
static BDD joined(BDD a, BDD b, int op)
{
    BDD out = bdd_addref(bdd_apply(a, b, op));
    bdd_delref(a);
    bdd_delref(b);
    return out;
}

/* The first LENGTH of WIDTH bits are those of VALUE. */
static BDD prefix(int first, int width, uint32_t value, int length)
{
    BDD out = bdd_addref(bddtrue);
    for (int i = length - 1; i >= 0; i--) {
        bool one = (value >> (width - 1 - i) & 1) != 0;
        out = joined(one ? bdd_ithvar(first + i) : bdd_nithvar(first + i), out, bddop_and);
    }
    return out;
}

/* The 16-bit numbers from BOUND, or those up to it. */
static BDD bounded(int first, unsigned bound, bool from)
{
    BDD out = bdd_addref(bddtrue);
    for (int i = 15; i >= 0; i--) {
        bool one = (bound >> (15 - i) & 1) != 0;
        out = joined(from ? bdd_ithvar(first + i) : bdd_nithvar(first + i), out, one == from ? bddop_and : bddop_or);
    }
    return out;
}

static BDD range(int first, const unsigned bounds[2])
{
    return joined(bounded(first, bounds[0], true), bounded(first, bounds[1], false), bddop_and);
}

static BDD match(const struct rule *r)
{
    BDD out = prefix(PROTO, 8, r->proto, r->proto != 0 ? 8 : 0);
    out = joined(out, range(SPORT, r->sport), bddop_and);
    out = joined(out, range(DPORT, r->dport), bddop_and);
    out = joined(out, prefix(DST, 32, r->dst, r->dst_len), bddop_and);
    return joined(out, prefix(SRC, 32, r->src, r->src_len), bddop_and);
}

static uint32_t address(const unsigned byte[4])
{
    return byte[0] << 24 | byte[1] << 16 | byte[2] << 8 | byte[3];
}

static bool read_rule(FILE *in, struct rule *r)
{
    unsigned s[4], d[4];
    if (fscanf(in, "%u.%u.%u.%u/%d %u.%u.%u.%u/%d %u %u %u %u %u", &s[0], &s[1], &s[2], &s[3], &r->src_len, &d[0],
               &d[1], &d[2], &d[3], &r->dst_len, &r->sport[0], &r->sport[1], &r->dport[0], &r->dport[1],
               &r->proto) != 15)
        return false;
    r->src = address(s);
    r->dst = address(d);
    return true;
}

int main(int argc, char **argv)
{
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (in == NULL) {
        fprintf(stderr, "usage: bdd FILE\n");
        return 2;
    }
    bdd_init(1000000, 200000);
    bdd_setvarnum(BITS);
    bdd_setmaxincrease(5000000);
    bdd_setmaxnodenum(NODES_MAX);
    bdd_setcacheratio(8);
    bdd_gbc_hook(NULL);
    struct rule r;
    int dead = 0;
    BDD taken = bdd_addref(bddfalse);
    while (read_rule(in, &r)) {
        BDD own = match(&r);
        BDD alone = bdd_apply(own, taken, bddop_diff);
        dead += alone == bddfalse;
        taken = joined(taken, own, bddop_or);
    }
    if (ferror(in) || !feof(in)) {
        fprintf(stderr, "bdd: %s: not a rule\n", argv[1]);
        return 2;
    }
    printf("%d\n", dead);
    return 0;
}
