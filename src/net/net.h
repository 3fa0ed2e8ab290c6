/* Layer 1: addresses, names, and exact sets of packets.
 *
 * A packet is one value per row of FIELDS. A set of values is a sorted list of disjoint intervals,
 * interned in a `struct sets`, so that equal sets have equal ids and operations on pairs of ids are
 * remembered. A cube is a product of such sets, one per field: a rule with object groups is one
 * cube, however many combinations the groups have. A region is a list of disjoint cubes. */
#ifndef FWPROOF_NET_H
#define FWPROOF_NET_H

#include "base/base.h"

/* ---- fields ------------------------------------------------------------------------------- */

#define U128_MAX (~(u128)0)
#define U48_MAX (((u128)1 << 48) - 1)

/* F(name, JSON key, largest value). Adding a field is adding a row here (and an importer that
 * speaks of it); everything that is done per field loops over this table.
 *
 * sport/dport are ICMP type/code for protocols 1 and 58, and mean nothing for protocols without
 * ports (any value there is the same packet). in/out are interface classes of the policy. */
#define FIELDS(F)                                                                                  \
    F(FAMILY, "family", 1)    /* enum family */                                                    \
    F(IN, "from", UINT16_MAX) /* interface or zone of entry */                                     \
    F(OUT, "to", UINT16_MAX)  /* interface or zone of exit */                                      \
    F(PROTO, "proto", 255)    /* IP protocol number */                                             \
    F(SRC, "src", U128_MAX)   /* IPv4 addresses are 0 .. 2^32-1 */                                 \
    F(DST, "dst", U128_MAX)                                                                        \
    F(SPORT, "sport", UINT16_MAX)                                                                  \
    F(DPORT, "dport", UINT16_MAX)                                                                  \
    F(STATE, "state", 4)            /* enum state */                                               \
    F(TCPFLAGS, "tcp_flags", 63)    /* FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32 */               \
    F(FRAG, "frag", 2)              /* enum frag */                                                \
    F(EXTHDR, "ext", 255)           /* IPv6: bit set of enum exthdr */                             \
    F(LENGTH, "length", UINT16_MAX) /* of the whole IP packet, bytes */                            \
    F(TTL, "ttl", 255)              /* or hop limit, as the firewall sees it */                    \
    F(TOS, "tos", 255)              /* or traffic class; DSCP is its upper six bits */             \
    F(MAC, "mac", U48_MAX)          /* source hardware address */                                  \
    F(PKTTYPE, "pkttype", 2)        /* enum pkttype */                                             \
    F(MARK, "mark", UINT32_MAX)                                                                    \
    F(CTMARK, "ctmark", UINT32_MAX)                                                                \
    F(CTSTATUS, "ctstatus", 255)    /* bit set of enum ctstatus */                                 \
    F(PHYSIN, "physin", UINT16_MAX) /* bridge ports; interface classes, 0 for none */              \
    F(PHYSOUT, "physout", UINT16_MAX)

enum field {
#define F(name, key, max) FIELD_##name,
    FIELDS(F)
#undef F
        FIELD_COUNT
};

extern const char *const field_keys[FIELD_COUNT];
extern const u128 field_max[FIELD_COUNT];

enum family { FAMILY_V4, FAMILY_V6 };
enum state { STATE_NEW, STATE_ESTABLISHED, STATE_RELATED, STATE_INVALID, STATE_UNTRACKED };
enum frag { FRAG_NONE, FRAG_FIRST, FRAG_LATER };
enum exthdr { EXT_HBH = 1, EXT_DST = 2, EXT_ROUTE = 4, EXT_FRAG = 8, EXT_AH = 16, EXT_ESP = 32 };
enum pkttype { PKT_UNICAST, PKT_BROADCAST, PKT_MULTICAST };
enum ctstatus {
    CT_REPLY = 1,
    CT_SEEN_REPLY = 2,
    CT_ASSURED = 4,
    CT_EXPECTED = 8,
    CT_CONFIRMED = 16,
    CT_SNAT = 32,
    CT_DNAT = 64
};
enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

extern const char *const state_names[5]; /* "NEW", … */

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMPV6 58
#define PROTO_SCTP 132
#define PROTO_DCCP 33
#define PROTO_UDPLITE 136
bool proto_has_ports(u128 proto); /* TCP, UDP, SCTP, DCCP, UDP-Lite */
bool proto_is_icmp(u128 proto);   /* 1 and 58 */

/* ---- sets of values ----------------------------------------------------------------------- */

struct ival {
    u128 lo, hi; /* both in the set */
};

typedef uint32_t set_id;
#define SET_EMPTY ((set_id)0)

