/* trouble.h: what ends a run before its horizon, from the models' side: memory is out, or a callback failed.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_TROUBLE_H
#define KONSENTO_MODELS_TROUBLE_H

#include "sim/kernel.h"

#include <stdbool.h>

struct trouble {
    struct sim *sim;
    bool is_memory_out;
    bool is_failed;
    char text[400]; /* if is_failed */
};

/* Both end the run after the present event. */
void trouble_memory(struct trouble *trouble);
void trouble_fail(struct trouble *trouble, const char *text);

#endif
