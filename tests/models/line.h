/* line.h: one link with a listener at each end that notes what it hears.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_MODELS_LINE_H
#define KONSENTO_TESTS_MODELS_LINE_H

#include "models/network/link.h"

#define SECOND   INT64_C(1000000)
#define SEEN_MAX 20000

struct seen {
    int64_t at_us;
    uint32_t number; /* of the message, from its first four bytes */
};

struct listener {
    struct line *line;
    uint32_t end;
    uint32_t ups, downs, count, next;
    int64_t up_us, down_us;
    struct seen *seen;
};

struct line {
    struct sim *sim;
    struct trouble trouble;
    struct coverages coverages;
    struct links links;
    struct link_class class;
    struct link_config config;
    uint32_t coverage, link;
    struct link_port ports[2];
    struct listener ends[2];
    uint32_t sent[2];
};

/* Fills config, with a copy of class: key 7. */
void line_init(struct line *line, const struct link_class *class);
void line_open(struct line *line, uint64_t seed, const struct coverage_config *coverage);
/* Fails the test if there is trouble or an audit failed. */
void line_run(struct line *line, int64_t until_us);
void line_close(struct line *line);
/* Sends the next message of an end: its number, then what follows from it. Who hears it checks both. */
bool line_send(struct line *line, uint32_t end, size_t length);
/* So long for every packet of 1,000 bytes; no loss, no limit to the rate. */
struct link_class line_class(int64_t delay_us);

#endif
