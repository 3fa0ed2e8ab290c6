/* What the files of `fwproof diff` share. */
#ifndef FWPROOF_DIFF_INT_H
#define FWPROOF_DIFF_INT_H

#include "verbs/intent.h"

struct diff_options {
    struct intent_options intent;
    struct str apply, ticket; /* a file with commands; the ticket's name */
    struct strs maps;         /* inside=eth0 */
    bool backout, no_findings;
};

/* A set of packets that fares differently, in the words of the user. */
struct part {
    enum path_kind path;
    struct region permitted, denied; /* canonical, and without what all have in common */
    /* Of the others: what is done with them beside that is not the same (translated, marked,
     * copied, logged, answered). */
    struct region treated;
};

struct backout {
    struct str commands; /* in the device's syntax, a line each; empty: nothing to take back */
    bool known;          /* the program can write them for this kind of export … */
    bool proven;         /* … and NEW with them is OLD again */
};

enum change_kind { CHANGE_PERMITTED, CHANGE_DENIED, CHANGE_TREATED, CHANGE_KINDS };

/* A set that fares differently, with a packet of it and the rules on both sides. */
struct change_row {
    enum path_kind path;
    enum change_kind kind;
    bool opens;               /* it opens connections */
    const struct region *set; /* canonical cubes that are one box to a reader */
    bool proven; /* the witness was traced; else it hangs on marks that rules change and test … */
    bool too_many_ways; /* … or on so many conditions that not all its ways were tried */
    struct packet witness;
    struct rules before, now; /* what decides, if anything; CHANGE_TREATED: what treats it */
};
struct change_rows {
    struct change_row *v;
    size_t n, cap;
};

/* A line that only one side has, and that says nothing of what passes or how it is treated. */
struct other_line {
    bool now; /* of the new side */
    const struct source *source;
    uint32_t line;
};

struct diffing {
    struct command *command;
    struct audit *audit;
    const struct diff_options *own;
    const struct policy *old, *now; /* the same one where a request is held against OLD alone */
    bool across;                    /* the exports are of different kinds */
    struct asked asked;
    struct region openers;          /* connections that open */
    struct budget budget, treating; /* of its own, so that it takes nothing from the verdicts */
    struct part parts[PATH_KINDS], others[PATH_KINDS]; /* new connections; all other packets */
    /* Of `parts`: what nobody asked for; of what is treated differently, without what leaves
     * packets as they are (logs, answers), but with packets that open no connection. */
    struct part extra[PATH_KINDS];
    struct region alike[PATH_KINDS];       /* decided alike, but perhaps treated differently */
    struct blames extra_by[PATH_KINDS][2]; /* permitted, denied: by which rules of NEW */
    struct intents intents;
    enum outcome_kind outcome; /* of all requests, if there are any */
    struct {
        const struct finding **v;
        size_t n, cap;
    } fresh, fixed;
    size_t unchanged;
    struct change_rows rows;
    struct {
        struct other_line *v;
        size_t n, cap;
    } other_lines; /* by side, file and line */
    struct backout backout;
};

/* diff_read.c: both sides, with one numbering of interfaces. False after a diagnostic. */
bool diff_read(struct diffing *x);
/* P's interfaces keep their classes in the next import. */
void know_ifaces(struct audit *a, const struct policy *p);
/* diff_parts.c */
const struct region *part_of(const struct part *p, enum change_kind kind);
bool parts_changed(const struct part *parts); /* permitted or denied */
bool parts_treated(const struct part *parts);
/* Fragments, odd marks and the like mostly fare as ORDINARY packets do: OTHERS without those. */
void drop_likewise(struct diffing *x, struct region *others, const struct region *ordinary,
                   struct budget *b);
/* diff.c */
bool as_expected(const struct diffing *x);
/* One line: what the change is, and what became of the ticket. */
struct str diff_headline(const struct diffing *x);
/* backout.c: fills x->backout. */
void diff_backout(struct diffing *x);
/* backout_iptables.c, backout_asa.c: commands that make TO of FROM, one a line. */
struct str backout_iptables(struct audit *a, const struct policy *from, const struct policy *to);
/* INPUTS: the files of each side, in order. */
struct str backout_asa(struct arena *a, const struct audit_device *from,
                       const struct audit_device *to);

/* diff_treatment.c: what is done in another way with packets of START that CHANGED does not tell
 * of. */
void diff_treatment(struct diffing *x, enum path_kind path, const struct region *start,
                    const struct region *changed);
/* Of that, what changes packets and nobody asked for: fills x->extra. */
void diff_treatment_not_asked(struct diffing *x);

/* diff_lines.c: fills x->other_lines. */
void diff_lines(struct diffing *x);
struct str other_line_text(struct arena *a, const struct other_line *l); /* "fw1.cfg:12: route …" */

/* diff_rows.c: in the order of the parts. Each witness is traced on both sides; *WRONG if one does
 * not fare as the sets say. */
struct change_rows diff_rows(struct diffing *x, bool *wrong);

void diff_json(struct diffing *x, struct out *o, const struct report *r);
void diff_verdict(struct diffing *x, struct out *o, const struct report *r);
void diff_text(struct diffing *x, struct out *o, const struct report *r);
void diff_markdown(struct diffing *x, struct out *o, const struct report *r);

#endif
