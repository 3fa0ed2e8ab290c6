/* The table of commands: what each line of a configuration means for what is filtered. A command
 * that is not here is not understood, and said so. */
#include "import/asa_int.h"

#define IGNORE(w)                                                                                  \
    {                                                                                              \
        w, NULL, NULL, NULL, NULL, false                                                           \
    }
#define IGNORE_BLOCK(w)                                                                            \
    {                                                                                              \
        w, NULL, NULL, NULL, NULL, true                                                            \
    }
#define FACT(w, key)                                                                               \
    {                                                                                              \
        w, NULL, NULL, key, NULL, false                                                            \
    }
#define FACT_BLOCK(w, key)                                                                         \
    {                                                                                              \
        w, NULL, NULL, key, NULL, true                                                             \
    }
#define DO(w, fn)                                                                                  \
    {                                                                                              \
        w, fn, NULL, NULL, NULL, false                                                             \
    }
#define DO_FACT(w, fn, key)                                                                        \
    {                                                                                              \
        w, fn, NULL, key, NULL, false                                                              \
    }
#define BLOCK(w, fn, sub)                                                                          \
    {                                                                                              \
        w, fn, sub, NULL, NULL, true                                                               \
    }
#define LOST(w, what)                                                                              \
    {                                                                                              \
        w, NULL, NULL, NULL, what, true                                                            \
    }

#define CUT_THROUGH "it lets only users through who have logged in"

