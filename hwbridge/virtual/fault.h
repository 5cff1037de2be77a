/* fault.h: the script of a virtual outlet's misfortunes.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   "30s stuck-relay; 40s drop 20%; 50s delay 200ms; 60s-68s freeze; 70s powercycle 2s"
 *
 * Each is a time, or a span, since the outlet began, a name, and a figure where one is due. Without an end it lasts.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_FAULT_H
#define KONSENTO_HWBRIDGE_VIRTUAL_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULTS_MAX 32

enum fault_kind {
    FAULT_STUCK_RELAY,   /* it opens no more, and says that it did */
    FAULT_WELDED,        /* it opens no more, and says so */
    FAULT_DEAD_RELAY,    /* it closes no more, and says that it did */
    FAULT_DROP,          /* share of what it says that is lost, ppm */
    FAULT_DELAY,         /* of what it says, ns */
    FAULT_DUPLICATE,     /* share of what it says twice, ppm */
    FAULT_FREEZE,        /* it neither hears nor speaks, and its connection stands */
    FAULT_POWERCYCLE,    /* no power for so long, ns */
    FAULT_RESET_COUNTER, /* the counter begins anew at 0 */
    FAULT_JUMP,          /* the counter shows more from then on, uJ */
    FAULT_STUCK_POWER,   /* it goes on telling the power that it told */
    FAULT_STUCK_COUNTER, /* the counter stands still */
    FAULT_MALFORMED,     /* share of what it says that is no message, ppm */
    FAULT_REFUSE,        /* it takes no ON */
    FAULT_FINGER,        /* somebody presses its button */
    FAULT_NO_LEASE,      /* its timer does not work */
    FAULT_REORDER,       /* share of what it says that the next overtakes, ppm */
    FAULT_DEAF,          /* share of what it is told that is lost, ppm */
    FAULT_SKEW,          /* its clock goes ahead by so much, ns */
    FAULT_SLIP,          /* the counter shows more, as long as it lasts, uJ */
    FAULT_ROLLOVER,      /* from there on the counter begins anew whenever it comes to so much, uJ */
    FAULT_LOCK,          /* of a charger: behind a transaction it takes no other, until its car is unplugged */
    FAULT_KINDS
};

struct fault {
    enum fault_kind kind;
    int64_t from_ns, until_ns; /* since the beginning; until INT64_MAX: for good */
    int64_t figure;
    bool is_done; /* of those that happen once */
};

struct faults {
    int64_t begun_ns;
    size_t count;
    struct fault fault[FAULTS_MAX];
};

/* Out: why, what is wrong with the script and where. Returns whether it was read. */
bool faults_read(struct faults *faults, const char *script, char *why, size_t why_size);
/* The one that is at work now; NULL: none of that kind. */
const struct fault *faults_now(const struct faults *faults, enum fault_kind kind, int64_t now_ns);
/* The same, of those that happen once: it is taken. */
const struct fault *faults_take(struct faults *faults, enum fault_kind kind, int64_t now_ns);
/* When the next one begins or ends, behind now; INT64_MAX: never. */
int64_t faults_next_ns(const struct faults *faults, int64_t now_ns);

#endif
