/* trouble.c: the first trouble is kept, the run is stopped.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/trouble.h"

#include <stdio.h>

void trouble_memory(struct trouble *trouble)
{
    trouble->is_memory_out = true;
    sim_stop(trouble->sim);
}

void trouble_fail(struct trouble *trouble, const char *text)
{
    if (!trouble->is_failed)
        snprintf(trouble->text, sizeof trouble->text, "%s", text);
    trouble->is_failed = true;
    sim_stop(trouble->sim);
}
