/* line.c: one link with a listener at each end.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/models/line.h"

#include "tests/models/check.h"

#include <stdlib.h>
#include <string.h>

static void on_bytes(void *self, uint32_t link, const uint8_t *bytes, size_t length)
{
    struct listener *end = self;
    assert_int_equal(link, end->line->link);
    assert_true(length >= 4 && end->count < SEEN_MAX);
    uint32_t number;
    memcpy(&number, bytes, 4);
    for (size_t i = 4; i < length; i++)
        assert_int_equal(bytes[i], (uint8_t)(number + i));
    assert_true(number >= end->next); /* in order; what was lost may be missing */
    end->next = number + 1;
    end->seen[end->count++] = (struct seen){sim_now_us(end->line->sim), number};
}

static void on_up(void *self, uint32_t link)
{
    struct listener *end = self;
    (void)link;
    end->ups++;
    end->up_us = sim_now_us(end->line->sim);
}

static void on_down(void *self, uint32_t link)
{
    struct listener *end = self;
    (void)link;
    end->downs++;
    end->down_us = sim_now_us(end->line->sim);
}

void line_init(struct line *line, const struct link_class *class)
{
    *line = (struct line){.class = *class};
    link_config_init(&line->config, &line->class, 7);
}

void line_open(struct line *line, uint64_t seed, const struct coverage_config *coverage)
{
    line->sim = sim_new(&(struct sim_options){.seed = seed, .audit_every = 64});
    assert_non_null(line->sim);
    line->trouble = (struct trouble){.sim = line->sim};
    coverages_open(&line->coverages, &line->trouble);
    links_open(&line->links, &line->coverages);
    line->coverage = coverage_add(&line->coverages, coverage, 3);
    line->config.coverages[0] = line->coverage;
    line->config.coverage_count = 1;
    line->link = link_add(&line->links, &line->config);
    sim_audit_add(line->sim, "links", links_audit, &line->links);
    for (uint32_t end = 0; end < 2; end++) {
        line->ends[end] = (struct listener){.line = line, .end = end, .seen = calloc(SEEN_MAX, sizeof(struct seen))};
        assert_non_null(line->ends[end].seen);
        link_listen(&line->links, line->link, end, &(struct link_listener){&line->ends[end], on_bytes, on_up, on_down});
        line->ports[end] = link_port(&line->links, line->link, end);
    }
}

void line_run(struct line *line, int64_t until_us)
{
    enum sim_end end = sim_run(line->sim, until_us, 0, NULL);
    if (end == SIM_END_AUDIT)
        fail_msg("%s", sim_audit_failure(line->sim)->why);
    assert_true(end == SIM_END_HORIZON || end == SIM_END_EMPTY);
    assert_false(line->trouble.is_memory_out);
}

void line_close(struct line *line)
{
    for (uint32_t end = 0; end < 2; end++)
        free(line->ends[end].seen);
    links_close(&line->links);
    coverages_close(&line->coverages);
    sim_free(line->sim);
}

bool line_send(struct line *line, uint32_t end, size_t length)
{
    uint8_t bytes[4096];
    uint32_t number = line->sent[end];
    assert_true(length >= 4 && length <= sizeof bytes);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(number + i);
    memcpy(bytes, &number, 4);
    if (!line->ports[end].ops->send(line->ports[end].self, bytes, length))
        return false;
    line->sent[end]++;
    return true;
}

struct link_class line_class(int64_t delay_us)
{
    return (struct link_class){.name = "test",
                               .delay = LINK_DELAY_CONSTANT,
                               .median_us = delay_us,
                               .packet_bytes = 1000,
                               .least_timeout_us = 200000};
}
