/* Packets in words and as JSON objects, a line each, asked of two small policies. */
#include "verbs/packets.h"

#include "analyze/analyze.h"
#include "fuzz.h"

static const char iptables[] =
    "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    "-A FORWARD -i lan0 -o ppp+ -p tcp -m tcp --dport 80:443 -j ACCEPT\n"
    "-A FORWARD -m state --state RELATED,ESTABLISHED -m limit --limit 3/sec -j ACCEPT\n"
    "-A FORWARD -p udp -m length --length 28:1500 -m ttl --ttl-gt 1 -j ACCEPT\n"
    "-A OUTPUT -m owner --uid-owner 0 -j DROP\nCOMMIT\n";
static const char asa[] = "interface Ethernet0\n nameif inside\n security-level 100\n"
                          " ip address 10.0.0.1 255.255.255.0\n"
                          "interface Ethernet1\n nameif outside\n security-level 0\n"
                          " ip address 192.0.2.1 255.255.255.0\n"
                          "access-list a extended permit tcp any any eq www\n"
                          "access-list a extended permit icmp any any echo\n"
                          "access-group a in interface outside\n";

static void ask(struct fuzz *f, const struct policy *p, struct str line)
{
    struct site site = {0};
    struct packet k;
    struct asked x = {.arena = f->arena, .policy = p, .site = &site};
    bool json = line.n != 0 && line.p[0] == '{';
    asked_is_config(f->arena, line);
    if (!(json ? asked_json(&x, line) : asked_words(&x, line))) {
        MUST(x.why.n != 0, "refused without a reason");
        return;
    }
    MUST(!cube_is_empty(&x.cube), "asked for no packet");
    struct budget budget = {.left = 200000};
    struct region all = asked_region(&x);
    struct region told = asked_told(&x, &all);
    region_canonical(f->sets, f->arena, &told, &budget);
    decide(p, f->arena, x.path, &all, &budget);
    if (!asked_route(&x) || !asked_packet(&x, &k))
        return;
    struct trace t = trace_packet(p, f->arena, x.path, &k, &budget);
    MUST(t.n != 0 || t.spent, "a packet without a verdict");
}

void fuzz_one(struct fuzz *f, struct str input)
{
    const struct policy *p[] = {fuzz_import(f, &format_iptables, NULL, str_of(iptables)),
                                fuzz_import(f, &format_asa, NULL, str_of(asa))};
    struct str line;
    for (size_t n = 0; n < 20 && str_cut(&input, '\n', &line); n++)
        for (size_t i = 0; i < 2; i++)
            ask(f, p[i], line);
}
