/* Cisco ASA (and PIX, FWSM): what the importer's files share. Three steps, one direction:
 * asa_read.c cuts lines into words, asa_commands.c hands each line to a handler that records it
 * (struct asa_config), and asa_lower.c makes the policy of it. Names are resolved only after the
 * last line, because the device prints access-groups and lists in an order of its own.
 *
 * Sources of facts: "Cisco ASA Series Command Reference" and "CLI Configuration Guide" 9.x (ACLs,
 * objects, NAT, access rules), "PIX Firewall Command Reference" 6.3. */
#ifndef FWPROOF_ASA_INT_H
#define FWPROOF_ASA_INT_H

#include "import/import.h"

/* ---- lines ---------------------------------------------------------------------------------- */

/* Where a word of a line is; no line is longer than ASA_MAX_LINE. */
struct asa_slice {
    uint16_t at, n;
};

struct asa_line {
    struct source *src;
    struct str text; /* without prompt and pager leftovers, trimmed */
    uint32_t number;
    uint16_t n, indent;
    struct asa_slice w[]; /* within the text */
};

/* The device itself takes 511 characters a line. */
#define ASA_MAX_LINE 8192

struct asa_lines {
    struct asa_line **v;
    size_t n, cap;
};

/* A reader of words: at the end it gives empty ones. */
struct asa_words {
    const struct asa_line *line;
    size_t at;
};

/* Word I of L; behind the last one an empty one. */
static inline struct str asa_word(const struct asa_line *l, size_t i)
{
    return i < l->n ? (struct str){l->text.p + l->w[i].at, l->w[i].n} : (struct str){"", 0};
}

/* Is WORD the same as TEXT, but for case? Most words differ in the first letter already. */
static inline bool asa_same(struct str word, const char *text)
{
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a word has a byte, or is ""
    return (((unsigned char)word.p[0] ^ (unsigned char)text[0]) & 0xdf) == 0 &&
           str_eq_nocase(word, str_of(text));
}

static inline bool asa_is(const struct asa_line *l, size_t word, const char *text)
{
    return word < l->n && asa_same(asa_word(l, word), text);
}

static inline bool asa_done(const struct asa_words *w)
{
    return w->at >= w->line->n;
}

static inline struct str asa_peek(const struct asa_words *w, size_t ahead)
{
    return asa_word(w->line, w->at + ahead);
}

static inline struct str asa_next(struct asa_words *w)
{
    return asa_done(w) ? (struct str){"", 0} : asa_word(w->line, w->at++);
}

/* The next word, if it is WORD. */
static inline bool asa_take(struct asa_words *w, const char *word)
{
    bool is = asa_is(w->line, w->at, word);
    w->at += is;
    return is;
}

struct str asa_rest(const struct asa_line *l, size_t from); /* the text from word FROM on */
/* L without its first FROM words. */
struct asa_line *asa_line_from(struct arena *a, const struct asa_line *l, size_t from);
struct span asa_span(const struct asa_line *l);
struct span asa_span_word(const struct asa_line *l, size_t word);

/* ---- names of the ASA (asa_names.c) --------------------------------------------------------- */

bool asa_port(struct str s, uint16_t *port);
bool asa_proto(struct str s, uint8_t *proto); /* not "ip", which is every protocol */
bool asa_icmp_type(struct str s, bool v6, uint8_t *type);

/* ---- places and services -------------------------------------------------------------------- */

/* What is not known of a place: it may be any address of the sets, when KIND's condition says so.
 */
struct asa_unknown {
    struct str kind; /* empty: all is known */
    struct str text;
    u128 mask, want; /* where mask is not 0: it is addresses A with A & mask == want */
};

struct asa_place {
    set_id sets[2]; /* by enum family: addresses for sure */
    bool may[2];    /* by enum family: the unknown part may be any address */
    struct asa_unknown unknown;
};

/* One product: protocols, and ports or ICMP type and code. */
struct asa_service {
    set_id proto, sport, dport;
};

struct asa_services {
    struct asa_service *v;
    size_t n, cap;
    struct asa_unknown unknown; /* may be any service */
};

/* ---- objects and groups --------------------------------------------------------------------- */

