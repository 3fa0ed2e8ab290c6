/* iptables: values that only one match or target has, as iptables-save writes them. */
#include "import/ipt_grammar.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- headers ------------------------------------------------------------------------------------
 */

static bool flag_list(const struct ipt_value *g, struct str v, struct str *out)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
    struct str one;
    unsigned bits = 0;
    while (str_cut(&v, ',', &one)) {
        size_t i = 0;
        while (i < 6 && !str_eq_nocase(one, str_of(names[i])))
            i++;
        if (i < 6)
            bits |= 1U << i;
        else if (str_eq_nocase(one, STR("ALL")))
            bits = 63;
        else if (!str_eq_nocase(one, STR("NONE")))
            return false;
    }
    struct out o = {.arena = g->arena};
    for (size_t i = 0; i < 6; i++)
        if ((bits >> i & 1) != 0)
            out_fmt(&o, "%s%s", o.n == 0 ? "" : ",", names[i]);
    *out = o.n == 0 ? STR("NONE") : out_taken(&o);
    return true;
}

/* "SYN,ACK SYN" */
struct str ipt_v_tcp_flags(const struct ipt_value *g, struct str v)
{
    struct str mask, want;
    if (!flag_list(g, v, &mask) || !flag_list(g, g->more, &want))
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "%.*s %.*s", STR_ARG(mask), STR_ARG(want));
}

/* "0x10/0x3f", a name (six bits), a number (all eight); MIN of the target's other forms: what is
 * done to the byte. */
struct str ipt_v_tos(const struct ipt_value *g, struct str v)
{
    static const struct {
        const char *name;
        unsigned value;
    } names[] = {{"Minimize-Delay", 16},
                 {"Maximize-Throughput", 8},
                 {"Maximize-Reliability", 4},
                 {"Minimize-Cost", 2},
                 {"Normal-Service", 0}};
    enum { SET, AND, OR, XOR };
    uint64_t value, mask = 255;
    size_t slash = str_find(v, '/');
    for (size_t i = 0; i < sizeof names / sizeof *names && g->term->min == SET; i++)
        if (str_eq_nocase(v, str_of(names[i].name)))
            return arena_strf(g->arena, "0x%02x/0x3f", names[i].value);
    if (!str_u64(str_sub(v, 0, slash), 0, 255, &value) ||
        (slash != v.n && (g->term->min != SET || !str_u64(str_from(v, slash + 1), 0, 255, &mask))))
        return IPT_NO_VALUE;
    if (g->term->min == AND) {
        mask = ~value & 255;
        value = 0;
    } else if (g->term->min == OR) {
        mask = value;
    } else if (g->term->min == XOR) {
        mask = 0;
    }
    return arena_strf(g->arena, "0x%02" PRIx64 "/0x%02" PRIx64, value, mask);
}

/* "CS1", "AF21", "EF", "BE" (RFC 2474, 2597, 3246) */
struct str ipt_v_dscp_class(const struct ipt_value *g, struct str v)
{
    unsigned a = v.n > 2 && char_is_digit(v.p[2]) ? (unsigned)(v.p[2] - '0') : 9;
    unsigned b = v.n > 3 && char_is_digit(v.p[3]) ? (unsigned)(v.p[3] - '0') : 9;
    struct str kind = str_sub(v, 0, 2);
    unsigned dscp = 64;
    if (str_eq_nocase(v, STR("EF")))
        dscp = 46;
    else if (str_eq_nocase(v, STR("BE")))
        dscp = 0;
    else if (str_eq_nocase(kind, STR("CS")) && v.n == 3 && a < 8)
        dscp = a << 3;
    else if (str_eq_nocase(kind, STR("AF")) && v.n == 4 && a >= 1 && a <= 4 && b >= 1 && b <= 3)
        dscp = a << 3 | b << 1;
    return dscp == 64 ? IPT_NO_VALUE : arena_strf(g->arena, "0x%02x", dscp);
}

