/* link_make.c: lines between machines: their making, ports, coverages, machines that stop, counts.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/network/link_parts.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void link_config_init(struct link_config *config, const struct link_class *class, uint64_t key)
{
    *config = (struct link_config){.class = class,
                                   .patience_us = {30000000, 30000000},
                                   .dial_timeout_us = 10000000,
                                   .pause_first_us = 1000000,
                                   .pause_most_us = 300000000,
                                   .key = key};
}

void links_open(struct links *links, struct coverages *coverages)
{
    *links = (struct links){.sim = coverages->sim, .trouble = coverages->trouble, .coverages = coverages};
    slab_init(&links->slab, sizeof(struct link));
    links->arrive_kind = sim_kind_add(links->sim, "network.arrive", link_on_arrive);
    links->dial_kind = sim_kind_add(links->sim, "network.dial", link_on_dial);
    links->loss_kind = sim_kind_add(links->sim, "network.loss", link_on_loss);
}

void links_close(struct links *links)
{
    for (uint32_t i = 0; i < links->slab.limit; i++) {
        way_close(&link_at(links, i)->ways[0]);
        way_close(&link_at(links, i)->ways[1]);
    }
    slab_close(&links->slab);
    free(links->carried);
}

/* ---- coverage -------------------------------------------------------------------------------------------------- */

static void on_gone(struct links *links, uint32_t number)
{
    struct link *link = link_at(links, number);
    if (link->gone_count++ > 0)
        return;
    link->breaks++;
    for (uint32_t end = 0; end < 2; end++) {
        link_aim(links, number, end);
        link_lose_at(links, number, end, sim_now_us(links->sim) + link->sides[end].patience_us);
    }
}

static void on_back(struct links *links, uint32_t number)
{
    struct link *link = link_at(links, number);
    assert(link->gone_count > 0);
    if (--link->gone_count > 0 || link->is_dead)
        return;
    for (uint32_t end = 0; end < 2; end++) {
        struct link_side *side = &link->sides[end];
        if (side->is_up && !side->is_alone)
            sim_cancel(links->sim, side->loss);
        else if (side->is_alone && link->sides[1 - end].is_present)
            link_refuse(links, number, end);
    }
    for (uint32_t way = 0; way < 2; way++) {
        int64_t limit_us = link->sides[way].patience_us;
        if (way_plan_again(&link->ways[way], sim_now_us(links->sim), &link->timer, limit_us))
            link_aim(links, number, way);
        else
            link_die(links, number);
    }
}

/* self: one end of the link, which stays where it is. */
static void on_coverage(void *self, uint32_t coverage, bool is_there)
{
    const struct link_side *side = self;
    (void)coverage;
    if (is_there)
        on_back(side->links, side->link);
    else
        on_gone(side->links, side->link);
}

static bool hang(struct links *links, uint32_t number, const struct link_config *config)
{
    struct link *link = link_at(links, number);
    for (uint32_t i = 0; i < config->coverage_count; i++) {
        struct coverage_listener listener = {.self = &link->sides[0], .on_change = on_coverage};
        if (!coverage_listen(links->coverages, config->coverages[i], &listener))
            return false;
        link->gone_count += !coverage_is_there(links->coverages, config->coverages[i]);
    }
    return true;
}

/* ---- making ---------------------------------------------------------------------------------------------------- */

static void fill(struct links *links, uint32_t number, const struct link_config *config)
{
    struct link *link = link_at(links, number);
    link->dial_timeout_us = config->dial_timeout_us;
    link->pause_first_us = config->pause_first_us;
    link->pause_most_us = config->pause_most_us;
    sim_stream_open(&link->pauses, links->sim, "network.redial", config->key);
    way_timer_begin(&link->timer, config->class, 2 * link_class_mean_us(config->class));
    for (uint32_t end = 0; end < 2; end++) {
        link->sides[end] = (struct link_side){.links = links,
                                              .link = number,
                                              .end = (uint8_t)end,
                                              .is_present = true,
                                              .patience_us = config->patience_us[end]};
        link->ways[end].class = config->class;
        sim_stream_open(&link->ways[end].stream, links->sim, "network.packets", 2 * config->key + end);
    }
}

uint32_t link_add(struct links *links, const struct link_config *config)
{
    assert(link_class_check(config->class)[0] == '\0' && config->coverage_count <= LINK_COVERAGES_MAX);
    assert(config->patience_us[0] > 0 && config->patience_us[1] > 0 && config->dial_timeout_us > 0);
    assert(config->pause_first_us > 0 && config->pause_most_us >= config->pause_first_us);
    uint32_t number = slab_take(&links->slab);
    if (number == SLAB_NONE) {
        trouble_memory(links->trouble);
        return SLAB_NONE;
    }
    fill(links, number, config);
    return hang(links, number, config) ? number : SLAB_NONE;
}

void link_listen(struct links *links, uint32_t number, enum link_end end, const struct link_listener *listener)
{
    link_at(links, number)->sides[end].listener = *listener;
}

/* ---- ports ----------------------------------------------------------------------------------------------------- */

static bool port_send(void *self, const uint8_t *bytes, size_t length)
{
    struct link_side *side = self;
    struct link *link = link_at(side->links, side->link);
    struct way *way = &link->ways[side->end];
    if (!side->is_up || length > LINK_QUEUE_MAX - (way->bytes_tail - way->bytes_head))
        return false;
    link->sent++;
    link->sent_bytes += length;
    if (!link_put(side->links, side->link, side->end, WAY_DATA, bytes, (uint32_t)length))
        link->lost++;
    return true;
}

