/* Pseudonyms: networks stay together, what means something everywhere stays, and the format around
 * a name stays whole. */
#include "audit/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    return arena == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static char *told(unsigned what, const char *key, const char *text)
{
    return arena_cstr(arena, redacted(redact_new(arena, what, str_of(key)), str_of(text)));
}

static u128 address(const char *text, enum family *family)
{
    u128 addr = 0;
    assert_true(
        addr_parse(str_of(told(REDACT_ADDRESSES, "0123456789abcdef", text)), family, &addr));
    return addr;
}

/* Bits that two addresses have in common from the top. */
static unsigned common(u128 a, u128 b, unsigned bits)
{
    unsigned n = 0;
    while (n < bits && ((a ^ b) >> (bits - 1 - n) & 1) == 0)
        n++;
    return n;
}

static void prefixes_are_kept(void **state)
{
    (void)state;
    srand(1);
    size_t changed = 0;
    for (int i = 0; i < 300; i++) {
        uint32_t a = (uint32_t)rand() << 1 ^ (uint32_t)rand(), b = a ^ (uint32_t)rand() >> i % 31;
        enum family family = FAMILY_V4;
        u128 x = address(arena_cstr(arena, addr_format(arena, FAMILY_V4, a)), &family);
        u128 y = address(arena_cstr(arena, addr_format(arena, FAMILY_V4, b)), &family);
        assert_int_equal(common(a, b, 32), common(x, y, 32));
        changed += a != x;
    }
    assert_true(changed > 200);
    enum family family = FAMILY_V4;
    u128 x = address("2001:db8:1:2::3", &family), y = address("2001:db8:1:3::3", &family), z = 0;
    assert_int_equal(family, FAMILY_V6);
    assert_int_equal(common(x, y, 128), 63);
    assert_true(addr_parse(STR("2001:db8:1:2::3"), &family, &z) && x != z);
}

static void networks_are_networks(void **state)
{
    (void)state;
    static const char *const texts[] = {"10.20.30.0/24", "10.20.30.0 255.255.255.0",
                                        "10.20.30.0/255.255.255.0"};
    char *first = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *got = told(REDACT_ADDRESSES, "0123456789abcdef", texts[i]);
        size_t n = strcspn(got, "/ ");
        assert_memory_equal(got, "10.", 3);
        assert_memory_equal(got + n - 2, ".0", 2);
        assert_string_equal(got + n, texts[i] + 10);
        got[n] = '\0';
        assert_string_not_equal(got, "10.20.30.0");
        if (first != NULL)
            assert_string_equal(got, first);
        first = got;
    }
}

static void some_stay(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "any 0.0.0.0/0 0.0.0.0 ::/0 :: ::1 127.0.0.1 224.0.0.5 255.255.255.255 ff02::1",
        "mask 255.255.240.0, wildcard 0.0.0.255, metadata 169.254.169.254",
        "52.114.148.0 is in a pack", /* teams-direct-routing */
        "at 12:30:45 file:12:3: 1.2.3 2026-01-31 C::Name ::error ::: 16384-65535 {\"a\":1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(told(REDACT_ADDRESSES, "0123456789abcdef", texts[i]), texts[i]);
}

static void every_notation_is_found(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "host_198.51.100.7", "198.51.100.7.",    "(198.51.100.7)",   "fw198.51.100.7",
        "198.51.100.7-8",    "a198.51.100.7b",   "\"198.51.100.7\"", "198.51.100.7:80",
        "2001:db8::7",       "[2001:db8::7]:80", "2001:db8::7.",     "::ffff:198.51.100.7",
        "00:1a:2b:3c:4d:5e", "-2001:db8::7/128", "198.51.100.7.443"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *got = told(REDACT_ADDRESSES, "0123456789abcdef", texts[i]);
        if (strstr(got, "198.51.100.7") != NULL || strstr(got, "2001:db8::7") != NULL ||
            strstr(got, "1a:2b") != NULL)
            fail_msg("%s stays in %s", texts[i], got);
    }
}

