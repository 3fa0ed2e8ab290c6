/* iptables: the options of the targets of version 1.8.9, in the order in which iptables-save writes
 * them. Source: iptables-extensions(8). */
#include "import/ipt_grammar_rows.h"

/* ---- the targets ------------------------------------------------------------------------------
 */

static const char reject4[] =
    "icmp-net-unreachable|icmp-host-unreachable|icmp-proto-unreachable|icmp-port-unreachable|"
    "icmp-net-prohibited|icmp-host-prohibited|tcp-reset|icmp-admin-prohibited|"
    "net-unreach=icmp-net-unreachable|host-unreach=icmp-host-unreachable|"
    "proto-unreach=icmp-proto-unreachable|port-unreach=icmp-port-unreachable|"
    "net-prohib=icmp-net-prohibited|host-prohib=icmp-host-prohibited|tcp-rst=tcp-reset|"
    "admin-prohib=icmp-admin-prohibited";
static const char reject6[] =
    "icmp6-no-route|icmp6-adm-prohibited|icmp6-addr-unreachable|icmp6-port-unreachable|"
    "tcp-reset|icmp6-policy-fail|icmp6-reject-route|no-route=icmp6-no-route|"
    "adm-prohibited=icmp6-adm-prohibited|addr-unreach=icmp6-addr-unreachable|"
    "port-unreach=icmp6-port-unreachable|policy-fail=icmp6-policy-fail|"
    "reject-route=icmp6-reject-route";
static const char log_levels[] =
    "0=0|1=1|2=2|3=3|4=4|5=5|6=6|7=7|emerg=0|panic=0|alert=1|crit=2|error=3|err=3|warning=4|"
    "warn=4|notice=5|info=6|debug=7";
static const char ct_events[] =
    "new|related|destroy|reply|assured|protoinfo|helper|mark|natseqinfo|secmark";

static const struct ipt_term terms_log[] = {
    {.name = "--log-prefix", .value = ipt_v_given, .max = 29},
    {WORD("--log-level", log_levels), .omit = "4"},
    {FLAG("--log-tcp-sequence")},
    {FLAG("--log-tcp-options")},
    {FLAG("--log-ip-options")},
    {FLAG("--log-uid")},
    {FLAG("--log-macdecode")},
    END,
};

static const struct ipt_term terms_nflog[] = {
    {.name = "--nflog-prefix", .value = ipt_v_given, .min = 1, .max = 63},
    {NUMBER("--nflog-group", 65535), .omit = "0"},
    {NUMBER("--nflog-range", UINT32_MAX)},
    {NUMBER("--nflog-size", UINT32_MAX)},
    {NUMBER("--nflog-threshold", 65535), .omit = "0"},
    END,
};

#define MARK(option, spell) .name = (option), .value = (spell), .one_of = 1
#define MARK_FORMS                                                                                 \
    {MARK("--set-xmark", ipt_v_xmark)}, {MARK("--set-mark", ipt_v_xmark), .as = "--set-xmark"},    \
        {MARK("--and-mark", ipt_v_and_mark), .as = "--set-xmark"},                                 \
        {MARK("--or-mark", ipt_v_or_mark), .as = "--set-xmark"},                                   \
    {                                                                                              \
        MARK("--xor-mark", ipt_v_xor_mark), .as = "--set-xmark"                                    \
    }
#define MASK(option) .name = (option), .value = ipt_v_hex, .max = UINT32_MAX

static const struct ipt_term terms_mark[] = {MARK_FORMS, END};

static const struct ipt_term terms_connmark[] = {
    MARK_FORMS,
    {FLAG("--save-mark"), .one_of = 1},
    {FLAG("--restore-mark"), .one_of = 1},
    {MASK("--nfmask"), .one_of = 2, .otherwise = "0xffffffff", .otherwise_if = ipt_copies_mark},
    {MASK("--ctmask"), .one_of = 4, .otherwise = "0xffffffff", .otherwise_if = ipt_copies_mark},
    {MASK("--mask"), .one_of = 6, .as = "--nfmask", .also = "--ctmask"},
    END,
};

