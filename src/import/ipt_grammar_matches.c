/* iptables: the options of the matches of version 1.8.9, in the order in which iptables-save writes
 * them. Source: iptables-extensions(8). */
#include "import/ipt_grammar.h"

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define PROTOS(...)                                                                                \
    (const uint8_t[])                                                                              \
    {                                                                                              \
        __VA_ARGS__, 0                                                                             \
    }
#define TERMS(...)                                                                                 \
    (const struct ipt_term[])                                                                      \
    {                                                                                              \
        __VA_ARGS__, END                                                                           \
    }
#define NUMBER(option, most) .name = (option), .value = ipt_v_number, .max = (most)
#define RANGE(option, most) .name = (option), .value = ipt_v_range, .max = (most), .flags = TERM_NOT
#define MUST_RANGE(option, most)                                                                   \
    .name = (option), .value = ipt_v_range, .max = (most), .flags = TERM_NOT | TERM_MUST
#define SPI(option) RANGE(option, UINT32_MAX), .omit = "0:4294967295"
#define PORTS(option) .name = (option), .value = ipt_v_ports, .flags = TERM_NOT, .omit = "0:65535"
#define NET(option) .name = (option), .value = ipt_v_network, .flags = TERM_NOT
#define WORD(option, list) .name = (option), .value = ipt_v_word, .words = (list)
#define FLAG(option) .name = (option)

const struct ipt_term ipt_terms_own[] = {
    {NET("-s"), .omit = "0.0.0.0/0|::/0"},
    {NET("--source"), .as = "-s"},
    {NET("--src"), .as = "-s"},
    {NET("-d"), .omit = "0.0.0.0/0|::/0"},
    {NET("--destination"), .as = "-d"},
    {NET("--dst"), .as = "-d"},
    {.name = "-i", .value = ipt_v_iface, .flags = TERM_NOT, .omit = "+"},
    {.name = "--in-interface", .value = ipt_v_iface, .flags = TERM_NOT, .as = "-i"},
    {.name = "-o", .value = ipt_v_iface, .flags = TERM_NOT, .omit = "+"},
    {.name = "--out-interface", .value = ipt_v_iface, .flags = TERM_NOT, .as = "-o"},
    {.name = "-p", .value = ipt_v_proto, .flags = TERM_NOT, .omit = "0"},
    {.name = "--protocol", .value = ipt_v_proto, .flags = TERM_NOT, .as = "-p"},
    {FLAG("-4"), .omit = ""},
    {FLAG("--ipv4"), .as = "-4"},
    {FLAG("-6"), .omit = ""},
    {FLAG("--ipv6"), .as = "-6"},
    {.name = "-f", .flags = TERM_NOT | TERM_V4},
    {.name = "--fragment", .flags = TERM_NOT | TERM_V4, .as = "-f"},
    END,
};

/* ---- the matches ------------------------------------------------------------------------------
 */

static const char conntrack_states[] = "INVALID|NEW|RELATED|ESTABLISHED|UNTRACKED|SNAT|DNAT";
static const char addr_types[] = "UNSPEC|UNICAST|LOCAL|BROADCAST|ANYCAST|MULTICAST|BLACKHOLE|"
                                 "UNREACHABLE|PROHIBIT|THROW|NAT|XRESOLVE";
static const char headers[] =
    "hop-by-hop|hop=hop-by-hop|ipv6-opts|dst=ipv6-opts|ipv6-route|route=ipv6-route|ipv6-frag|"
    "frag=ipv6-frag|ah|auth=ah|esp|ipv6-nonxt|none=ipv6-nonxt|protocol|proto=protocol|prot="
    "protocol";
static const char week[] = "Mon|Mo=Mon|Monday=Mon|1=Mon|"
                           "Tue|Tu=Tue|Tuesday=Tue|2=Tue|"
                           "Wed|We=Wed|Wednesday=Wed|3=Wed|"
                           "Thu|Th=Thu|Thursday=Thu|4=Thu|"
                           "Fri|Fr=Fri|Friday=Fri|5=Fri|"
                           "Sat|Sa=Sat|Saturday=Sat|6=Sat|"
                           "Sun|Su=Sun|Sunday=Sun|7=Sun";

