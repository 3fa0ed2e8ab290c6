/* Short cuts of reading: lines that say what is known beforehand, but for names and numbers.
 * Whoever reads them in full comes to the same. */
#ifndef FWPROOF_ASA_TWIN_H
#define FWPROOF_ASA_TWIN_H

#include "import/asa_int.h"

/* asa_hosts.c: long files of objects are names, objects of one host, and groups of hosts. */

struct asa_members {
    struct asa_member *v;
    size_t n, cap;
};

/* What only entities have that are more than hosts. */
struct asa_details {
    struct str proto;       /* object-group service NAME tcp|udp|tcp-udp */
    struct asa_lines lines; /* of members */
    struct asa_members members;
    const struct asa_services *services; /* made on first use */
};

/* Members of E that are kept as hosts, and those that are not. */
static inline struct asa_hosts asa_hosts(struct asa_entity *e)
{
    if (e->kind == ASA_OBJECT_NETWORK)
        return (struct asa_hosts){&e->host, e->host.line != 0, 1};
    return e->hosts == NULL ? (struct asa_hosts){NULL, 0, 0} : *e->hosts;
}
static inline struct asa_members asa_members(const struct asa_entity *e)
{
    return e->details == NULL ? (struct asa_members){NULL, 0, 0} : e->details->members;
}

/* Records the line NUMBER, TEXT, if it is one of these; false if it is to be read in full. */
bool asa_host_read(struct asa_reader *r, uint32_t number, struct str text);
/* What E is beside hosts, which become lines of it. */
struct asa_details *asa_details(struct asa *x, struct asa_entity *e);
/* For both ways of reading, in asa_define.c. */
struct asa_entity *asa_entity_get(struct asa_reader *r, enum asa_kind kind, struct str name,
                                  struct span at);
void asa_name(struct asa_reader *r, struct str addr, struct str name);

/* asa_twin.c: most lines of a long list are like an earlier one but for addresses and ports. The
 * first line of a shape is read in full. Where its rule is plain and hangs on these words alone,
 * the rules of the others are copies of it with sets of their own. */

void asa_twins_start(struct asa_reader *r); /* of a file, and of a configuration in it */
/* Records the line NUMBER, TEXT, as a twin; false if it is to be read in full. */
bool asa_twin_read(struct asa_reader *r, uint32_t number, struct str text);
/* E, of the line that is being read in full, is the last entry of ACL, and all that it left. */
void asa_twin_recorded(struct asa_reader *r, struct asa_acl *acl, struct asa_entry *e);
/* E was read as ACE, its shape may learn of it. BEFORE is what asa_told() gave before. */
void asa_twin_learn(struct asa *x, const struct asa_config *c, const struct asa_entry *e,
                    const struct asa_ace *ace, size_t before);
size_t asa_told(const struct asa *x); /* grows with all that is told beside a rule */
/* What E is, but for its sets, and its cubes; the objects that it names are used. NULL if E is to
 * be read in full. */
const struct asa_ace *asa_twin_ace(struct asa *x, const struct asa_config *c,
                                   const struct asa_entry *e, struct region *cubes);
struct asa_line *asa_entry_line(struct asa *x, struct asa_entry *e);
struct span asa_entry_span(const struct asa_entry *e);
struct str asa_entry_text(const struct asa_entry *e);

#endif