#define HMARK_HEX(option, spell, most) .name = (option), .value = (spell), .max = (most)
static const struct ipt_term terms_hmark[] = {
    {NUMBER("--hmark-src-prefix", 128)},
    {NUMBER("--hmark-dst-prefix", 128)},
    {HMARK_HEX("--hmark-sport", ipt_v_hex, 65535)},
    {HMARK_HEX("--hmark-dport", ipt_v_hex, 65535)},
    {.name = "--hmark-sport-mask", .value = ipt_v_given, .max = 10},
    {.name = "--hmark-dport-mask", .value = ipt_v_given, .max = 10},
    {.name = "--hmark-spi-mask", .value = ipt_v_given, .max = 10},
    {.name = "--hmark-spi", .value = ipt_v_given, .max = 10},
    {.name = "--hmark-proto-mask", .value = ipt_v_given, .max = 10},
    {.name = "--hmark-rnd", .value = ipt_v_hex8, .max = UINT32_MAX},
    {NUMBER("--hmark-mod", UINT32_MAX), .min = 1},
    {NUMBER("--hmark-offset", UINT32_MAX)},
    {.name = "--hmark-tuple", .value = ipt_v_plain},
    END,
};

static const struct ipt_term terms_ct[] = {
    {FLAG("--notrack"), .one_of = 1},
    {.name = "--helper", .value = ipt_v_plain, .max = 15},
    {.name = "--timeout", .value = ipt_v_plain, .max = 31},
    {.name = "--ctevents", .value = ipt_v_words, .words = ct_events},
    {.name = "--expevents", .value = ipt_v_words, .words = "new"},
    {NUMBER("--zone-orig", 65535), .one_of = 2},
    {NUMBER("--zone-reply", 65535), .one_of = 2},
    {NUMBER("--zone", 65535), .one_of = 2},
    END,
};

static const struct ipt_term terms_nfqueue[] = {
    {NUMBER("--queue-num", 65535), .one_of = 1, .otherwise = "0"},
    {.name = "--queue-balance", .value = ipt_v_balance, .max = 65534, .one_of = 1},
    {FLAG("--queue-bypass")},
    {FLAG("--queue-cpu-fanout"), .with = "--queue-balance"},
    END,
};

#define TO(option, most)                                                                           \
    .name = (option), .value = ipt_v_nat, .min = (most), .flags = TERM_MUST | TERM_PORTS
#define NAT_PORTS .value = ipt_v_redirect, .flags = TERM_PORTS
#define RANDOM                                                                                     \
    {FLAG("--random")},                                                                            \
    {                                                                                              \
        FLAG("--random-fully")                                                                     \
    }
#define NAT .families = ON_BOTH, .tables = "nat"
#define PREFIX(option) .name = (option), .value = ipt_v_prefix, .flags = TERM_MUST
#define SET_OF(option, bit) .name = (option), .value = ipt_v_set, .flags = TERM_TWO, .one_of = (bit)
#define HOPS(option, least) NUMBER(option, 255), .min = (least), .one_of = 1
#define TOS(option, form) .name = (option), .value = ipt_v_tos, .min = (form), .one_of = 1

