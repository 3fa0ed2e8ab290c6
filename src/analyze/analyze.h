/* Layer 4: questions on a policy. All are answered by one interpreter of first match, walk(). */
#ifndef FWPROOF_ANALYZE_H
#define FWPROOF_ANALYZE_H

#include "model/model.h"

enum verdict { VERDICT_PERMIT, VERDICT_DENY };

/* A set of packets on its way: `orig` as they arrived, `now` as NAT and marks have made them. */
struct flow {
    struct cube orig, now; /* the conditions taken so far are orig.when */
    uint32_t moved;        /* bit per field: `now` no longer says which value of `orig` it was */
    u128 shift[2];         /* SRC, DST: now = orig + shift (NETMAP), where not moved */
    bool chosen;           /* some packet may also go another way, by the device's own choice */
};

struct flows { /* disjoint */
    struct flow *v;
    size_t n, cap;
};

/* What the walk tells about a set of packets. All but verdicts only with TRAIL_ALL, and
 * STEP_MATCH for the rule, STEP_STAGE for the stage that is watched. */
enum step_kind {
    STEP_STAGE,   /* a stage begins */
    STEP_SKIP,    /* a stage is skipped: outside its guard */
    STEP_MISS,    /* the rule matches none of them */
    STEP_MATCH,   /* it matches all of these; the flow is as before its rewrites */
    STEP_VERDICT, /* the packets are decided */
};

struct step {
    enum step_kind kind;
    const struct flow *flow;
    const struct stage *stage;
    const struct rule *rule; /* of a verdict: the deciding one; NULL if no stage looked */
    enum verdict verdict;
    const struct trail *trail; /* what these packets met so far, last first: if it is kept */
};

struct trail {
    const struct trail *before;
    enum step_kind kind;
    const struct stage *stage;
    const struct rule *rule;
    struct flow flow;
};

struct survey;

/* Called in the order of the walk. False stops the walk. */
typedef bool walk_fn(void *ctx, const struct step *step);

struct walk {
    const struct policy *policy;
    struct arena *arena; /* scratch: pieces live here until the caller frees it */
    enum path_kind path;
    struct survey *survey; /* of the policy: by it single packets find their rules; may be NULL */
    struct budget *budget; /* NULL: unlimited */
    walk_fn *fn;
    void *ctx;
    const struct rule *watch;        /* tell STEP_MATCH of this rule, may be NULL */
    const struct stage *watch_stage; /* likewise STEP_STAGE */
    const struct rule *skip;         /* as if this rule were not there, may be NULL */
    bool watch_only;                 /* no verdicts */
    bool watch_ends;                 /* what gets to the watched rule or stage goes no further */
    bool one_is_enough;              /* a packet that gets somewhere may be told for all that do */
    bool permits_only; /* leave the denied packets out: cheap where they are the rest */
    /* Rules after which a packet goes on as before (LOG) are met by all that match, whatever else
     * they ask for: each rate would double the ways, and none of them leads elsewhere. */
    bool meets_idle;
    /* For one packet: how each verdict was reached. ALL tells each step on the way, too. */
    enum { TRAIL_NONE, TRAIL_MATCHES, TRAIL_ALL } trail;
};

/* Runs START down the path, depth first in the order of the rules. Each packet of START reaches at
 * least one verdict; it reaches more than one where the decision hangs on a condition (the flow's
 * `when` says how) or on a choice of the device. False if the visitor stopped it or the budget ran
 * out (budget->spent tells). */
bool walk(struct walk *w, const struct cube *start);

/* ---- decisions on sets ---------------------------------------------------------------------- */

/* What becomes of START: the three parts are disjoint and make up START (projected on what
 * arrives). `depends`: permitted or denied according to something that is not in the packet.
 * Where the budget ran out, `spent` is set and the rest of START is in none of them. */
struct decision {
    struct region permitted, denied, depends;
    bool spent;
};
struct decision decide(const struct policy *p, struct arena *a, enum path_kind path,
                       const struct region *start, struct budget *b);

/* The rules that bring VERDICT on some packet of START, each with one piece of what it decides, in
 * the order of the walk. */
struct blame {
    const struct rule *rule;
    struct region part; /* canonical */
};
struct blames {
    struct blame *v;
    size_t n, cap;
};
struct blames blame(const struct policy *p, struct arena *a, enum path_kind path,
                    const struct region *start, enum verdict verdict, struct budget *b);

/* First packet of START with VERDICT, for sure or (POSSIBLY) under some condition. */
bool find_packet(const struct policy *p, struct arena *a, enum path_kind path,
                 const struct region *start, enum verdict verdict, bool possibly, struct budget *b,
                 struct packet *packet, const struct rule **rule);

/* ---- trace ---------------------------------------------------------------------------------- */

struct trace_step {
    enum step_kind kind;
    const struct stage *stage;
    const struct rule *rule;
    enum field miss; /* STEP_MISS: the first field that keeps the rule from matching … */
    bool by_cond;    /* … or it is a condition that is taken not to hold */
    struct packet now;
};

/* One way to a verdict; there are several only if it hangs on conditions. */
struct outcome {
    enum verdict verdict;
    const struct rule *rule;
    const struct stage *stage;
    lits_id when;      /* if these conditions are as said … */
    bool chosen;       /* … and the device chooses so (NAT pool, line not understood, rate) */
    struct packet now; /* as it leaves: after NAT */
    uint32_t open;     /* bit per field of `now` that the device chooses: it may be another value */
    struct trace_step *steps;
    size_t n_steps, cap_steps;
};
struct trace {
    struct outcome *v;
    size_t n, cap;
    bool spent;
};
struct trace trace_packet(const struct policy *p, struct arena *a, enum path_kind path,
                          const struct packet *packet, struct budget *b);

#endif