/* "1:2,23,4:5": types of options, some with their length */
struct str ipt_v_options(const struct ipt_value *g, struct str v)
{
    struct str rest = v, one;
    uint64_t n;
    size_t count = 0;
    for (; str_cut(&rest, ',', &one); count++) {
        size_t colon = str_find(one, ':');
        if (!str_u64(str_sub(one, 0, colon), 0, 255, &n) ||
            (colon != one.n && !str_u64(str_from(one, colon + 1), 0, 255, &n)))
            return IPT_NO_VALUE;
    }
    (void)g;
    return count == 0 || count > 16 ? IPT_NO_VALUE : v;
}

/* "all INIT,DATA:Be" */
struct str ipt_v_chunks(const struct ipt_value *g, struct str v)
{
    struct ipt_term names = {
        .words = "DATA|INIT|INIT_ACK|SACK|HEARTBEAT|HEARTBEAT_ACK|ABORT|SHUTDOWN|SHUTDOWN_ACK|"
                 "ERROR|COOKIE_ECHO|COOKIE_ACK|ECN_ECNE|ECN_CWR|SHUTDOWN_COMPLETE|I_DATA|ASCONF|"
                 "ASCONF_ACK|FORWARD_TSN|RE_CONFIG|PAD|I_FORWARD_TSN|ALL|NONE"};
    struct ipt_value one = *g;
    struct str rest = g->more, chunk;
    one.term = &names;
    if (!str_eq(v, STR("all")) && !str_eq(v, STR("any")) && !str_eq(v, STR("only")))
        return IPT_NO_VALUE;
    while (str_cut(&rest, ',', &chunk))
        if (ipt_v_word(&one, str_sub(chunk, 0, str_find(chunk, ':'))).p == NULL)
            return IPT_NO_VALUE;
    if (g->more.n == 0)
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "%.*s %.*s", STR_ARG(v), STR_ARG(g->more));
}

/* ---- rates --------------------------------------------------------------------------------------
 */

struct unit {
    const char *name;
    uint64_t seconds;
};
static const struct unit units[] = {{"day", 86400}, {"hour", 3600}, {"min", 60}, {"sec", 1}};

static bool read_unit(struct str v, uint64_t *seconds)
{
    static const char *const whole[] = {"day", "hour", "minute", "second"};
    for (size_t i = 0; i < 4; i++)
        if (v.n != 0 && v.n <= strlen(whole[i]) &&
            str_eq_nocase(v, str_sub(str_of(whole[i]), 0, v.n))) {
            *seconds = units[i].seconds;
            return true;
        }
    return false;
}

/* The kernel keeps the time between two packets in units of 1/SCALE second: the rate that this
 * is, in the largest unit that says it (print_rate() of libxt_limit). */
static struct str spell_rate(const struct ipt_value *g, uint64_t count, uint64_t seconds,
                             uint64_t scale)
{
    uint64_t period = scale * seconds / count;
    size_t i = 1;
    if (period == 0)
        return IPT_NO_VALUE;
    for (; i < 4; i++) {
        uint64_t in = units[i].seconds * scale;
        if (period > in || in / period < in % period)
            break;
    }
    return arena_strf(g->arena, "%" PRIu64 "/%s", units[i - 1].seconds * scale / period,
                      units[i - 1].name);
}

/* "3/minute"; MAX: the scale, packets a second at most */
struct str ipt_v_limit(const struct ipt_value *g, struct str v)
{
    uint64_t count, seconds = 1;
    size_t slash = str_find(v, '/');
    if (!str_u64(str_sub(v, 0, slash), 0, UINT32_MAX, &count) || count == 0 ||
        (slash != v.n && !read_unit(str_from(v, slash + 1), &seconds)) ||
        count / seconds > g->term->max)
        return IPT_NO_VALUE;
    return spell_rate(g, count, seconds, g->term->max);
}

/* "400kb" */
static bool read_bytes(struct str v, uint64_t *bytes)
{
    uint64_t factor = 1;
    if (!str_ends(v, STR("b")))
        return false;
    v = str_sub(v, 0, v.n - 1);
    if (str_ends(v, STR("k")) || str_ends(v, STR("m"))) {
        factor = str_ends(v, STR("k")) ? 1024 : 1024 * 1024;
        v = str_sub(v, 0, v.n - 1);
    }
    if (!str_u64(v, 10, UINT32_MAX, bytes) || *bytes == 0)
        return false;
    *bytes *= factor;
    return *bytes <= UINT32_MAX;
}