static const struct ipt_term terms_tcp[] = {
    {PORTS("--sport")},
    {PORTS("--source-port"), .as = "--sport"},
    {PORTS("--dport")},
    {PORTS("--destination-port"), .as = "--dport"},
    {NUMBER("--tcp-option", 255), .min = 1, .flags = TERM_NOT},
    {.name = "--tcp-flags", .value = ipt_v_tcp_flags, .flags = TERM_NOT | TERM_TWO, .one_of = 1},
    {.name = "--syn",
     .flags = TERM_NOT,
     .as = "--tcp-flags",
     .words = "FIN,SYN,RST,ACK SYN",
     .one_of = 1},
    END,
};

const struct ipt_term ipt_grammar_ports[] = {
    {PORTS("--sport")},
    {PORTS("--source-port"), .as = "--sport"},
    {PORTS("--dport")},
    {PORTS("--destination-port"), .as = "--dport"},
    END,
};

#define PORTS_WHOLE(option) .name = (option), .value = ipt_v_ports, .flags = TERM_NOT
static const struct ipt_term terms_dccp[] = {
    {PORTS_WHOLE("--sport")},
    {PORTS_WHOLE("--source-port"), .as = "--sport"},
    {PORTS_WHOLE("--dport")},
    {PORTS_WHOLE("--destination-port"), .as = "--dport"},
    {.name = "--dccp-types",
     .value = ipt_v_words,
     .flags = TERM_NOT,
     .words = "REQUEST|RESPONSE|DATA|ACK|DATAACK|CLOSEREQ|CLOSE|RESET|SYNC|SYNCACK|INVALID"},
    {NUMBER("--dccp-option", 255), .flags = TERM_NOT},
    END,
};

static const struct ipt_term terms_sctp[] = {
    {PORTS_WHOLE("--sport")},
    {PORTS_WHOLE("--source-port"), .as = "--sport"},
    {PORTS_WHOLE("--dport")},
    {PORTS_WHOLE("--destination-port"), .as = "--dport"},
    {.name = "--chunk-types", .value = ipt_v_chunks, .flags = TERM_NOT | TERM_TWO},
    END,
};

#define PORT_LIST(option) .name = (option), .value = ipt_v_port_list, .flags = TERM_NOT, .one_of = 1
static const struct ipt_term terms_multiport[] = {
    {PORT_LIST("--sports")}, {PORT_LIST("--source-ports"), .as = "--sports"},
    {PORT_LIST("--dports")}, {PORT_LIST("--destination-ports"), .as = "--dports"},
    {PORT_LIST("--ports")},  END,
};

#define CT_PORT(option) .name = (option), .value = ipt_v_ports, .flags = TERM_NOT
#define CT_HOST(option) .name = (option), .value = ipt_v_host, .flags = TERM_NOT
static const struct ipt_term terms_conntrack[] = {
    {.name = "--ctstate", .value = ipt_v_words, .words = conntrack_states, .flags = TERM_NOT},
    {.name = "--ctproto", .value = ipt_v_proto_number, .min = 1, .flags = TERM_NOT},
    {CT_HOST("--ctorigsrc")},
    {CT_HOST("--ctorigdst")},
    {CT_HOST("--ctreplsrc")},
    {CT_HOST("--ctrepldst")},
    {CT_PORT("--ctorigsrcport")},
    {CT_PORT("--ctorigdstport")},
    {CT_PORT("--ctreplsrcport")},
    {CT_PORT("--ctrepldstport")},
    {.name = "--ctstatus",
     .value = ipt_v_words,
     .words = "EXPECTED|SEEN_REPLY|ASSURED|CONFIRMED|NONE",
     .flags = TERM_NOT},
    {RANGE("--ctexpire", UINT32_MAX)},
    {WORD("--ctdir", "ORIGINAL|REPLY")},
    END,
};