/* Sorted by nothing but subject; the longest row that fits a line is taken. */
static const struct asa_command commands[] = {
    /* what is filtered */
    DO("access-list", asa_on_acl),
    DO("ipv6 access-list", asa_on_ipv6_acl),
    DO("access-group", asa_on_access_group),
    BLOCK("object network", asa_on_object, asa_on_object_line),
    BLOCK("object service", asa_on_object, asa_on_object_line),
    BLOCK("object-group", asa_on_group, asa_on_group_line),
    DO("name", asa_on_name),
    IGNORE("names"),
    BLOCK("interface", asa_on_interface, asa_on_interface_line),
    DO("nameif", asa_on_nameif),
    DO("ip address", asa_on_ip_address),
    DO("same-security-traffic permit", asa_on_same_security),
    BLOCK("time-range", asa_on_time_range, asa_on_time_line),
    DO_FACT("route", asa_on_route, "route"),
    DO_FACT("ipv6 route", asa_on_route, "route"),
    DO("nat", asa_on_nat),
    DO("static", asa_on_static),
    DO("global", asa_on_global),
    DO("nat-control", asa_on_nat_control),
    DO("clear", asa_on_clear),
    LOST("alias", "it translates addresses (PIX 6 alias)"),
    LOST("conduit", "it permits connections to translated addresses (PIX conduit)"),
    LOST("outbound", "it denies or permits outbound connections (PIX outbound)"),
    LOST("apply", "it binds an outbound list (PIX apply)"),
    LOST("established", "it permits connections back from a host that was connected to"),
    FACT("filter", "filter"),
    LOST("shun", "it blocks a host"),
    FACT("ip audit", "audit"),
    IGNORE("object-group-search"),
    IGNORE("object-group-security"),
    IGNORE("access-list-name"),

    /* the device itself as the destination */
    DO_FACT("ssh", asa_on_self, "management.ssh"),
    DO_FACT("telnet", asa_on_self, "management.telnet"),
    DO_FACT("http", asa_on_self, "management.http"),
    DO_FACT("http server enable", asa_on_http_server, "management.http"),
    DO_FACT("icmp permit", asa_on_self, "icmp.permit"),
    DO_FACT("icmp deny", asa_on_self, "icmp.deny"),
    DO("ipv6 icmp permit", asa_on_self),
    DO("ipv6 icmp deny", asa_on_self),
    DO_FACT("snmp-server host", asa_on_self, "snmp.host"),
    DO("snmp-server host-group", asa_on_self),
    DO("crypto isakmp enable", asa_on_self),
    DO("isakmp enable", asa_on_self),
    DO("crypto ikev1 enable", asa_on_self),
    DO("crypto ikev2 enable", asa_on_self),
    DO_FACT("dhcpd enable", asa_on_self, "dhcpd.enable"),
    DO("dhcprelay enable", asa_on_self),
    BLOCK("router ospf", asa_on_self, NULL),
    BLOCK("router eigrp", asa_on_self, NULL),
    BLOCK("router rip", asa_on_self, NULL),
    BLOCK("router bgp", asa_on_self, NULL),
    BLOCK("ipv6 router ospf", asa_on_self, NULL),
    BLOCK("webvpn", NULL, asa_on_vpn),
    IGNORE("ssh timeout"),
    IGNORE("ssh version"),
    IGNORE("ssh key-exchange"),
    IGNORE("ssh stricthostkeycheck"),
    IGNORE("ssh cipher"),
    IGNORE("ssh stack"),
    IGNORE("ssh pubkey-chain"),
    IGNORE("telnet timeout"),
    IGNORE("http server session-timeout"),
    IGNORE("http server basic-auth-client"),
    IGNORE("http authentication-certificate"),
    IGNORE("http redirect"),
    IGNORE("http username-from-certificate"),
    IGNORE("icmp unreachable"),
    FACT("ssh version", "ssh.version"),
    FACT("ssh timeout", "ssh.timeout"),
    FACT("ssh key-exchange", "ssh.key-exchange"),
    FACT("ssh cipher", "ssh.cipher"),
    FACT("telnet timeout", "telnet.timeout"),
    FACT("ssh scopy", "ssh.scopy"),
    FACT("http server idle-timeout", "http.timeout"),

    /* lines that use access lists for something else than filtering */
    DO("crypto map", asa_on_uses),
    DO("crypto dynamic-map", asa_on_uses),
    BLOCK("class-map", NULL, asa_on_uses),
    BLOCK("class-map type", NULL, NULL),
    BLOCK("route-map", NULL, asa_on_uses),
    BLOCK("group-policy", asa_on_vpn, asa_on_group_policy_line),
    BLOCK("policy-map", asa_on_policy_map, asa_on_class_line),
    BLOCK("policy-map type", NULL, NULL),
    DO_FACT("service-policy", asa_on_service_policy, "service-policy"),
    DO_FACT("wccp", asa_on_uses, "redirect.wccp"),
    {"aaa authentication match", asa_on_uses, NULL, "aaa", CUT_THROUGH, false},
    {"aaa authentication include", asa_on_uses, NULL, "aaa", CUT_THROUGH, false},
    {"aaa authorization match", asa_on_uses, NULL, "aaa", CUT_THROUGH, false},
    DO("aaa accounting match", asa_on_uses),
    DO("capture", asa_on_uses),
    DO_FACT("dynamic-filter", asa_on_uses, "dynamic-filter"),
    DO("vpn-filter", asa_on_uses),
    DO("rate-limit", asa_on_uses),
    DO("igmp access-group", asa_on_uses),
    DO("multicast boundary", asa_on_uses),
    BLOCK("dynamic-access-policy-record", NULL, asa_on_uses),
    {"username", NULL, asa_on_uses, "username", NULL, true},

    /* the configuration's own */
    DO("hostname", asa_on_hostname),
    BLOCK("context", asa_on_context, NULL),

    /* facts that rules ask for */
    FACT("dns domain-lookup", "dns.lookup"),
    FACT_BLOCK("dns server-group", "dns.server-group"),
    FACT("dns name-server", "dns.server"),
    FACT("dns-guard", "dns.guard"),
    FACT("ip verify reverse-path", "interface.reverse-path"),
    FACT("threat-detection", "threat-detection"),
    FACT("logging", "logging"),
    FACT("timeout", "timeout"),
    FACT("sysopt", "sysopt"),
    FACT_BLOCK("tls-proxy", "tls.proxy"),
    FACT("ssl", "ssl"),
    FACT("ntp", "ntp"),
    FACT("snmp-server", "snmp"),
    FACT("banner", "banner"),
    FACT("aaa", "aaa"),
    FACT_BLOCK("aaa-server", "aaa.server"),
    FACT("password-policy", "password-policy"),
    FACT("console", "console"),
    FACT("failover", "failover"),
    FACT("fragment", "fragment"),
    FACT("service", "service"),
    FACT("scansafe", "redirect.scansafe"),
    FACT_BLOCK("scansafe general-options", "redirect.scansafe"),
    FACT("crypto ssl", "ssl.crypto"),
    FACT("firewall transparent", "mode.transparent"),
    FACT("asp rule-engine", "asp.rule-engine"),
    FACT("quota", "quota"),
    FACT("virtual", "virtual"),
    FACT("url-server", "url-server"),
    FACT("url-block", "url-block"),
    FACT("url-cache", "url-cache"),
    FACT("fixup protocol", "inspect"),
    FACT("zone", "zone"),
    FACT("clock", "clock"),
    FACT("domain-name", "domain-name"),
    FACT("enable password", "password.enable"),
    IGNORE("enable"),
    FACT("passwd", "password.login"),
    FACT("smtp-server", "smtp-server"),

    /* what does not change what is filtered: who may log in, routing, time, names, looks */
    IGNORE("access-list-expand"),
    IGNORE_BLOCK("archive"),
    IGNORE("arp"),
    IGNORE_BLOCK("arp-inspection"),
    IGNORE("arp permit-nonconnected"),
    IGNORE("asdm"),
    IGNORE_BLOCK("auth-prompt"),
    IGNORE("auto-update"),
    IGNORE_BLOCK("bfd"),
    IGNORE_BLOCK("bfd-template"),
    IGNORE("boot"),
    IGNORE_BLOCK("call-home"),
    IGNORE("checkheaps"),
    IGNORE("cluster"),
    IGNORE_BLOCK("cluster group"),
    IGNORE("command-alias"),
    IGNORE("community-list"),
    IGNORE("compression"),
    IGNORE("config-register"),
    IGNORE("configure"),
    IGNORE_BLOCK("coredump"),
    IGNORE_BLOCK("crypto"),
    IGNORE_BLOCK("crypto ca"),
    IGNORE_BLOCK("crypto ikev1"),
    IGNORE_BLOCK("crypto ikev2"),
    IGNORE_BLOCK("crypto ipsec"),
    IGNORE_BLOCK("crypto isakmp"),
    IGNORE_BLOCK("ctl-provider"),
    IGNORE_BLOCK("ctl-file"),
    IGNORE_BLOCK("cts"),
    IGNORE("ddns"),
    IGNORE("default"),
    IGNORE("dhcp"),
    IGNORE("dhcp-client"),
    IGNORE("dhcpd"),
    IGNORE("dhcprelay"),
    IGNORE_BLOCK("dns"),
    IGNORE("dns-group"),
    IGNORE_BLOCK("dns-group-map"),
    IGNORE("dynamic-access-policy-config"),
    IGNORE_BLOCK("eap"),
    IGNORE("end"),
    IGNORE("endif"),
    IGNORE("eou"),
    IGNORE("erase"),
    IGNORE_BLOCK("event"),
    IGNORE("exit"),
    IGNORE("firewall"),
    IGNORE("fips"),
    IGNORE("flash"),
    IGNORE("floodguard"),
    IGNORE("flow-export"),
    IGNORE("flow-offload"),
    IGNORE_BLOCK("flow-mib"),
    IGNORE("ftp"),
    IGNORE("gateway"),
    IGNORE("hpm"),
    IGNORE("http-proxy"),
    IGNORE("hw-module"),
    IGNORE("igmp"),
    IGNORE_BLOCK("imap4s"),
    IGNORE("ip local"),
    IGNORE("ip-client"),
    IGNORE("ip as-path"),
    IGNORE("ip prefix-list"),
    IGNORE_BLOCK("ipsec"),
    IGNORE("ipv6 dhcp"),
    IGNORE_BLOCK("ipv6 dhcp pool"),
    IGNORE("ipv6 dhcprelay"),
    IGNORE("ipv6 enforce-eui64"),
    IGNORE("ipv6 icmp"),
    IGNORE("ipv6 local"),
    IGNORE("ipv6 nd"),
    IGNORE("ipv6 neighbor"),
    IGNORE("ipv6 prefix-list"),
    IGNORE_BLOCK("ipv6-vpn-addr-assign"),
    IGNORE("isakmp"),
    IGNORE("jumbo-frame"),
    IGNORE_BLOCK("key"),
    IGNORE("kerberos"),
    IGNORE_BLOCK("kron"),
    IGNORE_BLOCK("l2tp"),
    IGNORE("lacp"),
    IGNORE_BLOCK("ldap"),
    IGNORE_BLOCK("license"),
    IGNORE_BLOCK("lisp"),
    IGNORE("mac-address"),
    IGNORE("mac-address-table"),
    IGNORE_BLOCK("mac-list"),
    IGNORE("mac-learn"),
    IGNORE("management-access"),
    IGNORE("media-termination"),
    IGNORE("media-type"),
    IGNORE("memory"),
    IGNORE("mfib"),
    IGNORE("mode"),
    IGNORE("monitor-interface"),
    IGNORE("mount"),
    IGNORE("mrib"),
    IGNORE("mroute"),
    IGNORE("mtu"),
    IGNORE("multicast"),
    IGNORE("multicast-routing"),
    IGNORE("netmod"),
    IGNORE("no-more"),
    IGNORE("nve"),
    IGNORE("ospf"),
    IGNORE("pager"),
    IGNORE("password"),
    IGNORE("pdm"),
    IGNORE_BLOCK("parameters"),
    IGNORE_BLOCK("phone-proxy"),
    IGNORE("pim"),
    IGNORE("policy-list"),
    IGNORE_BLOCK("pop3s"),
    IGNORE("portal"),
    IGNORE("port-channel"),

    IGNORE("prefix-list"),
    IGNORE("privilege"),
    IGNORE("prompt"),
    IGNORE("quit"),
    IGNORE("reactivation-mode"),
    IGNORE("regex"),
    IGNORE("reload"),
    IGNORE("resource"),
    IGNORE("rip"),
    IGNORE_BLOCK("router"),
    IGNORE_BLOCK("sctp-map"),
    IGNORE("show"),
    IGNORE("sip-map"),
    IGNORE_BLOCK("sla"),
    IGNORE("smart-tunnel"),
    IGNORE("smtp"),
    IGNORE_BLOCK("smtps"),
    IGNORE("software"),
    IGNORE("speed"),
    IGNORE("split-dns"),
    IGNORE("sunrpc-server"),
    IGNORE_BLOCK("snmp-map"),
    IGNORE_BLOCK("ssl-server"),
    IGNORE_BLOCK("tcp-map"),
    IGNORE("terminal"),
    IGNORE("tftp-server"),
    IGNORE("tls"),
    IGNORE_BLOCK("track"),
    IGNORE("tunnel-group-map"),
    IGNORE_BLOCK("tunnel-group"),
    IGNORE_BLOCK("uc-ime"),
    IGNORE("user-alert"),
    IGNORE("user-identity"),
    IGNORE("user-statistics"),
    IGNORE("virtual-reassembly"),
    IGNORE_BLOCK("vpdn"),
    IGNORE("vpnclient"),
    IGNORE("vpnsetup"),
    IGNORE("vpn-addr-assign"),
    IGNORE("vpn-sessiondb"),
    IGNORE_BLOCK("vpn"),
    IGNORE("vxlan"),
    IGNORE("write"),
    IGNORE("xlate"),
    IGNORE("xlate-bypass"),
    IGNORE_BLOCK("xml"),
    IGNORE("access-list mode"),
    IGNORE("access-list commit"),
    IGNORE("access-list compiled"),
    IGNORE("access-list deny-flow-max"),
    IGNORE("access-list alert-interval"),
    IGNORE("access-list cached"),
    IGNORE("alert-interval"),
    IGNORE("multi-context"),
    IGNORE("admin-context"),
    IGNORE_BLOCK("class"),
    IGNORE_BLOCK("redundant-interface"),
    IGNORE("dynamic-map"),
    IGNORE("feature"),
    IGNORE("lldp"),
    IGNORE("no-proxy-arp"),
    IGNORE("ctx"),
    IGNORE("app-agent"),
    IGNORE("debug"),
    IGNORE("service-interface"),
    IGNORE("ip name-server"),
    IGNORE("vrf"),
    IGNORE("anyconnect"),
    IGNORE_BLOCK("saml"),
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

#define WORDS_MAX 4

/* A row, its words cut. */
struct row {
    const struct asa_command *command;
    const char *w[WORDS_MAX];
    uint8_t length[WORDS_MAX], n;
};

/* Rows that begin with one word, in the order of the table. */
struct rows {
    struct row *v;
    size_t n, cap;
};

static struct row row_of(const struct asa_command *c)
{
    struct str rest = str_of(c->words), word;
    struct row row = {.command = c};
    for (; row.n < WORDS_MAX && str_cut(&rest, ' ', &word); row.n++) {
        row.w[row.n] = word.p;
        row.length[row.n] = (uint8_t)word.n;
    }
    return row;
}

struct map *asa_command_index(struct arena *a)
{
    struct map *index = map_new(a);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        struct row row = row_of(&commands[i]);
        struct str first = {row.w[0], row.length[0]};
        struct rows *rows = map_get(index, first);
        if (rows == NULL) {
            rows = NEW(a, struct rows);
            map_put(index, first, rows);
        }
        *PUSH(a, *rows) = row;
    }
    return index;
}

