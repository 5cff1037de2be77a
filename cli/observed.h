/* observed.h: one replication run again while somebody looks at every event.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_OBSERVED_H
#define KONSENTO_CLI_OBSERVED_H

#include "cli/request.h"

struct observed_order {
    const struct request *request;
    uint32_t arm, replication;
    /* May be NULL. In a laboratory nothing can be observed: it has no events. */
    void (*observe)(void *self, const struct sim_executed *event, const char *kind);
    void *self;
    const volatile int *interrupt;       /* may be NULL */
    const struct world_devices *devices; /* may be NULL */
};

enum observed_end { OBSERVED_DONE, OBSERVED_INTERRUPTED, OBSERVED_TOO_SLOW, OBSERVED_NO_MEMORY };

/* What came out; text: why it failed, or which callback was too slow. */
struct observed {
    enum observed_end end;
    bool failed;
    uint8_t digest[32];
    uint64_t events;
    char text[512];
};
void observed_run(struct observed *observed, const struct observed_order *order);

#endif
