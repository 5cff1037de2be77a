/* event_tags.c: twelve bits of the digest after each event.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/event_tags.h"

#include "cli/trace_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 8

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_tag(char text[2], uint64_t chain)
{
    text[0] = letters[chain >> 58 & 63];
    text[1] = letters[chain >> 52 & 63];
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

struct making {
    struct event_tags *tags;
    size_t most, count;
};

/* Every other tag goes: those of events 2n, 4n, … stay. */
static void thin_out(struct making *making)
{
    for (size_t i = 1; i < making->count; i += 2)
        memcpy(making->tags->text + i - 1, making->tags->text + 2 * i, 2);
    making->count /= 2;
    making->tags->stride *= 2;
}

static void on_event_make(void *self, const struct sim_executed *event, const char *kind)
{
    struct making *making = self;
    (void)kind;
    making->tags->events = event->number;
    if (event->number % making->tags->stride != 0)
        return;
    if (making->count == making->most)
        thin_out(making);
    if (event->number % making->tags->stride == 0)
        put_tag(making->tags->text + 2 * making->count++, event->chain);
}

bool event_tags_make(struct event_tags *tags, const struct observed_order *order, size_t most)
{
    struct observed observed;
    struct observed_order observing = *order;
    most += most % 2; /* so that thinning out leaves whole pairs */
    *tags = (struct event_tags){.stride = 1, .text = calloc(most + 1, 2)};
    struct making making = {tags, most, 0};
    observing.observe = on_event_make;
    observing.self = &making;
    if (tags->text == NULL)
        return false;
    observed_run(&observed, &observing);
    tags->text[2 * making.count] = '\0';
    if (observed.end == OBSERVED_DONE)
        return true;
    free(tags->text);
    tags->text = NULL;
    return false;
}

/* ---- comparing -------------------------------------------------------------------------------------------------- */

struct comparing {
    const struct event_tags *tags;
    size_t tag_count;
    uint64_t first, last; /* where it differs, 0: not yet */
    volatile int interrupt;
    uint64_t events;
    FILE *lines; /* of events first .. last, in the second run */
    size_t shown;
};

static void on_event_compare(void *self, const struct sim_executed *event, const char *kind)
{
    struct comparing *comparing = self;
    uint64_t stride = comparing->tags->stride, index = event->number / stride - 1;
    char tag[2];
    (void)kind;
    comparing->events = event->number;
    if (comparing->last > 0 || event->number % stride != 0)
        return;
    put_tag(tag, event->chain);
    if (index < comparing->tag_count && memcmp(comparing->tags->text + 2 * index, tag, 2) == 0)
        return;
    comparing->first = event->number - stride + 1;
    comparing->last = event->number;
    comparing->interrupt = 1;
}

static void on_event_show(void *self, const struct sim_executed *event, const char *kind)
{
    struct comparing *comparing = self;
    if (event->number >= comparing->first && event->number <= comparing->last && comparing->shown++ < LINES_MAX)
        trace_line_print(comparing->lines, event, kind);
    if (event->number > comparing->last)
        comparing->interrupt = 1;
}

/* Once more, up to the place. */
static bool show_events(struct event_divergence *divergence, struct comparing *comparing,
                        struct observed_order *observing)
{
    struct observed observed;
    size_t size = 0;
    comparing->lines = open_memstream(&divergence->lines, &size);
    if (comparing->lines == NULL)
        return false;
    comparing->interrupt = 0;
    observing->observe = on_event_show;
    observed_run(&observed, observing);
    if (fclose(comparing->lines) == 0)
        return true;
    free(divergence->lines);
    divergence->lines = NULL;
    return false;
}

bool event_tags_compare(struct event_divergence *divergence, const struct observed_order *order,
                        const struct event_tags *tags)
{
    struct observed observed;
    struct observed_order observing = *order;
    struct comparing comparing = {.tags = tags, .tag_count = strlen(tags->text) / 2};
    *divergence = (struct event_divergence){.found = false};
    observing.observe = on_event_compare;
    observing.self = &comparing;
    observing.interrupt = &comparing.interrupt;
    observed_run(&observed, &observing);
    if (observed.end != OBSERVED_DONE && observed.end != OBSERVED_INTERRUPTED)
        return false;
    /* Equal as far as both go: the end differs, or what came after the last tag. */
    if (comparing.last == 0 && comparing.events != tags->events) {
        comparing.first = comparing.tag_count * tags->stride + 1;
        comparing.last = comparing.first + tags->stride - 1;
        if (comparing.events < tags->events && comparing.events < comparing.last)
            comparing.last = comparing.events + 1;
    }
    divergence->found = comparing.last > 0;
    divergence->first = comparing.first;
    divergence->last = comparing.last;
    return !divergence->found || show_events(divergence, &comparing, &observing);
}