static struct str spell_bytes(const struct ipt_value *g, uint64_t bytes, const char *per)
{
    static const char *const names[] = {"", "k", "m"};
    size_t i = 0;
    for (; i < 2 && bytes % 1024 == 0; i++)
        bytes /= 1024;
    return arena_strf(g->arena, "%" PRIu64 "%sb%s", bytes, names[i], per);
}

struct str ipt_v_hash_rate(const struct ipt_value *g, struct str v)
{
    uint64_t bytes;
    size_t slash = str_find(v, '/');
    if (read_bytes(str_sub(v, 0, slash), &bytes) && slash != v.n && slash + 1 < v.n &&
        v.p[slash + 1] == 's')
        return spell_bytes(g, bytes, "/s");
    return ipt_v_limit(g, v);
}

struct str ipt_v_hash_burst(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    if (str_u64(v, 0, 1000000, &n))
        return n == 0 ? IPT_NO_VALUE : arena_strf(g->arena, "%" PRIu64, n);
    return read_bytes(v, &n) ? spell_bytes(g, n, "") : IPT_NO_VALUE;
}

/* "5kbit": units of 1000, or of 1024 as in "5Kibit"; written as bits */
struct str ipt_v_bit_rate(const struct ipt_value *g, struct str v)
{
    static const struct {
        const char *name;
        uint64_t bits;
    } suffixes[] = {{"Kibit", 1024}, {"kbit", 1000}, {"mibit", 1048576}, {"mbit", 1000000},
                    {"bit", 1},      {"kbps", 8000}, {"mbps", 8000000},  {"bps", 8}};
    uint64_t n;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(suffixes[i].name);
        if (v.n > length && str_eq_nocase(str_from(v, v.n - length), str_of(suffixes[i].name)) &&
            str_u64(str_sub(v, 0, v.n - length), 10, UINT32_MAX, &n))
            return arena_strf(g->arena, "%" PRIu64 "bit", n * suffixes[i].bits);
    }
    return IPT_NO_VALUE;
}

/* The kernel keeps it in units of 2^-31. */
struct str ipt_v_probability(const struct ipt_value *g, struct str v)
{
    char *end;
    const char *text = arena_cstr(g->arena, v);
    double p = strtod(text, &end);
    if (v.n == 0 || *end != '\0' || !(p >= 0 && p <= 1))
        return IPT_NO_VALUE;
    double kept = (double)(uint64_t)(p * 2147483648.0 + 0.5) / 2147483648.0;
    return arena_strf(g->arena, "%.11f", kept);
}

/* "0:1000"; without an end, or with none: "1000" */
struct str ipt_v_connbytes(const struct ipt_value *g, struct str v)
{
    uint64_t lo = 0, hi = UINT64_MAX;
    size_t colon = str_find(v, ':');
    struct str first = str_sub(v, 0, colon), last = str_from(v, colon == v.n ? v.n : colon + 1);
    if ((first.n != 0 || colon == v.n) && !str_u64(first, 0, UINT64_MAX, &lo))
        return IPT_NO_VALUE;
    if (last.n == 0)
        return arena_strf(g->arena, "%" PRIu64, lo);
    if (!str_u64(last, 0, UINT64_MAX, &hi) || hi < lo)
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "%" PRIu64 ":%" PRIu64, lo, hi);
}

/* ---- time ---------------------------------------------------------------------------------------
 */

/* "4:05" */
static bool read_clock(struct str v, uint64_t n[3])
{
    struct str one;
    size_t i = 0;
    n[2] = 0;
    for (; i < 3 && str_cut(&v, ':', &one); i++)
        if (!str_u64(one, 10, i == 0 ? 23 : 59, &n[i]))
            return false;
    return i >= 2 && v.n == 0;
}

struct str ipt_v_time(const struct ipt_value *g, struct str v)
{
    uint64_t n[3];
    if (!read_clock(v, n))
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, n[0], n[1], n[2]);
}

