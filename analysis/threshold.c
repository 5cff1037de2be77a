/* threshold.c: three verdicts on a limit.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/threshold.h"

enum verdict threshold_check(const struct estimate *estimate, double limit, bool upper, bool strict)
{
    /* The end of the interval that must be inside for a pass, and the other one, with a ceiling as the pattern. A
     * missing end is NaN and compares false with everything. */
    double sign = upper ? 1 : -1;
    double worst = sign * (upper ? estimate->hi : estimate->lo);
    double best = sign * (upper ? estimate->lo : estimate->hi);
    double ceiling = sign * limit;
    if (estimate->n == 0) {
        return VERDICT_UNDECIDED;
    }
    if (strict ? worst < ceiling : worst <= ceiling) {
        return VERDICT_PASS;
    }
    return (strict ? best >= ceiling : best > ceiling) ? VERDICT_FAIL : VERDICT_UNDECIDED;
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_PASS] = "pass", [VERDICT_FAIL] = "fail", [VERDICT_UNDECIDED] = "undecided"};
    return names[verdict];
}

enum verdict verdict_worst(enum verdict a, enum verdict b)
{
    static const int rank[] = {[VERDICT_PASS] = 0, [VERDICT_FAIL] = 2, [VERDICT_UNDECIDED] = 1};
    return rank[a] >= rank[b] ? a : b;
}