#define FIRST_MAX 40 /* no first word of a row is longer */

static const struct rows *rows_of(const struct asa *x, struct str word)
{
    char lower[FIRST_MAX];
    if (word.n > sizeof lower)
        return NULL;
    for (size_t i = 0; i < word.n; i++)
        lower[i] = char_lower(word.p[i]);
    return map_get(x->commands, (struct str){lower, word.n});
}

/* Does L from FROM on begin with ROW, of which the first word is known to? */
static bool fits(const struct row *row, const struct asa_line *l, size_t from)
{
    for (size_t i = 1; i < row->n; i++) {
        struct str word = asa_word(l, from + i);
        if (word.n != row->length[i] || !str_eq_nocase(word, (struct str){row->w[i], word.n}))
            return false;
    }
    return true;
}

const struct asa_command *asa_find_command(const struct asa *x, const struct asa_line *l,
                                           size_t from)
{
    const struct row *best = NULL;
    const struct rows *rows = from < l->n ? rows_of(x, asa_word(l, from)) : NULL;
    for (size_t i = 0; rows != NULL && i < rows->n; i++) {
        const struct row *row = &rows->v[i];
        if ((best == NULL || row->n >= best->n) && fits(row, l, from))
            best = row; /* of equals the later: facts over what is ignored */
    }
    return best == NULL ? NULL : best->command;
}

