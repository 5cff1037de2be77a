/* fault.c: the script of a virtual outlet's misfortunes.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/virtual/fault.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum figure { FIGURE_NONE, FIGURE_SHARE, FIGURE_TIME, FIGURE_ENERGY };

static const struct {
    const char *name;
    enum figure figure;
} kinds[FAULT_KINDS] = {
    [FAULT_STUCK_RELAY] = {"stuck-relay", FIGURE_NONE},
    [FAULT_WELDED] = {"welded", FIGURE_NONE},
    [FAULT_DEAD_RELAY] = {"dead-relay", FIGURE_NONE},
    [FAULT_DROP] = {"drop", FIGURE_SHARE},
    [FAULT_DELAY] = {"delay", FIGURE_TIME},
    [FAULT_DUPLICATE] = {"duplicate", FIGURE_SHARE},
    [FAULT_FREEZE] = {"freeze", FIGURE_NONE},
    [FAULT_POWERCYCLE] = {"powercycle", FIGURE_TIME},
    [FAULT_RESET_COUNTER] = {"reset-counter", FIGURE_NONE},
    [FAULT_JUMP] = {"jump", FIGURE_ENERGY},
    [FAULT_STUCK_POWER] = {"stuck-power", FIGURE_NONE},
    [FAULT_STUCK_COUNTER] = {"stuck-counter", FIGURE_NONE},
    [FAULT_MALFORMED] = {"malformed", FIGURE_SHARE},
    [FAULT_REFUSE] = {"refuse", FIGURE_NONE},
    [FAULT_FINGER] = {"finger", FIGURE_NONE},
    [FAULT_NO_LEASE] = {"no-lease", FIGURE_NONE},
    [FAULT_REORDER] = {"reorder", FIGURE_SHARE},
    [FAULT_DEAF] = {"deaf", FIGURE_SHARE},
    [FAULT_SKEW] = {"skew", FIGURE_TIME},
    [FAULT_SLIP] = {"slip", FIGURE_ENERGY},
    [FAULT_ROLLOVER] = {"rollover", FIGURE_ENERGY},
    [FAULT_LOCK] = {"finishing-lock", FIGURE_NONE},
};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct scan {
    const char *script, *at;
    char *why;
    size_t why_size;
};

static bool fail(const struct scan *scan, const char *what)
{
    snprintf(scan->why, scan->why_size, "fault script, character %zu: %s", (size_t)(scan->at - scan->script) + 1, what);
    return false;
}

static void skip_blanks(struct scan *scan)
{
    while (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n')
        scan->at++;
}

/* A number and its unit; the unit's worth is looked up in pairs of name and worth, ended by NULL. */
struct unit {
    const char *name;
    double worth;
};
static const struct unit times[] = {{"ms", 1e6}, {"s", 1e9}, {"min", 6e10}, {NULL, 0}};
static const struct unit shares[] = {{"%", 1e4}, {NULL, 0}};
static const struct unit energies[] = {{"kWh", 3.6e12}, {"Wh", 3.6e9}, {NULL, 0}};

static bool read_figure(struct scan *scan, int64_t *figure, const struct unit *units, const char *wanted)
{
    char *end = NULL;
    errno = 0;
    double value = isdigit((unsigned char)*scan->at) ? strtod(scan->at, &end) : -1;
    if (end == NULL || errno != 0 || !(value >= 0 && value <= 1e6))
        return fail(scan, wanted);
    scan->at = end;
    skip_blanks(scan);
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        size_t length = strlen(unit->name);
        if (strncmp(scan->at, unit->name, length) != 0 || isalpha((unsigned char)scan->at[length]))
            continue;
        scan->at += length;
        *figure = (int64_t)(value * unit->worth);
        return true;
    }
    return fail(scan, wanted);
}