static void names_go_and_formats_stay(void **state)
{
    (void)state;
    static const struct {
        const char *text, *around; /* with N for each pseudonym */
    } rows[] = {
        {"\"name\":\t\"Zebra\\nZebra\\u00fcZebra\\\\Zebra\"", "\"name\":\t\"N\\nN\\u00fcN\\\\N\""},
        {"<td>Zebra &amp; Zebra&#39;</td>", "<td>N &amp; N&#39;</td>"},
        {"file=Zebra%2CZebra%0A", "file=N%2CN%0A"},
        {"\033[1;31merror\033[0m: Zebra", "\033[1;31merror\033[0m: N"},
        {"Zebra\\x1bZebra \\u{202e}Zebra", "N\\x1bN \\u{202e}N"},
        {"permit tcp host 10.1.2.3 eq 443 # Zebra-Net_1.x", "permit tcp host 10.1.2.3 eq 443 # N"},
        {"z\xc3\xbc"
         "rich\xe2\x80\xa6 16384-65535",
         "N\xe2\x80\xa6 16384-65535"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = told(REDACT_NAMES, "0123456789abcdef", rows[i].text), *to = got;
        for (const char *p = got; *p != '\0'; to++) {
            bool name = strncmp(p, "name-", 5) == 0;
            *to = name ? 'N' : *p;
            p += name ? 13 : 1;
        }
        *to = '\0';
        assert_string_equal(got, rows[i].around);
    }
}

static void marks_stay_below(void **state)
{
    (void)state;
    char *got = told(REDACT_NAMES, "0123456789abcdef",
                     "   |\n12 | -A FORWARD -i Z\xc3\xbc"
                     "richZebraNet -j Acme\n"
                     "   |               ^^^^^^^^^^^^^^ Acme\n   |\n");
    char *word = strstr(got, "name-"), *row = strchr(word, '\n') + 1;
    size_t column = (size_t)(word - (strchr(got, '\n') + 1));
    assert_int_equal(column, strspn(row, " |"));
    assert_int_equal(strspn(row + column, "^"), 13);
    assert_memory_equal(row + column + 13, " name-", 6);
    assert_non_null(strstr(row, "\n   |\n"));
}

static void keys_decide(void **state)
{
    (void)state;
    const char *text = "Zebra 198.51.100.7";
    unsigned both = REDACT_NAMES | REDACT_ADDRESSES;
    char *one = told(both, "0123456789abcdef", text);
    assert_string_equal(one, told(both, "0123456789abcdef", text));
    assert_string_not_equal(one, told(both, "0123456789abcdeg", text));
    struct redact *r = redact_new(arena, both, STR(""));
    redact_export(r, STR("one export"));
    char *first = arena_cstr(arena, redacted(r, str_of(text)));
    assert_string_equal(first, arena_cstr(arena, redacted(r, str_of(text))));
    redact_export(r, STR("and another"));
    assert_string_not_equal(first, arena_cstr(arena, redacted(r, str_of(text))));
}

/* What only begins like an escape is part of a name. */
static void half_an_escape_hides_no_name(void **state)
{
    (void)state;
    static const char *const texts[] = {"remark \\u{ hamburg hamburg", "\\xhamburg", "\\u00hamburg",
                                        "%hamburg", "\\u{9hamburg}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_null(strstr(told(REDACT_NAMES, "0123456789abcdef", texts[i]), "hamburg"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_an_escape_hides_no_name),
        cmocka_unit_test(prefixes_are_kept),
        cmocka_unit_test(networks_are_networks),
        cmocka_unit_test(some_stay),
        cmocka_unit_test(every_notation_is_found),
        cmocka_unit_test(names_go_and_formats_stay),
        cmocka_unit_test(keys_decide),
        cmocka_unit_test(marks_stay_below),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
