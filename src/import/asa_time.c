/* time-range: absolute [start T] [end T], periodic DAYS HH:MM to [DAY] HH:MM. Active while the
 * absolute window is open and one of the periodic ones is ("Cisco ASA Series Command Reference",
 * time-range). */
#include "import/asa_int.h"

struct moment {
    uint64_t day;    /* since some Sunday long ago */
    uint64_t minute; /* of the day */
};

static uint64_t days_from(uint64_t y, uint64_t m, uint64_t d)
{
    /* Days of the proleptic Gregorian calendar, March first: year y, month m (1-12), day d. */
    if (m < 3)
        y--, m += 12;
    uint64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * (m - 3) + 2) / 5 + d - 1;
    return days + 3; /* 1 March of year 0 was a Wednesday */
}

static bool clock_of(struct str s, uint64_t *minute)
{
    struct str hour;
    uint64_t h, m;
    if (!str_cut(&s, ':', &hour) || !str_u64(hour, 10, 24, &h) || !str_u64(s, 10, 59, &m))
        return false;
    *minute = h * 60 + m;
    return true;
}

/* YYYY-MM-DDTHH:MM */
static bool at_of(struct str s, struct moment *t)
{
    uint64_t y, m, d;
    if (s.n < 16 || !str_u64(str_sub(s, 0, 4), 10, 9999, &y) ||
        !str_u64(str_sub(s, 5, 2), 10, 12, &m) || !str_u64(str_sub(s, 8, 2), 10, 31, &d) ||
        !clock_of(str_sub(s, 11, 5), &t->minute) || y == 0 || m == 0 || d == 0)
        return false;
    t->day = days_from(y, m, d);
    return true;
}

/* HH:MM D Month YYYY */
static bool absolute_of(struct asa_words *w, struct moment *t)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    uint64_t d, y, m = 0;
    if (!clock_of(asa_next(w), &t->minute) || !str_u64(asa_next(w), 10, 31, &d))
        return false;
    struct str month = asa_next(w);
    for (size_t i = 0; i < 12 && month.n >= 3; i++)
        if (str_eq_nocase(month, str_sub(str_of(months[i]), 0, month.n)))
            m = i + 1;
    if (m == 0 || !str_u64(asa_next(w), 10, 9999, &y) || y == 0)
        return false;
    t->day = days_from(y, m, d);
    return true;
}

static int order(struct moment a, struct moment b)
{
    uint64_t x = a.day * 1440 + a.minute, y = b.day * 1440 + b.minute;
    return (x > y) - (x < y);
}

static bool absolute_holds(struct asa_line *l, struct moment now, bool *bad)
{
    struct asa_words w = {l, 1};
    struct moment t;
    bool holds = true;
    while (!asa_done(&w)) {
        bool start = asa_take(&w, "start");
        if (!start && !asa_take(&w, "end"))
            *bad = true;
        if (*bad || !absolute_of(&w, &t)) {
            *bad = true;
            return false;
        }
        holds = holds && (start ? order(now, t) >= 0 : order(now, t) <= 0);
    }
    return holds;
}

static bool day_of(struct str s, unsigned *days)
{
    static const struct {
        const char *name;
        unsigned days; /* bit per day, Sunday first */
    } names[] = {{"sunday", 1},    {"monday", 2},  {"tuesday", 4},   {"wednesday", 8},
                 {"thursday", 16}, {"friday", 32}, {"saturday", 64}, {"daily", 127},
                 {"weekdays", 62}, {"weekend", 65}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(s, str_of(names[i].name))) {
            *days |= names[i].days;
            return true;
        }
    return false;
}

static uint64_t minute_of_week(unsigned day_bit, uint64_t minute)
{
    uint64_t day = 0;
    while (day_bit > 1)
        day_bit >>= 1, day++;
    return day * 1440 + minute;
}

static bool periodic_holds(struct asa_line *l, struct moment now, bool *bad)
{
    struct asa_words w = {l, 1};
    unsigned days = 0, last = 0;
    uint64_t from, to;
    while (day_of(asa_peek(&w, 0), &days))
        asa_next(&w);
    bool ok = days != 0 && clock_of(asa_next(&w), &from) && asa_take(&w, "to");
    if (ok && day_of(asa_peek(&w, 0), &last))
        asa_next(&w);
    if (!ok || !clock_of(asa_next(&w), &to)) {
        *bad = true;
        return false;
    }
    unsigned today = 1U << (now.day % 7);
    if (last == 0)
        return (days & today) != 0 && now.minute >= from && now.minute <= to;
    uint64_t a = minute_of_week(days, from), b = minute_of_week(last, to);
    uint64_t t = minute_of_week(today, now.minute);
    return a <= b ? t >= a && t <= b : t >= a || t <= b;
}

int asa_time_active(const struct asa_range_time *t, struct str at_time)
{
    struct moment now;
    bool bad = false, open = true, any_periodic = false, periodic = false;
    if (!at_of(at_time, &now))
        return -1;
    for (size_t i = 0; i < t->lines.n; i++) {
        struct asa_line *l = t->lines.v[i];
        if (asa_is(l, 0, "absolute")) {
            open = absolute_holds(l, now, &bad) && open;
        } else if (asa_is(l, 0, "periodic")) {
            any_periodic = true;
            periodic = periodic_holds(l, now, &bad) || periodic;
        } else {
            bad = true;
        }
    }
    if (bad)
        return -1;
    return open && (periodic || !any_periodic);
}