enum asa_kind {
    ASA_OBJECT_NETWORK,
    ASA_OBJECT_SERVICE,
    ASA_GROUP_NETWORK,
    ASA_GROUP_SERVICE,
    ASA_GROUP_PROTOCOL,
    ASA_GROUP_ICMP,
    ASA_GROUP_USER,
    ASA_GROUP_SECURITY,
};
#define ASA_KINDS 8
extern const char *const asa_kind_names[ASA_KINDS]; /* "object network", … */

enum asa_member_kind {
    ASA_MEMBER_NONE, /* a reference that was refused; said */
    ASA_MEMBER_NET,
    ASA_MEMBER_SET, /* addresses of a mask with holes */
    ASA_MEMBER_FQDN,
    ASA_MEMBER_REF,
    ASA_MEMBER_SERVICE,
    ASA_MEMBER_UNKNOWN, /* refers to nothing */
};

struct asa_entity;
struct asa_member {
    struct asa_line *line;
    union {
        struct {
            uint32_t lo, hi;
        } v4;                       /* NET: see asa_member_net() */
        const struct ival *v6;      /* NET */
        set_id set;                 /* SET */
        struct str text;            /* FQDN and UNKNOWN: the name */
        struct asa_entity *ref;     /* REF, and NONE, which was one */
        struct asa_service service; /* SERVICE */
    };
    uint8_t kind;       /* enum asa_member_kind */
    uint8_t family;     /* enum family */
    int8_t fqdn_family; /* -1 both, else enum family */
};

/* A member that is a host, by its line: asa_hosts.c. */
struct asa_host {
    uint32_t line, addr;
};
struct asa_hosts {
    struct asa_host *v;
    size_t n, cap;
};

#define ASA_GONE UINT32_MAX /* cleared, though a translation may still be of it */
struct asa_entity {
    struct str name;
    struct span at;
    uint32_t object;             /* index in the policy's objects, or ASA_GONE */
    uint32_t mark;               /* of the last search that came by */
    uint8_t kind;                /* enum asa_kind */
    uint8_t colour;              /* of the search for loops */
    union {                      /* all that it is, in the file where it begins */
        struct asa_host host;    /* of an object; line 0: none */
        struct asa_hosts *hosts; /* of a group; NULL: none */
    };
    struct asa_details *details;   /* NULL: it is hosts, or nothing */
    const struct asa_place *place; /* made on first use */
    const struct rule *user;       /* the first rule that uses it */
};

/* ---- access lists --------------------------------------------------------------------------- */

enum asa_entry_kind { ASA_ENTRY_ACE, ASA_ENTRY_REMARK };

/* What only few entries have. */
struct asa_more {
    struct asa_lines children; /* as the device lists them; decide where groups are not known */
    struct asa_ace *ace;       /* once it was parsed, if it is asked for again */
    uint64_t hits;
};

/* One for each line of a list, of which there are many: asa_entry_line() cuts the line's words
 * where they are needed. */
struct asa_entry {
    struct asa_line *line;       /* NULL: not cut yet, see the twin */
    const struct asa_twin *twin; /* NULL: like no other line */
    struct asa_more *more;       /* NULL: nothing of that */
    uint32_t position;           /* as a listing says */
    uint16_t word;               /* where permit, deny, or the remark's text is */
    uint8_t kind;                /* enum asa_entry_kind */
    bool standard : 1, v6 : 1;
    bool has_hits : 1;
    bool copied : 1; /* its rule is that of a twin */
};

struct asa_acl {
    struct str name;
    struct span at;
    struct {
        struct asa_entry *v;
        size_t n, cap;
    } entries;
    const char *other;      /* "ethertype", "webtype": not about IP packets */
    struct asa_line *no_ip; /* of an ethertype list: the entry that denies IP too */
    uint32_t object;        /* index in the policy's objects */
    struct chain *chain;
    bool selects; /* for a crypto map, a class map …: it filters nothing itself */
    bool listed;  /* made from `show access-list` alone */
    bool v6;      /* ipv6 access-list, before 9.0 */
};

/* A list as `show access-list` prints it. */
struct asa_listing {
    struct str name;
    struct {
        struct asa_entry *v;
        size_t n, cap;
    } entries;
    uint64_t elements;
    struct span at;
};