#define HASH_RATE(option) .name = (option), .value = ipt_v_hash_rate, .max = 1000000, .one_of = 1
static const struct ipt_term terms_hashlimit[] = {
    {HASH_RATE("--hashlimit-upto"), .flags = TERM_NOT, .flip = "--hashlimit-above"},
    {HASH_RATE("--hashlimit"), .as = "--hashlimit-upto", .flags = TERM_NOT,
     .flip = "--hashlimit-above"},
    {HASH_RATE("--hashlimit-above")},
    {.name = "--hashlimit-burst",
     .value = ipt_v_hash_burst,
     .otherwise = "5",
     .otherwise_if = ipt_counts_packets},
    {.name = "--hashlimit-mode", .value = ipt_v_words, .words = "srcip|srcport|dstip|dstport"},
    {.name = "--hashlimit-name", .value = ipt_v_plain, .max = 254, .flags = TERM_MUST},
    {NUMBER("--hashlimit-htable-size", UINT32_MAX)},
    {NUMBER("--hashlimit-htable-max", UINT32_MAX)},
    {NUMBER("--hashlimit-htable-gcinterval", UINT32_MAX), .omit = "1000"},
    {NUMBER("--hashlimit-htable-expire", UINT32_MAX)},
    {NUMBER("--hashlimit-srcmask", 128)},
    {NUMBER("--hashlimit-dstmask", 128)},
    {FLAG("--hashlimit-rate-match")},
    {NUMBER("--hashlimit-rate-interval", UINT32_MAX)},
    END,
};