static void port_close(void *self)
{
    struct link_side *side = self;
    if (!side->is_up || !link_put(side->links, side->link, side->end, WAY_CLOSE, NULL, 0))
        return;
    side->is_up = side->is_alone = false;
    sim_cancel(side->links->sim, side->loss);
    if (side->end == LINK_DIALLER)
        link_pause(side->links, side->link);
}

static const struct link_ops port_ops = {.send = port_send, .close = port_close};

struct link_port link_port(struct links *links, uint32_t number, enum link_end end)
{
    return (struct link_port){.ops = &port_ops, .self = &link_at(links, number)->sides[end], .link = number};
}

/* ---- wishes and machines --------------------------------------------------------------------------------------- */

void link_want(struct links *links, uint32_t number, bool is_wanted)
{
    struct link *link = link_at(links, number);
    if (link->is_wanted == is_wanted)
        return;
    link->is_wanted = is_wanted;
    link->dial_count = 0;
    if (!is_wanted)
        link_dial_stop(links, number);
    else if (!link->sides[0].is_up)
        link_dial_now(links, number);
}

/* What has left the machine for good travels on; what waits in it, or would have to be sent again, is lost. */
static uint32_t left_count(const struct links *links, uint32_t number, uint32_t way)
{
    const struct link *link = link_at(links, number);
    const struct way *queue = &link->ways[way];
    uint32_t count = 0;
    if (link->gone_count > 0 || link->is_dead)
        return 0;
    while (queue->head + count < queue->tail) {
        const struct way_entry *entry = &queue->entries[queue->head + count];
        if (entry->is_resent || entry->left_us > sim_now_us(links->sim))
            break;
        count++;
    }
    return count;
}

static void stop(struct links *links, uint32_t number, enum link_end end)
{
    struct link *link = link_at(links, number);
    struct link_side *side = &link->sides[end], *other = &link->sides[1 - end];
    link_drop_from(links, number, end, left_count(links, number, end));
    side->is_up = side->is_alone = false;
    sim_cancel(links->sim, side->loss);
    if (end == LINK_DIALLER)
        link_dial_stop(links, number);
    else
        link->absences++;
    other->is_alone = other->is_up;
    link_lose_at(links, number, 1 - end, sim_now_us(links->sim) + other->patience_us);
}

void link_present(struct links *links, uint32_t number, enum link_end end, bool is_present)
{
    struct link *link = link_at(links, number);
    if (link->sides[end].is_present == is_present)
        return;
    link->sides[end].is_present = is_present;
    if (!is_present) {
        stop(links, number, end);
        return;
    }
    if (link->sides[1 - end].is_alone && link->gone_count == 0)
        link_refuse(links, number, 1 - end);
    if (end == LINK_DIALLER) {
        link->dial_count = 0;
        link_dial_now(links, number);
    }
}

bool link_is_up(const struct links *links, uint32_t number, enum link_end end)
{
    return link_at(links, number)->sides[end].is_up;
}

int64_t link_usual_us(const struct links *links, uint32_t number, size_t bytes)
{
    const struct link_class *class = link_at(links, number)->ways[0].class;
    return way_wire_us(class, bytes) + link_class_mean_us(class);
}

/* ---- counts ---------------------------------------------------------------------------------------------------- */

static uint64_t under_way(const struct way *way)
{
    uint64_t count = 0;
    for (uint32_t i = way->head; i < way->tail; i++)
        count += way->entries[i].what == WAY_DATA;
    return count;
}

void link_tally(struct link_tally *tally, const struct links *links, uint32_t number)
{
    const struct link *link = link_at(links, number);
    *tally = (struct link_tally){.sent = link->sent,
                                 .delivered = link->delivered,
                                 .lost = link->lost,
                                 .under_way = under_way(&link->ways[0]) + under_way(&link->ways[1]),
                                 .sent_bytes = link->sent_bytes,
                                 .delivered_bytes = link->delivered_bytes,
                                 .packets = link->ways[0].packets + link->ways[1].packets,
                                 .packets_lost = link->ways[0].packets_lost + link->ways[1].packets_lost,
                                 .dials = link->dials,
                                 .connections = link->epoch,
                                 .downs = {link->sides[0].downs, link->sides[1].downs}};
}

static bool is_in_order(const struct link *link, const struct way *way)
{
    if (link->gone_count > 0 || link->is_dead)
        return true;
    for (uint32_t i = way->head; i + 1 < way->tail; i++) {
        if (way->entries[i].arrives_us > way->entries[i + 1].arrives_us)
            return false;
    }
    return true;
}

bool links_audit(const void *object, char *why, size_t why_size)
{
    const struct links *links = object;
    for (uint32_t i = 0; i < links->slab.limit; i++) {
        const struct link *link = link_at(links, i);
        struct link_tally tally;
        link_tally(&tally, links, i);
        if (tally.sent != tally.delivered + tally.lost + tally.under_way) {
            snprintf(why, why_size, "link %" PRIu32 ": sent %" PRIu64 ", delivered %" PRIu64 ", lost %" PRIu64, i,
                     tally.sent, tally.delivered, tally.lost);
            return false;
        }
        if (!is_in_order(link, &link->ways[0]) || !is_in_order(link, &link->ways[1])) {
            snprintf(why, why_size, "link %" PRIu32 ": messages are out of order", i);
            return false;
        }
    }
    return true;
}