/* How an entry says a set: the words that it was read from, and no others, decide it. */
enum asa_how {
    ASA_OTHERWISE, /* not as one of these */
    ASA_HOST,      /* host A */
    ASA_NET,       /* A M */
    ASA_OBJECT,    /* object NAME, of addresses */
    ASA_GROUP,     /* object-group NAME, of addresses */
    ASA_EQ,        /* of ports */
    ASA_NEQ,
    ASA_GT,
    ASA_LT,
    ASA_RANGE
};
enum asa_part { ASA_SRC, ASA_SPORT, ASA_DST, ASA_DPORT, ASA_PARTS }; /* in the order of the words */
struct asa_said {
    uint8_t how;   /* enum asa_how */
    uint16_t word; /* the first one that is an address or a port */
};

/* An ACE with everything resolved. */
struct asa_ace {
    enum action action;
    struct asa_said said[ASA_PARTS];
    struct asa_place src, dst;
    struct asa_services services;
    struct {
        struct cond *v;
        size_t n, cap;
    } conds;
    bool inactive, logs;
    bool bad;           /* not understood: said */
    uint32_t treatment; /* of the rule: how it logs */
};

/* ---- the configuration ---------------------------------------------------------------------- */

struct asa_interface {
    struct str hardware, name;
    struct span at, level_at;
    int level; /* -1: not said */
    bool has_level, management_only;
    struct span management_at;
    struct str not_to; /* `no forward interface`: by hardware name */
    struct span not_to_at;
    ARRAY(struct asa_net {
        enum family family;
        struct ival net;
        u128 addr;
    })
    nets;
    set_id class; /* as IN or OUT */
};

/* What a policy map does with a class: inspect, set connection, sfr … */
struct asa_action {
    struct asa_line *line;
    struct str policy, class_name;
    bool redirect; /* to a module */
};

struct asa_binding {
    struct asa_line *line;
    struct str acl, interface;
    enum asa_where {
        ASA_IN,
        ASA_OUT,
        ASA_GLOBAL,
        ASA_CONTROL_PLANE,
        ASA_FRAMES_IN, /* an EtherType list: it says nothing of IP but where it denies all */
        ASA_FRAMES_OUT
    } where;
};

struct asa_nat {
    struct asa_line *line;
    size_t word;               /* behind the command and its interfaces */
    struct str real, mapped;   /* interfaces, "any" if not said */
    struct asa_entity *object; /* object NAT: the real address */
    int section;               /* 1, 2, 3 */
    uint64_t position;         /* as said, 0: none */
};

/* One translation, ready: the source's side, the destination's side, and the ports. */
struct asa_xlate {
    const struct asa_line *line;
    set_id real_if, mapped_if; /* SET_EMPTY: any */
    struct asa_place real_src, mapped_src, real_dst, mapped_dst;
    set_id proto;
    struct asa_service first, second; /* ports before and behind `service` translation */
    bool dynamic, unidirectional, inactive, has_dst;
    struct asa_unknown unknown; /* a name that is not in the export */
};

/* Before 8.3: a nat or static line, and the pool of a global line. */
struct asa_old_xlate {
    int turn; /* in which it is looked up */
    uint64_t id;
    struct asa_xlate t;
    struct region list; /* of nat … access-list */
};
struct asa_pool {
    uint64_t id;
    set_id interface, addresses;
};

struct asa_range_time {
    struct str name;
    struct span at;
    struct asa_lines lines;
};

