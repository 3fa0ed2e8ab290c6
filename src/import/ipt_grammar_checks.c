/* iptables: what options need of each other beyond what a table says, and which iptables-save
 * writes though nobody said them. */
#include "import/ipt_grammar.h"

/* ---- matches --------------------------------------------------------------------------------
 */

static bool said(const struct ipt_use *use, const char *option)
{
    return ipt_said_find(use, option) != NULL;
}

static bool in_chain(struct str chain, const char *list)
{
    struct str rest = str_of(list), one;
    while (str_word(&rest, &one))
        if (str_eq(one, chain))
            return true;
    return false;
}

const char *ipt_check_addrtype(const struct ipt_use *use, const struct ipt_place *place)
{
    if (!said(use, "--src-type") && !said(use, "--dst-type"))
        return "it needs --src-type or --dst-type";
    if (said(use, "--limit-iface-in") && in_chain(place->chain, "OUTPUT POSTROUTING"))
        return "--limit-iface-in cannot be used where packets leave";
    if (said(use, "--limit-iface-out") && in_chain(place->chain, "PREROUTING INPUT"))
        return "--limit-iface-out cannot be used where packets come in";
    return NULL;
}

const char *ipt_check_cluster(const struct ipt_use *use, const struct ipt_place *place)
{
    const struct ipt_said *total = ipt_said_find(use, "--cluster-total-nodes"),
                          *mask = ipt_said_find(use, "--cluster-local-nodemask");
    uint64_t n = 0, bits = 0;
    (void)place;
    if (total == NULL || mask == NULL)
        return "it needs --cluster-total-nodes and a local node";
    str_u64(total->text, 0, 32, &n);
    str_u64(mask->text, 0, UINT32_MAX, &bits);
    return bits >> n != 0 ? "the local node is beyond the number of nodes" : NULL;
}

const char *ipt_check_connbytes(const struct ipt_use *use, const struct ipt_place *place)
{
    (void)place;
    return said(use, "--connbytes") && said(use, "--connbytes-mode") && said(use, "--connbytes-dir")
               ? NULL
               : "it needs --connbytes, --connbytes-dir and --connbytes-mode";
}

const char *ipt_check_connlimit(const struct ipt_use *use, const struct ipt_place *place)
{
    (void)place;
    return said(use, "--connlimit-upto") || said(use, "--connlimit-above")
               ? NULL
               : "it needs --connlimit-upto or --connlimit-above";
}

const char *ipt_check_ecn(const struct ipt_use *use, const struct ipt_place *place)
{
    bool tcp = said(use, "--ecn-tcp-ece") || said(use, "--ecn-tcp-cwr");
    return tcp && (place->proto != PROTO_TCP || place->not_proto)
               ? "--ecn-tcp-ece and --ecn-tcp-cwr need -p tcp"
               : NULL;
}

const char *ipt_check_hashlimit(const struct ipt_use *use, const struct ipt_place *place)
{
    (void)place;
    return said(use, "--hashlimit-upto") || said(use, "--hashlimit-above")
               ? NULL
               : "it needs --hashlimit-upto or --hashlimit-above";
}

const char *ipt_check_owner(const struct ipt_use *use, const struct ipt_place *place)
{
    (void)place;
    return said(use, "--uid-owner") || said(use, "--gid-owner") || said(use, "--socket-exists")
               ? NULL
               : "it needs --uid-owner, --gid-owner or --socket-exists";
}

/* Elements stand between --next; without --strict there is one. */
const char *ipt_check_policy(const struct ipt_use *use, const struct ipt_place *place)
{
    bool strict = said(use, "--strict"), tunnel = false, sends = false, none = false;
    bool any = false, mode_tunnel = false, whole = true;
    for (size_t i = 0; i <= use->n; i++) {
        const char *name = i < use->n ? use->v[i].term->name : "--next";
        struct str value = i < use->n ? use->v[i].text : STR("");
        if (strcmp(name, "--next") == 0) {
            if ((tunnel && !mode_tunnel) || (strict && !any))
                whole = false;
            tunnel = mode_tunnel = any = false;
        } else if (strcmp(name, "--dir") == 0) {
            sends = str_eq(value, STR("out"));
        } else if (strcmp(name, "--pol") == 0) {
            none = str_eq(value, STR("none"));
        } else if (strcmp(name, "--strict") != 0) {
            any = true;
            tunnel = tunnel || strncmp(name, "--tunnel", 8) == 0;
            mode_tunnel =
                mode_tunnel || (strcmp(name, "--mode") == 0 && str_eq(value, STR("tunnel")));
        }
    }
    if (!said(use, "--dir") || !said(use, "--pol"))
        return "it needs --dir and --pol";
    if (none && strict)
        return "--pol none has no --strict";
    if (said(use, "--next") && !strict)
        return "--next needs --strict";
    if (in_chain(place->chain, sends ? "PREROUTING INPUT" : "POSTROUTING OUTPUT"))
        return "--dir in and --dir out each fit only where packets come in or leave";
    return whole ? NULL
                 : "an element of the policy is empty, or names a tunnel without --mode tunnel";
}