/* "2001-02-03T04:05:06", "2001-02-03", "2001" */
struct str ipt_v_date(const struct ipt_value *g, struct str v)
{
    uint64_t day[3] = {0, 1, 1}, clock[3] = {0, 0, 0};
    static const uint64_t least[] = {1970, 1, 1}, most[] = {2038, 12, 31};
    struct str date = str_sub(v, 0, str_find(v, 'T')), one;
    if (date.n != v.n && !read_clock(str_from(v, date.n + 1), clock))
        return IPT_NO_VALUE;
    for (size_t i = 0; i == 0 || date.n != 0; i++)
        if (i == 3 || !str_cut(&date, '-', &one) || !str_u64(one, 10, most[i], &day[i]) ||
            day[i] < least[i])
            return IPT_NO_VALUE;
    return arena_strf(g->arena,
                      "%04" PRIu64 "-%02" PRIu64 "-%02" PRIu64 "T%02" PRIu64 ":%02" PRIu64
                      ":%02" PRIu64,
                      day[0], day[1], day[2], clock[0], clock[1], clock[2]);
}

/* ---- others -------------------------------------------------------------------------------------
 */

/* Numbers from MIN to MAX, up to 63. */
static bool number_list(const struct ipt_value *g, struct str v, uint64_t *bits)
{
    struct str one;
    uint64_t n;
    for (*bits = 0; str_cut(&v, ',', &one); *bits |= (uint64_t)1 << n)
        if (!str_u64(one, 10, g->term->max, &n) || n < g->term->min)
            return false;
    return *bits != 0;
}

/* "1,2,31", in their order */
struct str ipt_v_monthdays(const struct ipt_value *g, struct str v)
{
    uint64_t bits;
    if (!number_list(g, v, &bits))
        return IPT_NO_VALUE;
    struct out o = {.arena = g->arena};
    for (unsigned i = 0; i < 64; i++)
        if ((bits >> i & 1) != 0)
            out_fmt(&o, "%s%u", o.n == 0 ? "" : ",", i);
    return out_taken(&o);
}

/* The same, with the names of TCP's options. */
struct str ipt_v_strip(const struct ipt_value *g, struct str v)
{
    static const struct {
        const char *name;
        unsigned option;
    } names[] = {{"wscale", 3}, {"mss", 2},       {"sack-permitted", 4},
                 {"sack", 5},   {"timestamp", 8}, {"md5", 19}};
    struct out o = {.arena = g->arena};
    struct str one;
    while (str_cut(&v, ',', &one)) {
        size_t i = 0, n = sizeof names / sizeof *names;
        while (i < n && !str_eq(one, str_of(names[i].name)))
            i++;
        if (i < n)
            out_fmt(&o, "%s%u", o.n == 0 ? "" : ",", names[i].option);
        else
            out_fmt(&o, "%s%.*s", o.n == 0 ? "" : ",", STR_ARG(one));
    }
    return ipt_v_monthdays(g, out_taken(&o));
}

/* "0:6", a queue after the other */
struct str ipt_v_balance(const struct ipt_value *g, struct str v)
{
    uint64_t lo = 0, hi = g->term->max;
    size_t colon = str_find(v, ':');
    struct str first = str_sub(v, 0, colon), last = str_from(v, colon == v.n ? v.n : colon + 1);
    if (colon == v.n || (first.n != 0 && !str_u64(first, 0, g->term->max, &lo)) ||
        (last.n != 0 && !str_u64(last, 0, g->term->max, &hi)) || lo >= hi)
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "%" PRIu64 ":%" PRIu64, lo, hi);
}

/* "NAME src,dst" */
struct str ipt_v_set(const struct ipt_value *g, struct str v)
{
    struct str rest = g->more, one;
    size_t n = 0;
    for (; str_cut(&rest, ',', &one); n++)
        if (!str_eq(one, STR("src")) && !str_eq(one, STR("dst")))
            return IPT_NO_VALUE;
    if (n == 0 || n > 6 || v.n == 0 || v.n > 31)
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "%.*s %.*s", STR_ARG(v), STR_ARG(g->more));
}