bool asa_begins_command(const struct asa *x, struct str word)
{
    return rows_of(x, word) != NULL;
}

void asa_lost(struct asa *x, const struct asa_line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str what = arena_vstrf(x->scratch, fmt, ap);
    va_end(ap);
    source_class(l->src, l->number, LINE_NOT_MODELLED);
    diag_add(x->im->diags, DIAG_INCOMPLETE, asa_span(l), "%.*s", STR_ARG(what));
}

void asa_refused(struct asa *x, const struct asa_line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str what = arena_vstrf(x->scratch, fmt, ap);
    va_end(ap);
    source_class(l->src, l->number, LINE_NOT_MODELLED);
    diag_add(x->im->diags, import_refusal(x->im, l->src), asa_span(l), "%.*s", STR_ARG(what));
}

static void tell_fact(struct asa_reader *r, const struct asa_command *row, const struct asa_line *l)
{
    struct str rest = str_of(row->words), word;
    size_t n = 0;
    while (str_word(&rest, &word))
        n++;
    policy_fact(r->asa->policy, str_of(row->fact), asa_rest(l, n), asa_span(l), NULL);
}

/* `no logging …` and the like say that something is off. */
static void negated(struct asa_reader *r, const struct asa_line *l)
{
    static const char *const facts[] = {"threat-detection", "logging", "sysopt", "service"};
    asa_undo(r, l);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (asa_is(l, 1, facts[i]))
            policy_fact(r->asa->policy, arena_strf(r->asa->a, "no.%s", facts[i]), asa_rest(l, 2),
                        asa_span(l), NULL);
}