const char *ipt_check_recent(const struct ipt_use *use, const struct ipt_place *place)
{
    bool asks = said(use, "--rcheck") || said(use, "--update");
    (void)place;
    if (!asks && !said(use, "--set") && !said(use, "--remove"))
        return "it needs --set, --rcheck, --update or --remove";
    if (!asks && (said(use, "--seconds") || said(use, "--hitcount") || said(use, "--rttl")))
        return "--seconds, --hitcount and --rttl need --rcheck or --update";
    return said(use, "--reap") && !said(use, "--seconds") ? "--reap needs --seconds" : NULL;
}

const char *ipt_check_statistic(const struct ipt_use *use, const struct ipt_place *place)
{
    const struct ipt_said *mode = ipt_said_find(use, "--mode"),
                          *every = ipt_said_find(use, "--every"),
                          *packet = ipt_said_find(use, "--packet");
    uint64_t n = 0, k = 0;
    (void)place;
    bool nth = mode != NULL && str_eq(mode->text, STR("nth"));
    if (nth ? every == NULL || packet == NULL : !said(use, "--probability"))
        return "--mode random needs --probability, --mode nth needs --every and --packet";
    if (nth ? said(use, "--probability") : every != NULL || packet != NULL)
        return "--probability is of --mode random, --every and --packet are of --mode nth";
    return nth && str_u64(every->text, 10, UINT32_MAX, &n) &&
                   str_u64(packet->text, 10, UINT32_MAX, &k) && k >= n
               ? "--packet counts from 0 and stays below --every"
               : NULL;
}

const char *ipt_check_string(const struct ipt_use *use, const struct ipt_place *place)
{
    (void)place;
    return said(use, "--string") || said(use, "--hex-string") ? NULL
                                                              : "it needs --string or --hex-string";
}

bool ipt_counts_packets(const struct ipt_use *use)
{
    static const char *const rates[] = {"--hashlimit-upto", "--hashlimit-above"};
    for (size_t i = 0; i < 2; i++) {
        const struct ipt_said *rate = ipt_said_find(use, rates[i]);
        if (rate != NULL && str_ends(rate->text, STR("b/s")))
            return false;
    }
    return true;
}

bool ipt_has_clock(const struct ipt_use *use)
{
    return said(use, "--timestart") || said(use, "--timestop");
}

bool ipt_has_date(const struct ipt_use *use)
{
    return said(use, "--datestart") || said(use, "--datestop");
}

/* ---- targets --------------------------------------------------------------------------------
 */

bool ipt_copies_mark(const struct ipt_use *use)
{
    return said(use, "--save-mark") || said(use, "--restore-mark");
}

const char *ipt_check_connmark(const struct ipt_use *use, const struct ipt_place *place)
{
    (void)place;
    return !ipt_copies_mark(use) && (said(use, "--nfmask") || said(use, "--ctmask"))
               ? "a mask needs --save-mark or --restore-mark"
               : NULL;
}

const char *ipt_check_drop(const struct ipt_use *use, const struct ipt_place *place)
{
    (void)use;
    return str_eq(place->table, STR("nat")) ? "table nat is not for filtering" : NULL;
}

const char *ipt_check_hmark(const struct ipt_use *use, const struct ipt_place *place)
{
    bool ports = said(use, "--hmark-sport-mask") || said(use, "--hmark-dport-mask") ||
                 said(use, "--hmark-sport") || said(use, "--hmark-dport");
    (void)place;
    if (!said(use, "--hmark-mod") || !said(use, "--hmark-rnd"))
        return "it needs --hmark-mod and --hmark-rnd";
    return ports && (said(use, "--hmark-spi-mask") || said(use, "--hmark-spi"))
               ? "an SPI and ports exclude each other"
               : NULL;
}

const char *ipt_check_reject(const struct ipt_use *use, const struct ipt_place *place)
{
    const struct ipt_said *with = ipt_said_find(use, "--reject-with");
    return with != NULL && str_eq(with->text, STR("tcp-reset")) &&
                   (place->proto != PROTO_TCP || place->not_proto)
               ? "tcp-reset needs -p tcp"
               : NULL;
}

const char *ipt_check_tcpmss(const struct ipt_use *use, const struct ipt_place *place)
{
    return said(use, "--clamp-mss-to-pmtu") &&
                   (str_eq(place->chain, STR("PREROUTING")) || str_eq(place->chain, STR("INPUT")))
               ? "--clamp-mss-to-pmtu needs a chain where the way out is known"
               : NULL;
}
