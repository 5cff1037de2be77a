/* progress.h: how far a study is: a bar on a terminal, a plain line now and then elsewhere.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_PROGRESS_H
#define KONSENTO_CLI_PROGRESS_H

#include "cli/terminal.h"

#include <stddef.h>
#include <stdint.h>

struct progress {
    const struct terminal *terminal;
    size_t total; /* replications of the whole study, those of earlier runs included */
    size_t first; /* done before this run began */
    size_t done;
    int64_t began_ms, shown_ms;
    bool drawn; /* a bar stands on the line */
};

void progress_begin(struct progress *progress, const struct terminal *terminal, size_t total, size_t done);
/* Notes what is durable now and shows it if it is time to: at most ten times a second on a terminal, else once every
 * 30 s. */
void progress_update(struct progress *progress, size_t done);
/* Takes the bar away. */
void progress_end(struct progress *progress);

#endif