struct sets; /* the interned sets, and what is remembered of them; grows, never shrinks */

struct sets *sets_new(struct arena *a);
struct arena *sets_arena(const struct sets *s);
set_id set_range(struct sets *s, u128 lo, u128 hi); /* empty if lo > hi */
set_id set_one(struct sets *s, u128 value);
/* set_range() with the same values follows soon: begins to fetch the memory that it looks at, which
 * is half of the time that importing many addresses takes. */
void set_expect(const struct sets *s, u128 lo, u128 hi);
/* Any order, overlaps allowed; V is sorted in place. */
set_id set_of(struct sets *s, struct ival *v, size_t n);
set_id set_full(struct sets *s, enum field f);
const struct ival *set_ivals(const struct sets *s, set_id id, size_t *n); /* sorted, apart */
set_id set_and(struct sets *s, set_id a, set_id b);
set_id set_or(struct sets *s, set_id a, set_id b);
set_id set_minus(struct sets *s, set_id a, set_id b);
bool set_overlaps(struct sets *s, set_id a, set_id b);
bool set_within(struct sets *s, set_id a, set_id b); /* a is a subset of b */
bool set_has(const struct sets *s, set_id id, u128 value);
/* A value of a set that is not empty, the same for the same *STATE, which goes on to the next. */
u128 set_random(const struct sets *s, set_id set, uint64_t *state);
void set_random_skip(uint64_t *state);         /* as if it was asked of a set of several */
u128 set_min(const struct sets *s, set_id id); /* not of the empty set */
u128 set_max(const struct sets *s, set_id id);
struct ival set_hull(const struct sets *s, set_id id); /* both */
bool set_is_one(const struct sets *s, set_id id, u128 *value);
u128 set_size(const struct sets *s, set_id id); /* U128_MAX if it is 2^128 */

/* ---- conditions --------------------------------------------------------------------------- */

/* A conjunction of literals over unknown conditions (model.h), interned; 0 is "no condition".
 * Condition numbers are below 2^31. */
typedef uint32_t lits_id;
struct literal {
    uint32_t cond;
    bool holds;
};
#define LITS_NONE ((lits_id)0)
lits_id lits_of(struct sets *s, const struct literal *v, size_t n); /* any order */
size_t lits_count(const struct sets *s, lits_id id);
struct literal lits_at(const struct sets *s, lits_id id, size_t i); /* by cond */
bool lits_and(struct sets *s, lits_id *out, lits_id a, lits_id b);  /* false: they contradict */

/* ---- cubes and regions -------------------------------------------------------------------- */

struct cube {
    set_id f[FIELD_COUNT];
    lits_id when; /* only where these conditions are as said */
};

struct region { /* disjoint cubes, unless a function says otherwise */
    struct cube *v;
    size_t n, cap;
};

/* Steps that a computation may still take, and memory that arenas may come to. `spent` says that
 * the answer is cut short. */
struct budget {
    uint64_t left;
    bool spent;
    struct {
        const struct arena *arena; /* NULL: no limit */
        size_t bytes;
    } meters[2];
};
bool budget_take(struct budget *b, uint64_t steps); /* false once spent; NULL is unlimited */

/* For many questions, one after the other: EACH steps for each, but not more than ALL for all of
 * them; when these are gone, there are still a few for each. */
struct purse {
    uint64_t each, all;
};
struct budget purse_open(const struct purse *p);
void purse_close(struct purse *p, const struct budget *b); /* B, of purse_open(), is done */

struct cube cube_any(struct sets *s);
bool cube_is_empty(const struct cube *c);
bool cube_and(struct sets *s, struct cube *out, const struct cube *a, const struct cube *b);
bool cube_overlaps(struct sets *s, const struct cube *a, const struct cube *b);
bool cube_within(struct sets *s, const struct cube *a, const struct cube *b); /* a in b */
bool cube_eq(const struct cube *a, const struct cube *b);
/* Appends A without B to OUT, as at most one piece per field. */
void cube_minus(struct sets *s, struct arena *a, struct region *out, const struct cube *x,
                const struct cube *y);

/* Every packet there can be of FAMILY (or of both, with -1): no ICMP type 300, no IPv4 address
 * above 2^32-1. What walks start from lies inside it. */
struct region region_universe(struct sets *s, struct arena *a, int family);
void region_add(struct sets *s, struct arena *a, struct region *r, const struct cube *c,
                struct budget *b); /* union; stays disjoint */
struct region region_and_cube(struct sets *s, struct arena *a, const struct region *r,
                              const struct cube *c);
struct region region_and(struct sets *s, struct arena *a, const struct region *x,
                         const struct region *y, struct budget *b);
