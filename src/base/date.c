#include "base/base.h"

bool date_day(struct str s, int64_t *day)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t y, m, d;
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !str_u64(str_sub(s, 0, 4), 10, 9999, &y) ||
        !str_u64(str_sub(s, 5, 2), 10, 12, &m) || !str_u64(str_sub(s, 8, 2), 10, 31, &d) ||
        m == 0 || d == 0)
        return false;
    bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    if (d > lengths[m - 1] + (uint64_t)(leap && m == 2))
        return false;
    uint64_t months = m < 3 ? m + 9 : m - 3; /* years begin in March, so that leap days end them */
    y -= m < 3;
    *day = (int64_t)(365 * y + y / 4 - y / 100 + y / 400 + (153 * months + 2) / 5 + d - 1);
    return true;
}
