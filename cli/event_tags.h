/* event_tags.h: twelve bits of the digest after each event, to find the first event that is not what it was.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chain of a run's digest never comes back once it has left its path, so the first tag that differs points at the
 * first event that differs (but for one accident in 4,096, when it points at the next). A run of many events has a tag
 * for each n-th only; then the event is one of n. As text two characters of base 64 each.
 */
#ifndef KONSENTO_CLI_EVENT_TAGS_H
#define KONSENTO_CLI_EVENT_TAGS_H

#include "cli/observed.h"

#define EVENT_TAGS_MAX ((size_t)1 << 16) /* of all replications of a scenario together */

struct event_tags {
    uint64_t events, stride;
    char *text; /* 2 * (events / stride) characters */
};

/* Runs a replication and makes its tags, no more than most (at least 1). Returns false when memory is out or it did not
 * end as it should. Owns: free(text). */
bool event_tags_make(struct event_tags *tags, const struct observed_order *order, size_t most);

/* Runs a replication and finds the first tag that differs, or that is missing on either side. */
struct event_divergence {
    bool found;
    uint64_t first, last; /* numbers of events: it is one of these */
    char *lines;          /* those events, as replay --trace prints them, the first few; malloc'ed */
};
bool event_tags_compare(struct event_divergence *divergence, const struct observed_order *order,
                        const struct event_tags *tags);

#endif