static void top_level(struct asa_reader *r, const struct asa_line *l)
{
    r->block = NULL;
    r->open = NULL;
    if (asa_is(l, 0, "no")) {
        negated(r, l);
        return;
    }
    const struct asa_command *row = asa_find_command(r->asa, l, 0);
    if (row == NULL) {
        asa_refused(r->asa, l,
                    "unknown command \"%.*s\": whether it changes what is filtered is "
                    "not known",
                    STR_ARG(asa_word(l, 0)));
        return;
    }
    if (row->block) {
        r->block = row;
        r->block_indent = l->indent;
    }
    if (row->fact != NULL)
        tell_fact(r, row, l);
    if (row->fn != NULL)
        row->fn(r, l);
    if (row->lost != NULL)
        asa_lost(r->asa, l, "\"%.*s\" is not modelled: %s", STR_ARG(asa_word(l, 0)), row->lost);
    source_class(l->src, l->number, LINE_IRRELEVANT);
}

/* Does L, which is not indented, belong to the open block all the same? Files that went through
 * other hands have lost their blanks. */
static bool belongs(const struct asa_reader *r, const struct asa_line *l)
{
    if (r->block == NULL)
        return false;
    if (r->block->sub == asa_on_object_line || r->block->sub == asa_on_group_line)
        return asa_find_command(r->asa, l, asa_is(l, 0, "no") ? 1 : 0) == NULL;
    return r->block->sub == asa_on_interface_line &&
           ((asa_is(l, 0, "nameif") && l->n == 2) || asa_is(l, 0, "security-level") ||
            asa_is(l, 0, "management-only") ||
            (asa_is(l, 0, "ip") && asa_is(l, 1, "address") && l->n > 2 &&
             (char_is_digit(asa_word(l, 2).p[0]) || asa_is(l, 2, "dhcp"))));
}

void asa_command(struct asa_reader *r, const struct asa_line *l)
{
    bool inside = r->block != NULL && l->indent > r->block_indent;
    if (!inside && !belongs(r, l)) {
        top_level(r, l);
        return;
    }
    if (r->block->sub != NULL)
        r->block->sub(r, l);
    else if (r->block->lost != NULL)
        source_class(l->src, l->number, LINE_NOT_MODELLED);
    source_class(l->src, l->number, LINE_IRRELEVANT);
}