static bool read_span(struct scan *scan, struct fault *fault)
{
    if (!read_figure(scan, &fault->from_ns, times, "a time is due here, such as 30s or 200ms"))
        return false;
    fault->until_ns = INT64_MAX;
    skip_blanks(scan);
    if (*scan->at != '-')
        return true;
    scan->at++;
    skip_blanks(scan);
    if (!read_figure(scan, &fault->until_ns, times, "the end of a span is due here, such as 68s"))
        return false;
    return fault->until_ns > fault->from_ns || fail(scan, "a span ends behind its beginning");
}

static bool read_kind(struct scan *scan, struct fault *fault)
{
    size_t length = strspn(scan->at, "abcdefghijklmnopqrstuvwxyz-");
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        if (strlen(kinds[kind].name) != length || strncmp(kinds[kind].name, scan->at, length) != 0)
            continue;
        fault->kind = (enum fault_kind)kind;
        scan->at += length;
        return true;
    }
    return fail(scan,
                "no such fault; there are stuck-relay, welded, dead-relay, drop, delay, duplicate, freeze, powercycle, "
                "reset-counter, jump, stuck-power, stuck-counter, malformed, refuse, finger, no-lease, reorder, "
                "deaf, skew, slip, rollover, finishing-lock");
}

static bool read_one(struct scan *scan, struct fault *fault)
{
    if (!read_span(scan, fault))
        return false;
    skip_blanks(scan);
    if (!read_kind(scan, fault))
        return false;
    skip_blanks(scan);
    switch (kinds[fault->kind].figure) {
    case FIGURE_SHARE:
        return read_figure(scan, &fault->figure, shares, "a share is due here, such as 20%");
    case FIGURE_TIME:
        return read_figure(scan, &fault->figure, times, "a time is due here, such as 2s");
    case FIGURE_ENERGY:
        return read_figure(scan, &fault->figure, energies, "an energy is due here, such as 20kWh");
    case FIGURE_NONE:
        break;
    }
    return true;
}

bool faults_read(struct faults *faults, const char *script, char *why, size_t why_size)
{
    struct scan scan = {script, script, why, why_size};
    *faults = (struct faults){0};
    skip_blanks(&scan);
    while (*scan.at != 0) {
        if (faults->count == FAULTS_MAX)
            return fail(&scan, "more than 32 faults");
        if (!read_one(&scan, &faults->fault[faults->count++]))
            return false;
        skip_blanks(&scan);
        if (*scan.at != ';' && *scan.at != 0)
            return fail(&scan, "a semicolon is due between two faults");
        scan.at += *scan.at == ';';
        skip_blanks(&scan);
    }
    return true;
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

static bool is_at_work(const struct faults *faults, const struct fault *fault, int64_t now_ns)
{
    int64_t since_ns = now_ns - faults->begun_ns;
    return since_ns >= fault->from_ns && since_ns < fault->until_ns;
}

const struct fault *faults_now(const struct faults *faults, enum fault_kind kind, int64_t now_ns)
{
    for (size_t i = 0; i < faults->count; i++)
        if (faults->fault[i].kind == kind && is_at_work(faults, &faults->fault[i], now_ns))
            return &faults->fault[i];
    return NULL;
}

const struct fault *faults_take(struct faults *faults, enum fault_kind kind, int64_t now_ns)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->fault[i];
        if (fault->kind != kind || fault->is_done || !is_at_work(faults, fault, now_ns))
            continue;
        fault->is_done = true;
        return fault;
    }
    return NULL;
}

int64_t faults_next_ns(const struct faults *faults, int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->fault[i];
        int64_t from_ns = faults->begun_ns + fault->from_ns;
        int64_t until_ns = fault->until_ns == INT64_MAX ? INT64_MAX : faults->begun_ns + fault->until_ns;
        if (from_ns > now_ns && from_ns < next_ns)
            next_ns = from_ns;
        if (until_ns > now_ns && until_ns < next_ns)
            next_ns = until_ns;
    }
    return next_ns;
}