struct region region_minus(struct sets *s, struct arena *a, const struct region *x,
                           const struct region *y, struct budget *b);
/* The same packets in fewer cubes: those that are equal but for one field become one. Quick, not
 * canonical; disjoint cubes stay disjoint. */
struct region region_join(struct sets *s, struct arena *a, const struct region *r);
/* The same packets in the one form that depends on the set alone: the same set gives the same
 * cubes, however it was reached. Conditions are dropped (quantified away: some way to hold). */
struct region region_canonical(struct sets *s, struct arena *a, const struct region *r,
                               struct budget *b);
/* Number of packets that differ in the five-tuple (family, protocol, addresses, and ports or ICMP
 * type and code where the protocol has them), as a decimal string. R is disjoint. */
struct str region_count(struct sets *s, struct arena *a, const struct region *r);

struct packet {
    u128 f[FIELD_COUNT];
    lits_id when; /* what is told of it beside the fields; cube_pick() tells nothing */
};
/* One packet of the cube, the same one each time, as ordinary as the cube lets it be. */
struct packet cube_pick(const struct sets *s, const struct cube *c);
/* Orders the N_FIELDS of FIELDS: those first that tell the N cubes of SAMPLE apart best. */
void fields_by_use(const struct sets *s, const struct cube *const *sample, size_t n,
                   enum field *fields, size_t n_fields);
struct cube cube_of_packet(struct sets *s, const struct packet *p);
bool cube_has(const struct sets *s, const struct cube *c, const struct packet *p);

/* ---- addresses ---------------------------------------------------------------------------- */

bool addr_parse(struct str s, enum family *family, u128 *addr); /* RFC 4291 text, dotted quad */
/* a | a/len | a/mask (contiguous) | a-b. Host bits are masked off and said in *HOST_BITS (may be
 * NULL). False for anything else. */
bool range_parse(struct str s, enum family *family, struct ival *range, bool *host_bits);
/* ADDR and MASK of one family, also non-contiguous masks, as a set. False when that takes more
 * than MAX_IVALS intervals. */
#define MASK_MAX_IVALS 65536
bool set_of_mask(struct sets *s, set_id *out, enum family family, u128 addr, u128 mask);
u128 addr_max(enum family family);
struct str addr_format(struct arena *a, enum family family, u128 addr);
/* Shortest form: address, prefix, or a-b. */
struct str range_format(struct arena *a, enum family family, struct ival range);

/* ---- names -------------------------------------------------------------------------------- */

/* Protocol by number or by the name that IANA gives it ("tcp", "esp", "ipv6-icmp", …). Dialects
 * have names of their own in their importers. */
bool proto_parse(struct str s, uint8_t *proto);
struct str proto_format(struct arena *a, u128 proto);
/* Ports by the names of IANA's registry that firewalls use ("ssh", "https", "sip", …). */
bool port_parse(struct str s, uint16_t *port);

/* ---- interfaces --------------------------------------------------------------------------- */

/* Interfaces and zones as values of the fields IN, OUT, PHYSIN, PHYSOUT. Class 0 is every
 * interface that nobody names. A name that ends in '+' is the class of the interfaces that begin
 * so and that nobody names more closely. All names must be added before sets are made of them. */
struct ifaces {
    struct str *v; /* by class; v[0] is empty */
    size_t n, cap;
    struct map *index;
};

void ifaces_init(struct arena *a, struct ifaces *i);
uint16_t ifaces_add(struct arena *a, struct ifaces *i, struct str name); /* adds it once */
/* NAME and OTHER become one class, called NAME. Neither is known before. */
void ifaces_same(struct arena *a, struct ifaces *i, struct str name, struct str other);
/* What NAME, or the pattern "prefix+", stands for in a rule. */
set_id ifaces_match(struct sets *s, const struct ifaces *i, struct str name);
/* The class of a real interface: its own, else the longest pattern that fits, else 0. */
uint16_t ifaces_class(const struct ifaces *i, struct str name);

/* ---- output of sets ----------------------------------------------------------------------- */

/* The values of SET as the field's words: "tcp", "16384-65535", "192.0.2.0/30"; one entry "any"
 * when it is all of the field (for addresses: all of FAMILY). IFACES may be NULL for fields that
 * are not interfaces. */
struct strs set_format(struct sets *s, struct arena *a, enum field f, set_id set,
                       enum family family, const struct ifaces *ifaces);
/* The set that set_format() gives these words for. *FAMILY is set by addresses; it is -1 before the
 * first, and another one after it is wrong. False if a word is no value of the field. */
bool set_parse(struct sets *s, set_id *out, enum field f, const struct strs *words, int *family,
               const struct ifaces *ifaces);

#endif