const struct ipt_extension ipt_grammar_targets[] = {
    {"ACCEPT", NULL, .families = ON_BOTH},
    {"DROP", NULL, .families = ON_BOTH, .check = ipt_check_drop},
    {"RETURN", NULL, .families = ON_BOTH},
    {"QUEUE", NULL, .families = ON_BOTH},
    {"AUDIT", TERMS({WORD("--type", "accept|drop|reject"), .flags = TERM_MUST}),
     .families = ON_BOTH},
    {"CHECKSUM", TERMS({FLAG("--checksum-fill"), .flags = TERM_MUST}), .families = ON_BOTH,
     .tables = "mangle"},
    {"CLASSIFY", TERMS({.name = "--set-class", .value = ipt_v_class, .flags = TERM_MUST}),
     .families = ON_BOTH, .chains = "FORWARD OUTPUT POSTROUTING"},
    {"CONNMARK", terms_connmark, .families = ON_BOTH, .needs_option = true,
     .check = ipt_check_connmark},
    {"CONNSECMARK", TERMS({FLAG("--save"), .one_of = 1}, {FLAG("--restore"), .one_of = 1}),
     .families = ON_BOTH, .tables = "mangle security", .needs_option = true},
    {"CT", terms_ct, .families = ON_BOTH, .tables = "raw"},
    {"DNAT", TERMS({TO("--to-destination", 1)}, RANDOM, {FLAG("--persistent")}), NAT,
     .chains = "PREROUTING OUTPUT"},
    {"DNPT", TERMS({PREFIX("--src-pfx")}, {PREFIX("--dst-pfx")}), .families = ON_V6,
     .tables = "mangle", .chains = "PREROUTING OUTPUT"},
    {"DSCP",
     TERMS(
         {.name = "--set-dscp", .value = ipt_v_hex2, .max = 63, .one_of = 1},
         {.name = "--set-dscp-class", .value = ipt_v_dscp_class, .as = "--set-dscp", .one_of = 1}),
     .families = ON_BOTH, .tables = "mangle", .needs_option = true},
    {"ECN", TERMS({FLAG("--ecn-tcp-remove"), .flags = TERM_MUST}), .families = ON_V4,
     .tables = "mangle", .protos = PROTOS(PROTO_TCP)},
    {"HL", TERMS({HOPS("--hl-set", 0)}, {HOPS("--hl-dec", 1)}, {HOPS("--hl-inc", 1)}),
     .families = ON_V6, .tables = "mangle", .needs_option = true},
    {"HMARK", terms_hmark, .families = ON_BOTH, .check = ipt_check_hmark},
    {"IDLETIMER",
     TERMS({NUMBER("--timeout", UINT32_MAX), .min = 1, .flags = TERM_MUST},
           {.name = "--label", .value = ipt_v_plain, .max = 27, .flags = TERM_MUST},
           {FLAG("--alarm")}),
     .families = ON_BOTH},
    {"LED",
     TERMS({.name = "--led-trigger-id",
            .value = ipt_v_plain,
            .max = 26,
            .flags = TERM_MUST | TERM_QUOTED},
           {.name = "--led-delay", .value = ipt_v_plain}, {FLAG("--led-always-blink")}),
     .families = ON_BOTH},
    {"LOG", terms_log, .families = ON_BOTH},
    {"MARK", terms_mark, .families = ON_BOTH, .needs_option = true},
    {"MASQUERADE", TERMS({.name = "--to-ports", NAT_PORTS}, RANDOM), NAT, .chains = "POSTROUTING"},
    {"NETMAP",
     TERMS({.name = "--to", .value = ipt_v_prefix, .min = PREFIX_MASKED, .flags = TERM_MUST}), NAT,
     .chains = "PREROUTING INPUT OUTPUT POSTROUTING"},
    {"NFLOG", terms_nflog, .families = ON_BOTH},
    {"NFQUEUE", terms_nfqueue, .families = ON_BOTH},
    {"NOTRACK", NULL, .families = ON_BOTH, .tables = "raw"},
    {"RATEEST",
     TERMS({.name = "--rateest-name", .value = ipt_v_plain, .max = 15, .flags = TERM_MUST},
           {.name = "--rateest-interval", .value = ipt_v_plain, .flags = TERM_MUST},
           {.name = "--rateest-ewmalog", .value = ipt_v_plain, .flags = TERM_MUST}),
     .families = ON_BOTH},
    {"REDIRECT", TERMS({.name = "--to-ports", NAT_PORTS}, {FLAG("--random")}), NAT,
     .chains = "PREROUTING OUTPUT"},
    {"REJECT", TERMS({WORD("--reject-with", reject4), .otherwise = "icmp-port-unreachable"}),
     .families = ON_V4, .tables = "filter", .chains = "INPUT FORWARD OUTPUT",
     .check = ipt_check_reject},
    {"REJECT", TERMS({WORD("--reject-with", reject6), .otherwise = "icmp6-port-unreachable"}),
     .families = ON_V6, .tables = "filter", .chains = "INPUT FORWARD OUTPUT",
     .check = ipt_check_reject},
    {"SECMARK", TERMS({.name = "--selctx", .value = ipt_v_plain, .max = 255, .flags = TERM_MUST}),
     .families = ON_BOTH, .tables = "mangle security"},
    {"SET",
     TERMS({SET_OF("--add-set", 1)}, {SET_OF("--del-set", 1)}, {SET_OF("--map-set", 2)},
           {NUMBER("--timeout", UINT32_MAX)}, {FLAG("--exist")}, {FLAG("--map-mark")},
           {FLAG("--map-prio")}, {FLAG("--map-queue")}),
     .families = ON_BOTH, .needs_option = true},
    {"SNAT", TERMS({TO("--to-source", 0)}, RANDOM, {FLAG("--persistent")}), NAT,
     .chains = "POSTROUTING INPUT"},
    {"SNPT", TERMS({PREFIX("--src-pfx")}, {PREFIX("--dst-pfx")}), .families = ON_V6,
     .tables = "mangle", .chains = "INPUT POSTROUTING"},
    {"SYNPROXY",
     TERMS({FLAG("--sack-perm")}, {FLAG("--timestamp")}, {NUMBER("--wscale", 14)},
           {NUMBER("--mss", 65535)}, {FLAG("--ecn")}),
     .families = ON_BOTH, .chains = "INPUT FORWARD", .protos = PROTOS(PROTO_TCP)},
    {"TCPMSS",
     TERMS({NUMBER("--set-mss", 65535), .one_of = 1}, {FLAG("--clamp-mss-to-pmtu"), .one_of = 1}),
     .families = ON_BOTH, .needs_option = true, .protos = PROTOS(PROTO_TCP),
     .check = ipt_check_tcpmss},
    {"TCPOPTSTRIP", TERMS({.name = "--strip-options", .value = ipt_v_strip, .min = 2, .max = 63}),
     .families = ON_BOTH, .tables = "mangle", .protos = PROTOS(PROTO_TCP)},
    {"TEE",
     TERMS({.name = "--gateway", .value = ipt_v_address, .flags = TERM_MUST},
           {.name = "--oif", .value = ipt_v_iface}),
     .families = ON_BOTH},
    {"TOS",
     TERMS({TOS("--set-tos", 0)}, {TOS("--and-tos", 1), .as = "--set-tos"},
           {TOS("--or-tos", 2), .as = "--set-tos"}, {TOS("--xor-tos", 3), .as = "--set-tos"}),
     .families = ON_BOTH, .tables = "mangle", .needs_option = true},
    {"TPROXY",
     TERMS({.name = "--on-port", .value = ipt_v_port, .flags = TERM_MUST},
           {.name = "--on-ip", .value = ipt_v_address, .otherwise = "0.0.0.0", .otherwise6 = "::"},
           {.name = "--tproxy-mark", .value = ipt_v_xmark, .otherwise = "0x0/0x0"}),
     .families = ON_BOTH, .tables = "mangle", .chains = "PREROUTING",
     .protos = PROTOS(PROTO_TCP, PROTO_UDP)},
    {"TRACE", NULL, .families = ON_BOTH, .tables = "raw"},
    {"TTL", TERMS({HOPS("--ttl-set", 0)}, {HOPS("--ttl-dec", 1)}, {HOPS("--ttl-inc", 1)}),
     .families = ON_V4, .tables = "mangle", .needs_option = true},
    {"ULOG",
     TERMS({.name = "--ulog-prefix", .value = ipt_v_given, .max = 31},
           {NUMBER("--ulog-nlgroup", 32), .min = 1}, {NUMBER("--ulog-cprange", UINT32_MAX)},
           {NUMBER("--ulog-qthreshold", 50), .min = 1}),
     .families = ON_V4},
    {.name = NULL},
};
