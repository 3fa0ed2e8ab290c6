/* What a change ticket asks for, and what became of it. */
#ifndef FWPROOF_INTENT_H
#define FWPROOF_INTENT_H

#include "analyze/diff.h"
#include "verbs/packets.h"
#include "verbs/verbs.h"

enum outcome_kind { OUTCOME_BEFORE, OUTCOME_DONE, OUTCOME_COLLATERAL, OUTCOME_PART, OUTCOME_NOT };
extern const char *const outcome_names[]; /* "already possible before", "done exactly", … */

/* What is to be so of the packets of a set: all permitted, all denied; some treated differently. */
enum intent_kind { INTENT_PERMIT, INTENT_DENY, INTENT_TREAT, INTENT_KINDS };
extern const char *const intent_names[]; /* "permit", "deny", "treat" */

struct intent {
    enum intent_kind kind;
    struct str words; /* as the ticket has them */
    struct asked asked;
    struct region want;        /* first packets of connections */
    struct region told;        /* the same as people speak of them; canonical */
    struct region missing;     /* of them what is not so now; canonical */
    bool before;               /* all of it was so already */
    enum outcome_kind outcome; /* BEFORE, DONE, PART or NOT */
    struct blames then;        /* BEFORE: the rules of the old policy that make it so */
    struct blames against;     /* the rules of the new policy that decide what is missing */
};
struct intents {
    struct intent *v;
    size_t n, cap;
};

/* As the options say it; offsets are those of the verb's own struct. */
struct intent_options {
    struct strs permits, denies, treats, files;
};
#define INTENT_OPTIONS(member)                                                                     \
    {"expect",                                                                                     \
     0,                                                                                            \
     OPT_TEXTS,                                                                                    \
     "FILE",                                                                                       \
     "what the ticket asks for: lines `permit WORDS`, `deny WORDS`, `treat WORDS`",                \
     offsetof(member, intent.files)},                                                              \
        {"expect-permit",                                                                          \
         0,                                                                                        \
         OPT_TEXTS,                                                                                \
         "WORDS",                                                                                  \
         "what the ticket asks to permit, in the words of trace",                                  \
         offsetof(member, intent.permits)},                                                        \
    {                                                                                              \
        "expect-deny", 0, OPT_TEXTS, "WORDS", "what the ticket asks to deny",                      \
            offsetof(member, intent.denies)                                                        \
    }

/* Whether the ticket asks for anything. */
bool intents_given(const struct intent_options *o);
/* Reads the requests against policy NOW. False after a usage error. What is wrong in a file is an
 * error diagnostic at its line. */
bool intents_read(struct command *c, struct audit *a, const struct intent_options *o,
                  const struct policy *now, struct intents *out);
/* Decides each request; THEN may be NOW. */
void intents_decide(struct intents *all, const struct policy *then, const struct policy *now,
                    struct budget *b);
/* What all requests together came to, with COLLATERAL if more was changed than they ask for. */
enum outcome_kind intents_outcome(const struct intents *all, bool collateral);

const char *request_outcome(const struct intent *e); /* in words */
/* "fw1.rules:12: -A FORWARD …" for text. */
struct str rule_text(struct audit *a, const struct rule *r);
void intents_text(struct out *o, struct audit *a, const struct policy *p,
                  const struct intents *all);
struct cJSON;
void intents_json(struct cJSON *doc, struct audit *a, const struct policy *p,
                  const struct intents *all);
/* Array KEY of {"text", "location", "part": [boxes]}. */
void blames_json(struct cJSON *to, struct audit *a, const char *key, const struct policy *p,
                 const struct asked *asked, const struct blames *all);

#endif