struct asa_config {
    struct str hostname, prefix;
    struct span at;
    unsigned version;               /* 803 is 8.3; 0: not said */
    bool pix6;                      /* PIX 6: no keyword extended, nameif lines */
    bool new_nat, old_nat, unified; /* syntax that tells versions apart was seen */
    struct map *names;              /* asa_named() */
    struct map *objects[ASA_KINDS], *acls, *listings, *times;
    struct map *interfaces; /* by hardware name */
    struct map *nameifs;    /* by nameif, once asa_interfaces() has run */
    struct asa_node *words; /* that lines of lists have, by asa_twin.c */
    size_t n_words, n_twins;
    bool named_quads; /* `name` calls an address by what is another address */
    ARRAY(struct asa_entity *) entities;
    ARRAY(struct asa_acl *) acl_list;
    ARRAY(struct asa_listing *) listing_list;
    ARRAY(struct asa_interface *) interface_list;
    ARRAY(struct asa_binding) bindings;
    ARRAY(struct asa_action) actions;
    struct map *service_policies; /* by policy map: the line that applies it */
    bool inspects_icmp;
    struct asa_lines self;
    struct asa_lines routes;
    struct asa_lines uses; /* lines that name access lists: crypto maps, split tunnels … */
    ARRAY(struct asa_nat) nats;
    struct asa_lines old_nats; /* nat, global, static before 8.3 */
    void *rows;                /* nats as read and sorted, by asa_nat.c */
    ARRAY(struct asa_old_xlate) old_xlates;
    ARRAY(struct asa_pool) pools;
    struct asa_line *same_inter, *same_intra, *nat_control, *http_server;
    struct asa_line *per_user, *vpn;
    bool opened, closed; /* ": Saved" and ": end" were seen */
    bool needs_lists;    /* FWSM: without a list in, nothing passes */
    bool lost_nat;       /* some translation is not in the model */
    bool bare;           /* no interfaces at all, only lists */
};

struct asa {
    struct import *im;
    struct arena *a;       /* the policy's */
    struct arena *scratch; /* what is recorded of the files; gone after the import */
    struct sets *sets;
    struct policy *policy;
    struct map *commands;  /* by their first word */
    struct asa_line *line; /* room for the words of one */
    ARRAY(struct asa_config *) configs;
    size_t copied; /* rules of twins */
    uint32_t mark; /* of the latest search */
    size_t uses;   /* of objects so far */
    size_t moves;  /* of entries within lists so far */
    /* Room that is used again and again: for entries that are asked for once … */
    struct asa_ace ace;
    struct asa_services services;
    struct region cubes, again;
    struct asa_entity *named[2]; /* by the latest twin */
    /* … and for the members of one entity */
    ARRAY(struct asa_entity *) todo;
    struct asa_ivals {
        struct ival *v;
        size_t n, cap;
    } nets[2]; /* by enum family */
};

/* The import; *COPIED is how many entries are copies of an earlier one. */
struct policy *asa_import(struct import *im, struct source **inputs, size_t n, size_t *copied);

/* ---- between the files ---------------------------------------------------------------------- */

/* Everything that reading a file needs to remember from line to line. */
struct asa_reader {
    struct asa *asa;
    struct asa_config *cfg;
    struct source *src;
    enum asa_mode { ASA_MODE_CONFIG, ASA_MODE_OTHER, ASA_MODE_STARTUP } mode;
    bool ended;  /* ": end" was seen */
    bool saved;  /* ": Saved" was seen: a configuration as the device prints it begins */
    bool in_hex; /* of a certificate */
    /* The block that is open, and what reads its lines; sub NULL: they do not matter. */
    const struct asa_command *block;
    unsigned block_indent;
    void *open;                        /* struct asa_entity, asa_interface, asa_range_time */
    struct str policy_map, class_name; /* for inspect lines */
    struct asa_listing *listing;
    const struct asa_twin *twin;      /* the line is the first of its shape */
    const struct asa_command *object; /* `object network`, once it was met */
    struct asa_line *kept;            /* a copy of the line that is being read, if it stays */
};

/* L is there until the handler returns: asa_keep() gives one that stays. */
typedef void asa_handler(struct asa_reader *r, const struct asa_line *l);
struct asa_line *asa_keep(struct asa_reader *r, const struct asa_line *l);

/* A command: the words it begins with, and what it means. */
struct asa_command {
    const char *words;
    asa_handler *fn;  /* NULL: does not change what is filtered */
    asa_handler *sub; /* lines of its block; NULL: they do not matter either */
    const char *fact; /* key of the fact that it is, or NULL */
    const char *lost; /* not modelled: what it changes */
    bool block;       /* lines that follow, indented, are its own */
};