/* --and-mark, --or-mark and --xor-mark are forms of --set-xmark VALUE/MASK. */
struct str ipt_v_and_mark(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    if (!str_u64(v, 0, UINT32_MAX, &n))
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "0x0/0x%" PRIx64, ~n & UINT32_MAX);
}

struct str ipt_v_or_mark(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    if (!str_u64(v, 0, UINT32_MAX, &n))
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "0x%" PRIx64 "/0x%" PRIx64, n, n);
}

struct str ipt_v_xor_mark(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    if (!str_u64(v, 0, UINT32_MAX, &n))
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "0x%" PRIx64 "/0x0", n);
}

/* "1:10", of hexadecimal numbers */
struct str ipt_v_class(const struct ipt_value *g, struct str v)
{
    uint64_t major, minor;
    size_t colon = str_find(v, ':');
    if (colon == v.n || !str_u64(str_sub(v, 0, colon), 16, UINT16_MAX, &major) ||
        !str_u64(str_from(v, colon + 1), 16, UINT16_MAX, &minor))
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "%04" PRIx64 ":%04" PRIx64, major, minor);
}

/* "1000", "0-10", a name that the host knows the number of */
struct str ipt_v_owner(const struct ipt_value *g, struct str v)
{
    struct ival r;
    if (str_eq(v, STR("root")))
        return STR("0");
    if (!ipt_number_range(v, '-', UINT32_MAX - 1, &r))
        return v.n == 0 || char_is_digit(v.p[0]) || v.p[0] == '-' ? IPT_NO_VALUE : v;
    if (r.lo > r.hi)
        return IPT_NO_VALUE;
    if (r.lo == r.hi)
        return arena_strf(g->arena, "%" PRIu64, (uint64_t)r.lo);
    return arena_strf(g->arena, "%" PRIu64 "-%" PRIu64, (uint64_t)r.lo, (uint64_t)r.hi);
}

/* A number or a name of connlabel.conf. */
struct str ipt_v_connlabel(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    if (v.n == 0 || (char_is_digit(v.p[0]) && !str_u64(v, 0, g->term->max, &n)))
        return IPT_NO_VALUE;
    return ipt_quoted(g->arena, v, true);
}

/* --cluster-local-node N is a mask with one bit. */
struct str ipt_v_node(const struct ipt_value *g, struct str v)
{
    uint64_t n;
    if (!str_u64(v, 0, 32, &n) || n == 0)
        return IPT_NO_VALUE;
    return arena_strf(g->arena, "0x%08" PRIx64, (uint64_t)1 << (n - 1));
}

/* "0>>22&0x3C@12=80": numbers are written in hexadecimal, blanks are left out. */
struct str ipt_v_u32(const struct ipt_value *g, struct str v)
{
    struct out o = {.arena = g->arena};
    for (size_t i = 0; i < v.n;) {
        size_t end = i;
        uint64_t n;
        while (end < v.n && (char_is_digit(v.p[end]) ||
                             (char_lower(v.p[end]) >= 'a' && char_lower(v.p[end]) <= 'x')))
            end++;
        if (end != i && !str_u64(str_sub(v, i, end - i), 0, UINT32_MAX, &n))
            return IPT_NO_VALUE;
        if (end != i)
            out_fmt(&o, "0x%" PRIx64, n);
        else if (!char_is_of(v.p[i], "<>&|=:,@! \t\n"))
            return IPT_NO_VALUE;
        else if (char_is_of(v.p[i], "<>&|=:,@!"))
            out_char(&o, v.p[i]);
        i = end != i ? end : i + 1;
    }
    return o.n == 0 ? IPT_NO_VALUE : ipt_quoted(g->arena, out_taken(&o), true);
}

/* A number with a mask, or a name that the host knows the number of. */
struct str ipt_v_group(const struct ipt_value *g, struct str v)
{
    struct str number = ipt_v_masked(g, v);
    return number.p != NULL || v.n == 0 || char_is_digit(v.p[0]) ? number : ipt_plain(g->arena, v);
}
