/* steps.h: what happened in one session, in the order of time, out of the tables session, payment, message.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_ANALYSIS_STEPS_H
#define KONSENTO_ANALYSIS_STEPS_H

#include "analysis/results.h"

#define STEPS_MAX 56

enum step_lane { STEP_PAYER, STEP_RAIL, STEP_OUTLET };

struct step {
    int64_t at_us;
    enum step_lane from, to;
    char text[96];
};

struct steps {
    struct step list[STEPS_MAX];
    size_t count;
    size_t left_out; /* in the middle */
};

/* A session to look at: of the first replication with tables, plugged in everywhere, with as many payments as can be
 * shown. Returns false if the study has no such tables, or no such session. */
bool steps_pick(int64_t *session, uint32_t *replication, const struct results *results);
/* Its steps in one configuration. Returns false if it is not there. */
bool steps_read(struct steps *steps, const struct results *results, size_t config, uint32_t replication,
                int64_t session);

#endif