struct asa_line *asa_line_room(struct arena *a); /* for the longest line */
/* TEXT, which is line NUMBER of SRC from its first character on. */
struct asa_line *asa_line_new(struct asa *x, struct source *src, uint32_t number, struct str text);
void asa_read(struct asa *x, struct source *src);
struct asa_config *asa_config_new(struct asa *x, struct span at);
bool asa_config_begun(const struct asa_config *c); /* it has lines already */
/* Classes L and calls its handler. */
void asa_command(struct asa_reader *r, const struct asa_line *l);
/* Commands by their first word: for struct asa. */
struct map *asa_command_index(struct arena *a);
bool asa_begins_command(const struct asa *x, struct str word); /* the first word of some command */
/* A line that is no command resembles one that filters. */
bool asa_is_garbled(struct str text);
const struct asa_command *asa_find_command(const struct asa *x, const struct asa_line *l,
                                           size_t from);
/* "(hitcnt=12)" somewhere in L. */
bool asa_hits(const struct asa_line *l, uint64_t *hits);
struct asa_more *asa_entry_more(struct asa *x, struct asa_entry *e);
void asa_take_hits(struct asa *x, struct asa_entry *e, const struct asa_line *l);
void asa_add_child(struct asa *x, struct asa_entry *e, struct asa_line *l);
bool asa_listing_line(struct asa_reader *r, const struct asa_line *l); /* false: not of a listing */