static const struct ipt_term terms_recent[] = {
    {FLAG("--set"), .flags = TERM_NOT, .one_of = 1},
    {FLAG("--rcheck"), .flags = TERM_NOT, .one_of = 1},
    {FLAG("--update"), .flags = TERM_NOT, .one_of = 1},
    {FLAG("--remove"), .flags = TERM_NOT, .one_of = 1},
    {NUMBER("--seconds", UINT32_MAX), .min = 1},
    {FLAG("--reap")},
    {NUMBER("--hitcount", 65535)},
    {FLAG("--rttl")},
    {.name = "--name", .value = ipt_v_plain, .max = 199, .otherwise = "DEFAULT"},
    {.name = "--mask",
     .value = ipt_v_address,
     .otherwise = "255.255.255.255",
     .otherwise6 = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {FLAG("--rsource"), .one_of = 2, .otherwise = ""},
    {FLAG("--rdest"), .one_of = 2},
    END,
};

static const struct ipt_term terms_policy[] = {
    {FLAG("--next"), .flags = TERM_NEXT},
    {WORD("--dir", "in|out")},
    {WORD("--pol", "none|ipsec")},
    {FLAG("--strict")},
    {NUMBER("--reqid", UINT32_MAX), .flags = TERM_NOT},
    {.name = "--spi", .value = ipt_v_hex, .max = UINT32_MAX, .flags = TERM_NOT},
    {.name = "--proto", .value = ipt_v_proto, .flags = TERM_NOT},
    {WORD("--mode", "transport|tunnel"), .flags = TERM_NOT},
    {.name = "--tunnel-dst", .value = ipt_v_prefix, .min = PREFIX_OR_HOST, .flags = TERM_NOT},
    {.name = "--tunnel-src", .value = ipt_v_prefix, .min = PREFIX_OR_HOST, .flags = TERM_NOT},
    END,
};

static const struct ipt_term terms_rateest[] = {
    {FLAG("--rateest-delta")},
    {.name = "--rateest", .value = ipt_v_plain, .max = 15, .one_of = 1},
    {.name = "--rateest1", .value = ipt_v_plain, .max = 15, .one_of = 1},
    {.name = "--rateest-bps1", .value = ipt_v_bit_rate},
    {NUMBER("--rateest-pps1", UINT32_MAX)},
    {FLAG("--rateest-lt"), .flags = TERM_NOT, .one_of = 2},
    {FLAG("--rateest-gt"), .flags = TERM_NOT, .one_of = 2},
    {FLAG("--rateest-eq"), .flags = TERM_NOT, .one_of = 2},
    {.name = "--rateest-bps", .value = ipt_v_bit_rate, .flags = TERM_MAYBE},
    {NUMBER("--rateest-pps", UINT32_MAX), .flags = TERM_MAYBE},
    {.name = "--rateest-bps2", .value = ipt_v_bit_rate},
    {NUMBER("--rateest-pps2", UINT32_MAX)},
    {.name = "--rateest2", .value = ipt_v_plain, .max = 15},
    END,
};

#define SET_COUNTER(option, bit) NUMBER(option, UINT64_MAX), .one_of = (bit)
static const struct ipt_term terms_set[] = {
    {.name = "--match-set", .value = ipt_v_set, .flags = TERM_NOT | TERM_TWO | TERM_MUST},
    {.name = "--set", .value = ipt_v_set, .flags = TERM_NOT | TERM_TWO, .as = "--match-set"},
    {FLAG("--return-nomatch")},
    {FLAG("--update-counters"), .flags = TERM_NOT},
    {FLAG("--update-subcounters"), .flags = TERM_NOT},
    {SET_COUNTER("--packets-eq", 1), .flags = TERM_NOT},
    {SET_COUNTER("--packets-lt", 1)},
    {SET_COUNTER("--packets-gt", 1)},
    {SET_COUNTER("--bytes-eq", 2), .flags = TERM_NOT},
    {SET_COUNTER("--bytes-lt", 2)},
    {SET_COUNTER("--bytes-gt", 2)},
    END,
};

#define SRH(option) NUMBER(option, 255), .flags = TERM_NOT
#define SRH_SID(option)                                                                            \
    .name = (option), .value = ipt_v_prefix, .min = PREFIX_OR_HOST, .flags = TERM_NOT
static const struct ipt_term terms_srh[] = {
    {SRH("--srh-next-hdr")},
    {SRH("--srh-hdr-len-eq")},
    {SRH("--srh-hdr-len-gt")},
    {SRH("--srh-hdr-len-lt")},
    {SRH("--srh-segs-left-eq")},
    {SRH("--srh-segs-left-gt")},
    {SRH("--srh-segs-left-lt")},
    {SRH("--srh-last-entry-eq")},
    {SRH("--srh-last-entry-gt")},
    {SRH("--srh-last-entry-lt")},
    {NUMBER("--srh-tag", 65535), .flags = TERM_NOT},
    {SRH_SID("--srh-psid")},
    {SRH_SID("--srh-nsid")},
    {SRH_SID("--srh-lsid")},
    END,
};

static const struct ipt_term terms_string[] = {
    {.name = "--string",
     .value = ipt_v_plain,
     .max = 128,
     .one_of = 1,
     .flags = TERM_NOT | TERM_QUOTED},
    {.name = "--hex-string",
     .value = ipt_v_plain,
     .max = 512,
     .one_of = 1,
     .flags = TERM_NOT | TERM_QUOTED},
    {WORD("--algo", "bm|kmp"), .flags = TERM_MUST},
    {NUMBER("--from", 65535), .omit = "0"},
    {NUMBER("--to", 65535), .omit = "65535"},
    {FLAG("--icase")},
    END,
};

static const struct ipt_term terms_time[] = {
    {.name = "--timestart",
     .value = ipt_v_time,
     .otherwise = "00:00:00",
     .otherwise_if = ipt_has_clock},
    {.name = "--timestop",
     .value = ipt_v_time,
     .otherwise = "23:59:59",
     .otherwise_if = ipt_has_clock},
    {.name = "--monthdays", .value = ipt_v_monthdays, .min = 1, .max = 31, .flags = TERM_NOT},
    {.name = "--weekdays", .value = ipt_v_words, .words = week, .flags = TERM_NOT},
    {.name = "--datestart",
     .value = ipt_v_date,
     .otherwise = "1970-01-01T00:00:00",
     .otherwise_if = ipt_has_date},
    {.name = "--datestop",
     .value = ipt_v_date,
     .otherwise = "2038-01-19T03:14:07",
     .otherwise_if = ipt_has_date},
    {FLAG("--kerneltz"), .one_of = 1},
    {FLAG("--utc"), .one_of = 1, .omit = ""},
    {FLAG("--localtz"), .one_of = 1},
    {FLAG("--contiguous")},
    END,
};

#define EUI_CHAINS "PREROUTING INPUT FORWARD"
#define MASKED(option) .name = (option), .value = ipt_v_masked, .flags = TERM_NOT | TERM_MUST
#define ONE(option, most) TERMS({NUMBER(option, most), .flags = TERM_NOT | TERM_MUST})
#define TTL(option) NUMBER(option, 255), .one_of = 1
#define PHYSDEV(option) .name = (option), .value = ipt_v_iface, .flags = TERM_NOT
#define OPTIONS(option) .name = (option), .value = ipt_v_options
#define UPTO(option, not )                                                                         \
    NUMBER(option, UINT32_MAX), .one_of = 1, .flags = TERM_NOT, .flip = (not )

const struct ipt_extension ipt_grammar_matches[] = {
    {"addrtype",
     TERMS({.name = "--src-type", .value = ipt_v_words, .words = addr_types, .flags = TERM_NOT},
           {.name = "--dst-type", .value = ipt_v_words, .words = addr_types, .flags = TERM_NOT},
           {FLAG("--limit-iface-in"), .one_of = 1}, {FLAG("--limit-iface-out"), .one_of = 1}),
     .families = ON_BOTH, .check = ipt_check_addrtype},
    {"ah", TERMS({SPI("--ahspi")}), .families = ON_V4, .protos = PROTOS(51)},
    {"ah",
     TERMS({SPI("--ahspi")}, {NUMBER("--ahlen", UINT32_MAX), .flags = TERM_NOT}, {FLAG("--ahres")}),
     .families = ON_V6},
    {"bpf",
     TERMS({.name = "--bytecode", .value = ipt_v_text, .flags = TERM_QUOTED, .one_of = 1},
           {.name = "--object-pinned", .value = ipt_v_plain, .one_of = 1}),
     .families = ON_BOTH, .needs_option = true},
    {"cgroup",
     TERMS({NUMBER("--cgroup", UINT32_MAX), .flags = TERM_NOT, .one_of = 1},
           {.name = "--path",
            .value = ipt_v_plain,
            .max = 511,
            .flags = TERM_NOT | TERM_QUOTED,
            .one_of = 1}),
     .families = ON_BOTH, .needs_option = true, .chains = "INPUT OUTPUT POSTROUTING"},
    {"cluster",
     TERMS({.name = "--cluster-local-nodemask",
            .value = ipt_v_hex8,
            .min = 1,
            .max = UINT32_MAX,
            .flags = TERM_NOT,
            .one_of = 1},
           {.name = "--cluster-local-node",
            .value = ipt_v_node,
            .as = "--cluster-local-nodemask",
            .flags = TERM_NOT,
            .one_of = 1},
           {NUMBER("--cluster-total-nodes", 32), .min = 1},
           {.name = "--cluster-hash-seed",
            .value = ipt_v_hex8,
            .max = UINT32_MAX,
            .flags = TERM_MUST}),
     .families = ON_BOTH, .check = ipt_check_cluster},
    {"comment", TERMS({.name = "--comment", .value = ipt_v_given, .max = 255, .flags = TERM_MUST}),
     .families = ON_BOTH},
    {"connbytes",
     TERMS({.name = "--connbytes", .value = ipt_v_connbytes, .flags = TERM_NOT},
           {WORD("--connbytes-mode", "packets|bytes|avgpkt")},
           {WORD("--connbytes-dir", "original|reply|both")}),
     .families = ON_BOTH, .check = ipt_check_connbytes},
    {"connlabel",
     TERMS({.name = "--label", .value = ipt_v_connlabel, .max = 127, .flags = TERM_NOT | TERM_MUST},
           {FLAG("--set")}),
     .families = ON_BOTH},
    {"connlimit",
     TERMS({UPTO("--connlimit-upto", "--connlimit-above")},
           {UPTO("--connlimit-above", "--connlimit-upto")},
           {NUMBER("--connlimit-mask", 128), .otherwise = "32", .otherwise6 = "128"},
           {FLAG("--connlimit-saddr"), .one_of = 2, .otherwise = ""},
           {FLAG("--connlimit-daddr"), .one_of = 2}),
     .families = ON_BOTH, .check = ipt_check_connlimit},
    {"connmark", TERMS({MASKED("--mark")}), .families = ON_BOTH},
    {"conntrack", terms_conntrack, .families = ON_BOTH, .needs_option = true},
    {"cpu", ONE("--cpu", UINT32_MAX), .families = ON_BOTH},
    {"dccp", terms_dccp, .families = ON_BOTH, .protos = PROTOS(PROTO_DCCP)},
    {"devgroup",
     TERMS({.name = "--src-group", .value = ipt_v_group, .flags = TERM_NOT},
           {.name = "--dst-group", .value = ipt_v_group, .flags = TERM_NOT}),
     .families = ON_BOTH, .needs_option = true},
    {"dscp",
     TERMS({.name = "--dscp", .value = ipt_v_hex2, .max = 63, .flags = TERM_NOT, .one_of = 1},
           {.name = "--dscp-class",
            .value = ipt_v_dscp_class,
            .as = "--dscp",
            .flags = TERM_NOT,
            .one_of = 1}),
     .families = ON_BOTH, .needs_option = true},
    {"dst", TERMS({NUMBER("--dst-len", UINT32_MAX), .flags = TERM_NOT}, {OPTIONS("--dst-opts")}),
     .families = ON_V6},
    {"ecn",
     TERMS({FLAG("--ecn-tcp-ece"), .flags = TERM_NOT}, {FLAG("--ecn-tcp-cwr"), .flags = TERM_NOT},
           {NUMBER("--ecn-ip-ect", 3), .flags = TERM_NOT}),
     .families = ON_BOTH, .needs_option = true, .check = ipt_check_ecn},
    {"esp", TERMS({SPI("--espspi")}), .families = ON_BOTH, .protos = PROTOS(50)},
    {"eui64", NULL, .families = ON_V6, .chains = EUI_CHAINS},
    {"frag",
     TERMS({SPI("--fragid")}, {NUMBER("--fraglen", UINT32_MAX), .flags = TERM_NOT},
           {FLAG("--fragres")}, {FLAG("--fragfirst")}, {FLAG("--fragmore"), .one_of = 1},
           {FLAG("--fraglast"), .one_of = 1}),
     .families = ON_V6},
    {"hashlimit", terms_hashlimit, .families = ON_BOTH, .check = ipt_check_hashlimit},
    {"hbh", TERMS({NUMBER("--hbh-len", UINT32_MAX), .flags = TERM_NOT}, {OPTIONS("--hbh-opts")}),
     .families = ON_V6},
    {"helper",
     TERMS({.name = "--helper", .value = ipt_v_text, .max = 29, .flags = TERM_NOT | TERM_MUST}),
     .families = ON_BOTH},
    {"hl", TERMS({TTL("--hl-eq"), .flags = TERM_NOT}, {TTL("--hl-lt")}, {TTL("--hl-gt")}),
     .families = ON_V6, .needs_option = true},
    {"icmp", TERMS({.name = "--icmp-type", .value = ipt_v_icmp, .flags = TERM_NOT | TERM_MUST}),
     .families = ON_V4, .protos = PROTOS(PROTO_ICMP)},
    {"icmp6", TERMS({.name = "--icmpv6-type", .value = ipt_v_icmp, .flags = TERM_NOT | TERM_MUST}),
     .families = ON_V6, .protos = PROTOS(PROTO_ICMPV6)},
    {"icmpv6", TERMS({.name = "--icmpv6-type", .value = ipt_v_icmp, .flags = TERM_NOT | TERM_MUST}),
     .families = ON_V6, .protos = PROTOS(PROTO_ICMPV6), .as = "icmp6"},
    {"ipcomp", TERMS({SPI("--ipcompspi")}, {FLAG("--compres")}), .families = ON_BOTH,
     .protos = PROTOS(108)},
    {"iprange",
     TERMS({.name = "--src-range", .value = ipt_v_addresses, .flags = TERM_NOT},
           {.name = "--dst-range", .value = ipt_v_addresses, .flags = TERM_NOT}),
     .families = ON_BOTH, .needs_option = true},
    {"ipv6header",
     TERMS({.name = "--header",
            .value = ipt_v_words,
            .words = headers,
            .flags = TERM_NOT | TERM_MUST},
           {FLAG("--soft")}),
     .families = ON_V6},
    {"ipvs",
     TERMS({FLAG("--ipvs"), .flags = TERM_NOT},
           {.name = "--vproto", .value = ipt_v_proto_number, .flags = TERM_NOT},
           {.name = "--vaddr", .value = ipt_v_host, .flags = TERM_NOT},
           {.name = "--vport", .value = ipt_v_port, .flags = TERM_NOT},
           {WORD("--vdir", "ORIGINAL|REPLY")},
           {WORD("--vmethod", "GATE|IPIP|MASQ"), .flags = TERM_NOT},
           {.name = "--vportctl", .value = ipt_v_port, .flags = TERM_NOT}),
     .families = ON_BOTH, .needs_option = true},
    {"length", TERMS({MUST_RANGE("--length", 65535)}), .families = ON_BOTH},
    {"limit",
     TERMS({.name = "--limit", .value = ipt_v_limit, .max = 10000, .otherwise = "3/hour"},
           {NUMBER("--limit-burst", 10000), .omit = "5"}),
     .families = ON_BOTH},
    {"mac", TERMS({.name = "--mac-source", .value = ipt_v_mac, .flags = TERM_NOT | TERM_MUST}),
     .families = ON_BOTH, .chains = EUI_CHAINS},
    {"mark", TERMS({MASKED("--mark")}), .families = ON_BOTH},
    {"mh", TERMS({RANGE("--mh-type", 255), .omit = "0:255"}), .families = ON_V6,
     .protos = PROTOS(135)},
    {"multiport", terms_multiport, .families = ON_BOTH, .needs_option = true,
     .protos = PROTOS(PROTO_TCP, PROTO_UDP, PROTO_UDPLITE, PROTO_SCTP, PROTO_DCCP)},
    {"nfacct",
     TERMS({.name = "--nfacct-name", .value = ipt_v_plain, .max = 31, .flags = TERM_MUST}),
     .families = ON_BOTH},
    {"osf",
     TERMS({.name = "--genre", .value = ipt_v_plain, .max = 32, .flags = TERM_NOT | TERM_MUST},
           {NUMBER("--ttl", 2)}, {NUMBER("--log", 2)}),
     .families = ON_V4, .protos = PROTOS(PROTO_TCP)},
    {"owner",
     TERMS({.name = "--uid-owner", .value = ipt_v_owner, .flags = TERM_NOT},
           {.name = "--gid-owner", .value = ipt_v_owner, .flags = TERM_NOT},
           {FLAG("--socket-exists"), .flags = TERM_NOT},
           {FLAG("--suppl-groups"), .with = "--gid-owner"}),
     .families = ON_BOTH, .chains = "OUTPUT POSTROUTING", .check = ipt_check_owner},
    {"physdev",
     TERMS({FLAG("--physdev-is-in"), .flags = TERM_NOT}, {PHYSDEV("--physdev-in")},
           {FLAG("--physdev-is-out"), .flags = TERM_NOT}, {PHYSDEV("--physdev-out")},
           {FLAG("--physdev-is-bridged"), .flags = TERM_NOT}),
     .families = ON_BOTH, .needs_option = true},
    {"pkttype",
     TERMS({WORD("--pkt-type", "unicast|broadcast|multicast|host=unicast"),
            .flags = TERM_NOT | TERM_MUST}),
     .families = ON_BOTH},
    {"policy", terms_policy, .families = ON_BOTH, .check = ipt_check_policy},
    {"quota", ONE("--quota", UINT64_MAX), .families = ON_BOTH},
    {"rateest", terms_rateest, .families = ON_BOTH, .needs_option = true},
    {"realm", TERMS({MASKED("--realm")}), .families = ON_V4},
    {"recent", terms_recent, .families = ON_BOTH, .check = ipt_check_recent},
    {"rpfilter",
     TERMS({FLAG("--loose")}, {FLAG("--validmark")}, {FLAG("--accept-local")}, {FLAG("--invert")}),
     .families = ON_BOTH, .tables = "raw mangle", .chains = "PREROUTING"},
    {"rt",
     TERMS({NUMBER("--rt-type", UINT32_MAX), .flags = TERM_NOT}, {SPI("--rt-segsleft")},
           {NUMBER("--rt-len", UINT32_MAX), .flags = TERM_NOT},
           {FLAG("--rt-0-res"), .with = "--rt-type"},
           {.name = "--rt-0-addrs", .value = ipt_v_plain, .with = "--rt-type"},
           {FLAG("--rt-0-not-strict"), .with = "--rt-0-addrs"}),
     .families = ON_V6},
    {"sctp", terms_sctp, .families = ON_BOTH, .protos = PROTOS(PROTO_SCTP)},
    {"set", terms_set, .families = ON_BOTH},
    {"socket", TERMS({FLAG("--transparent")}, {FLAG("--nowildcard")}, {FLAG("--restore-skmark")}),
     .families = ON_BOTH, .chains = "PREROUTING INPUT"},
    {"srh", terms_srh, .families = ON_V6},
    {"state",
     TERMS({.name = "--state",
            .value = ipt_v_words,
            .words = conntrack_states,
            .flags = TERM_NOT | TERM_MUST}),
     .families = ON_BOTH},
    {"statistic",
     TERMS({WORD("--mode", "random|nth"), .flags = TERM_MUST},
           {.name = "--probability", .value = ipt_v_probability, .flags = TERM_NOT},
           {NUMBER("--every", UINT32_MAX), .min = 1, .flags = TERM_NOT},
           {NUMBER("--packet", UINT32_MAX)}),
     .families = ON_BOTH, .check = ipt_check_statistic},
    {"string", terms_string, .families = ON_BOTH, .check = ipt_check_string},
    {"tcp", terms_tcp, .native = true, .families = ON_BOTH, .protos = PROTOS(PROTO_TCP)},
    {"tcpmss", TERMS({MUST_RANGE("--mss", 65535)}), .families = ON_BOTH,
     .protos = PROTOS(PROTO_TCP)},
    {"time", terms_time, .families = ON_BOTH},
    {"tos", TERMS({.name = "--tos", .value = ipt_v_tos, .flags = TERM_NOT | TERM_MUST}),
     .families = ON_BOTH},
    {"ttl", TERMS({TTL("--ttl-eq"), .flags = TERM_NOT}, {TTL("--ttl-lt")}, {TTL("--ttl-gt")}),
     .families = ON_V4, .needs_option = true},
    {"u32",
     TERMS({.name = "--u32", .value = ipt_v_u32, .flags = TERM_NOT | TERM_MUST | TERM_QUOTED}),
     .families = ON_BOTH},
    {"udp", ipt_grammar_ports, .native = true, .families = ON_BOTH, .protos = PROTOS(PROTO_UDP)},
    {.name = NULL},
};