/* L can change what is filtered and is not in the model: WHAT it touches. */
void asa_lost(struct asa *x, const struct asa_line *l, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for what the device would not take. */
void asa_refused(struct asa *x, const struct asa_line *l, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Handlers, by file. */
asa_handler asa_on_version, asa_on_hostname, asa_on_name, asa_on_object, asa_on_object_line,
    asa_on_group, asa_on_group_line, asa_on_interface, asa_on_interface_line, asa_on_nameif,
    asa_on_ip_address, asa_on_acl, asa_on_ipv6_acl, asa_on_access_group, asa_on_route,
    asa_on_same_security, asa_on_self, asa_on_http_server, asa_on_nat, asa_on_static, asa_on_global,
    asa_on_nat_control, asa_on_time_range, asa_on_time_line, asa_on_class_line, asa_on_uses,
    asa_on_group_policy_line, asa_on_clear, asa_on_policy_map, asa_on_vpn, asa_on_context,
    asa_on_service_policy;

/* asa_undo.c */
asa_handler asa_undo; /* `no X` */
/* STEPS more of comparing or moving entries; false when the file has asked for too many. */
bool asa_may_move(struct asa *x, size_t steps);
void asa_undo_member(struct asa_reader *r, struct asa_entity *e, const struct asa_line *l);
void asa_undo_object(struct asa_reader *r, struct asa_entity *e,
                     const struct asa_line *l); /* no nat … */

/* asa_objects.c: after the last line */
void asa_objects_prepare(struct asa *x, struct asa_config *c);
struct asa_entity *asa_entity_find(const struct asa_config *c, struct str name, bool group,
                                   bool service);
const struct asa_place *asa_entity_place(struct asa *x, struct asa_entity *e);
const struct asa_services *asa_entity_services(struct asa *x, struct asa_entity *e);
struct asa_place asa_place_any(struct asa *x, bool v4, bool v6);
struct asa_place asa_place_set(enum family family, set_id set);
struct asa_place asa_place_unknown(struct str kind, struct str text, int family);
void asa_use(struct asa *x, struct asa_entity *e);
struct ival asa_member_net(const struct asa_member *m); /* of a NET */
/* A dotted quad without leading zeros. */
bool asa_quad(struct str s, uint32_t *addr);
/* What is called S by `name`, or S itself. */
struct str asa_named(const struct asa_config *c, struct str s);
/* Address, or a name that `name` gave to one. */
bool asa_addr(const struct asa_config *c, struct str s, enum family *family, u128 *addr);
/* ADDR MASK | ADDR/LEN at W; false, and W unchanged, if it is neither. */
bool asa_addr_mask(struct asa *x, const struct asa_config *c, struct asa_words *w,
                   enum family *family, set_id *set);

/* asa_ace.c */
/* E resolved; what is wrong with it is said the first time. Valid until the next call, except where
 * E is asked for again. */
const struct asa_ace *asa_ace_parse(struct asa *x, struct asa_config *c, const struct asa_acl *acl,
                                    struct asa_entry *e);
/* By those who compare listings, or by NAT. */
bool asa_ace_asked_again(const struct asa_config *c, const struct asa_entry *e);
/* The cubes of an ACE without its unknown parts. */
void asa_ace_cubes(struct asa *x, const struct asa_ace *ace, struct region *out);

/* asa_service.c */
struct asa_service asa_service_any(struct asa *x);
void asa_services_add(struct asa *x, struct asa_services *to, struct asa_service s);
set_id asa_ports(struct sets *s, enum asa_how op, uint16_t a, uint16_t b);
/* eq/neq/gt/lt/range at W as a set of ports; ASA_OTHERWISE, which is 0, if there is no operator. */
enum asa_how asa_port_op(struct asa *x, struct asa_words *w, set_id *ports, bool *bad);
bool asa_is_tcp_udp(struct str word);
bool asa_built_in(struct asa *x, struct str name, struct asa_service *s);
/* [type [code]] at W */
bool asa_icmp_spec(struct asa *x, struct asa_words *w, bool v6, struct asa_service *s);
/* PROTO [source OP] [destination OP] | icmp [type [code]] | a built-in service, to the end of W. */
bool asa_service_spec(struct asa *x, struct asa_words *w, struct asa_service *out);

/* asa_time.c: 1 active, 0 not, -1 not known (no time given, or not understood) */
int asa_time_active(const struct asa_range_time *t, struct str at_time);

/* asa_record.c */
void asa_action_facts(struct asa *x, struct asa_config *c);

/* From records to the policy, one file each. */
/* Of bindings to one place the last one holds; those of EtherType lists are told apart. */
void asa_bindings(struct asa *x, struct asa_config *c);
/* Facts about them, once lists are lowered:
 *   interface.unfiltered   traffic enters here, and no list is bound for it   value: its name
 *   list.open-end          a bound list whose last entry in force is no logged denial of every IP
 *                          packet                                             value: its name */
void asa_bind_facts(struct asa *x, struct asa_config *c);
void asa_interfaces(struct asa *x, struct asa_config *c);
struct str asa_shown(struct asa *x, const struct asa_config *c, struct str name);
set_id asa_class(const struct asa_config *c, struct str interface);
/* "(inside,outside)" into its two names, "(inside)" into one. */
bool asa_interface_pair(struct str s, struct str *real, struct str *mapped);
struct rule *asa_implicit(struct asa *x, struct chain *chain, struct span at, enum action action,
                          struct str text);
void asa_acl_lower(struct asa *x, struct asa_config *c, struct asa_acl *acl);
void asa_lower(struct asa *x);
/* Lists see real addresses (8.3 and later), not those on the wire. */
bool asa_real_addresses(const struct asa_config *c);
/* Rules for one direction each; either chain may be NULL. */
void asa_nat_lower(struct asa *x, struct asa_config *c, struct chain *unnat, struct chain *nat);
void asa_old_nat_read(struct asa *x, struct asa_config *c);
void asa_old_nat_lower(struct asa *x, struct asa_config *c, struct chain *unnat, struct chain *nat);
struct asa_xlate asa_xlate_any(struct asa *x, const struct asa_line *l);
void asa_xlate_lower(struct asa *x, const struct asa_xlate *t, struct chain *unnat,
                     struct chain *nat);
/* The fixed IPv4 address of interface NAME; where it is not known any, and *UNKNOWN (may be NULL)
 * is set. */
struct asa_place asa_interface_address(struct asa *x, const struct asa_config *c, struct str name,
                                       struct asa_unknown *unknown);
void asa_self_lower(struct asa *x, struct asa_config *c, struct chain *chain);
/* The ssh, telnet and http lines, which come before the lists for the control plane. */
void asa_self_first(struct asa *x, struct asa_config *c, struct chain *chain);
/* Listings: hits go to the lists, and what the device expands is held against our own. */
void asa_listings_merge(struct asa *x, struct asa_config *c);
void asa_listings_compare(struct asa *x, struct asa_config *c);

/* ---- tidiness (asa_tidy.c) ------------------------------------------------------------------ */

/* Facts about masks and groups that work but are not what their author meant. */
void asa_tidy_facts(struct asa *x, struct asa_config *c);

#endif
