/* steps.c: rows of event tables as steps of one session.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "analysis/steps.h"

#include "analysis/codes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UJ_PER_KWH    3.6e12
#define SHOWN_TO_PICK 12 /* payments' rows that make a good picture */
#define MESSAGES_MAX  30

/* One table of one row of the study. */
struct table {
    const struct results_table *info;
    const int64_t *values;
    size_t count;
};

static bool open_table(struct table *table, const struct results *results, const struct results_row *row,
                       const char *name)
{
    const struct results_study *study = results_study(results);
    size_t index = codes_table(results, name);
    if (index == study->table_count || row == NULL || row->table_rows == NULL) {
        return false;
    }
    *table = (struct table){&study->tables[index], row->table_rows[index], row->table_row_count[index]};
    return table->count > 0;
}

/* A value by the name of its column; -1 if there is no such column. */
static int64_t value(const struct table *table, size_t row, const char *column)
{
    size_t index = codes_column(table->info, column);
    return index < table->info->column_count ? table->values[row * table->info->column_count + index] : -1;
}

static size_t find_session(const struct table *sessions, int64_t session)
{
    size_t i = 0;
    while (i < sessions->count && value(sessions, i, "session") != session) {
        i++;
    }
    return i;
}

static size_t count_payments(const struct table *payments, int64_t session)
{
    size_t count = 0;
    for (size_t i = 0; i < payments->count; i++) {
        count += value(payments, i, "session") == session;
    }
    return count;
}

bool steps_pick(int64_t *session, uint32_t *replication, const struct results *results)
{
    size_t best = 0;
    for (size_t r = 0; r < results_row_count(results) && best == 0; r++) {
        const struct results_row *row = results_row(results, r);
        struct table sessions, payments;
        if (!open_table(&sessions, results, row, "session") || !open_table(&payments, results, row, "payment")) {
            continue;
        }
        for (size_t i = 0; i < sessions.count && i < 200; i++) {
            int64_t key = value(&sessions, i, "session");
            size_t count = value(&sessions, i, "powered_us") < 0 ? 0 : count_payments(&payments, key);
            if (count > best && count <= SHOWN_TO_PICK) {
                best = count;
                *session = key;
                *replication = row->replication;
            }
        }
    }
    return best > 0;
}

/* ---- steps ------------------------------------------------------------------------------------------------------ */

/* All of them, before the middle is cut out. */
struct list {
    struct step *steps;
    size_t count, capacity;
};

__attribute__((format(printf, 5, 6))) static void add(struct list *list, int64_t at_us, enum step_lane from,
                                                      enum step_lane to, const char *format, ...)
{
    va_list rest;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        struct step *steps = realloc(list->steps, capacity * sizeof *steps);
        if (steps == NULL) {
            return;
        }
        list->steps = steps;
        list->capacity = capacity;
    }
    struct step *step = &list->steps[list->count++];
    step->at_us = at_us;
    step->from = from;
    step->to = to;
    va_start(rest, format);
    vsnprintf(step->text, sizeof step->text, format, rest);
    va_end(rest);
}

/* What a row of the table of payments shows, by the name of its kind. */
struct kind {
    const char *name;
    enum step_lane from, to;
    const char *text;
    bool has_amount, has_cause, is_answer; /* answer: to what was asked at asked_us */
};
static const struct kind kinds[] = {
    {"credited", STEP_RAIL, STEP_OUTLET, "credited", true, false, true},
    {"failed", STEP_RAIL, STEP_PAYER, "failed", false, true, true},
    {"confirmed", STEP_RAIL, STEP_RAIL, "in a block", false, false, false},
    {"final", STEP_RAIL, STEP_OUTLET, "final", true, false, false},
    {"reversed", STEP_RAIL, STEP_PAYER, "taken back", true, true, false},
    {"refunded", STEP_RAIL, STEP_PAYER, "refunded", true, false, false},
    {"limit", STEP_RAIL, STEP_OUTLET, "credit limited", false, true, false},
    {"attacked", STEP_PAYER, STEP_RAIL, "attack begins", false, true, false},
};

static void add_payment(struct list *list, const struct results *results, const struct table *payments, size_t row)
{
    char kind_name[CODES_NAME_BYTES], cause[CODES_NAME_BYTES], amount[40] = "";
    codes_name(kind_name, results, "payment", "kind", value(payments, row, "kind"));
    codes_name(cause, results, "payment", "cause", value(payments, row, "cause"));
    int64_t number = value(payments, row, "payment") + 1, at_us = value(payments, row, "at_us");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct kind *kind = &kinds[i];
        if (strcmp(kind->name, kind_name) != 0) {
            continue;
        }
        if (kind->is_answer) {
            add(list, value(payments, row, "asked_us"), STEP_PAYER, STEP_RAIL, "payment %" PRId64 " sent", number);
        }
        if (kind->has_amount) {
            snprintf(amount, sizeof amount, " %.0f sat", (double)value(payments, row, "amount_msat") / 1e3);
        }
        bool has_cause = kind->has_cause && strcmp(cause, "none") != 0;
        add(list, at_us, kind->from, kind->to, "%s%s%s%s", kind->text, amount, has_cause ? ": " : "",
            has_cause ? cause : "");
    }
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

/* A session's own messages: its phone's, and its outlet's with the hub, from plug-in to departure. */
struct talk {
    int64_t car, outlet, from_us, until_us;
};

/* Those that keep a connection up, and gossip, say nothing about a payment. */
static bool is_about_channels(int64_t type)
{
    return type >= 32 && type < 256;
}

static bool is_party(const struct talk *talk, const char *role, int64_t number)
{
    return (strcmp(role, "phone") == 0 && number == talk->car) ||
           (strcmp(role, "outlet") == 0 && number == talk->outlet);
}

static enum step_lane lane_of(const char *role)
{
    return strcmp(role, "phone") == 0 ? STEP_PAYER : strcmp(role, "outlet") == 0 ? STEP_OUTLET : STEP_RAIL;
}

static void add_message(struct list *list, const struct results *results, const struct table *messages, size_t row)
{
    char from[CODES_NAME_BYTES], to[CODES_NAME_BYTES], type[CODES_NAME_BYTES], amount[40] = "";
    codes_name(from, results, "message", "from_role", value(messages, row, "from_role"));
    codes_name(to, results, "message", "to_role", value(messages, row, "to_role"));
    codes_name(type, results, "message", "type", value(messages, row, "type"));
    int64_t msat = value(messages, row, "amount_msat");
    if (msat >= 0) {
        snprintf(amount, sizeof amount, " %.0f sat", (double)msat / 1e3);
    }
    add(list, value(messages, row, "at_us"), lane_of(from), lane_of(to), "%s%s", type, amount);
}

static bool is_of_talk(const struct talk *talk, const struct results *results, const struct table *messages, size_t row)
{
    char from[CODES_NAME_BYTES], to[CODES_NAME_BYTES];
    int64_t at_us = value(messages, row, "at_us");
    if (at_us < talk->from_us || at_us >= talk->until_us || !is_about_channels(value(messages, row, "type"))) {
        return false;
    }
    codes_name(from, results, "message", "from_role", value(messages, row, "from_role"));
    codes_name(to, results, "message", "to_role", value(messages, row, "to_role"));
    return is_party(talk, from, value(messages, row, "from")) || is_party(talk, to, value(messages, row, "to"));
}

/* When the session's second payment is asked for: what one payment takes on the wire is told once. */
static int64_t second_payment_us(const struct table *payments, int64_t session, int64_t end_us)
{
    for (size_t i = 0; i < payments->count; i++) {
        int64_t asked_us = value(payments, i, "asked_us");
        if (value(payments, i, "session") == session && value(payments, i, "payment") == 1 && asked_us < end_us) {
            end_us = asked_us;
        }
    }
    return end_us;
}

static void add_messages(struct list *list, const struct results *results, const struct results_row *row,
                         const struct talk *talk)
{
    struct table messages;
    if (!open_table(&messages, results, row, "message")) {
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < messages.count && count < MESSAGES_MAX; i++) {
        if (is_of_talk(talk, results, &messages, i)) {
            add_message(list, results, &messages, i);
            count++;
        }
    }
}

static void add_session(struct list *list, const struct results *results, const struct table *sessions, size_t row)
{
    char end[CODES_NAME_BYTES];
    codes_name(end, results, "session", "end", value(sessions, row, "end"));
    int64_t plugged_us = value(sessions, row, "plugged_us"), powered_us = value(sessions, row, "powered_us");
    add(list, plugged_us, STEP_PAYER, STEP_OUTLET, "plugged in, wants %.3g kWh",
        (double)value(sessions, row, "demand_uj") / UJ_PER_KWH);
    if (powered_us >= 0) {
        add(list, powered_us, STEP_OUTLET, STEP_PAYER, "power on");
    }
    add(list, value(sessions, row, "departure_us"), STEP_PAYER, STEP_OUTLET, "leaves: %s, %.3g kWh, %.0f sat paid", end,
        (double)value(sessions, row, "metered_uj") / UJ_PER_KWH, (double)value(sessions, row, "paid_msat") / 1e3);
}

/* In the order of time; of equal times in the order in which they were added. */
static void sort(struct list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct step step = list->steps[i];
        size_t j = i;
        for (; j > 0 && list->steps[j - 1].at_us > step.at_us; j--) {
            list->steps[j] = list->steps[j - 1];
        }
        list->steps[j] = step;
    }
}

/* The first and the last ones. */
static void cut(struct steps *steps, const struct list *list)
{
    size_t head = list->count <= STEPS_MAX ? list->count : STEPS_MAX / 2;
    size_t tail = list->count <= STEPS_MAX ? 0 : STEPS_MAX - head;
    for (size_t i = 0; i < head; i++) {
        steps->list[steps->count++] = list->steps[i];
    }
    for (size_t i = list->count - tail; i < list->count; i++) {
        steps->list[steps->count++] = list->steps[i];
    }
    steps->left_out = list->count - steps->count;
}

bool steps_read(struct steps *steps, const struct results *results, size_t config, uint32_t replication,
                int64_t session)
{
    const struct results_row *row = results_find(results, (uint32_t)config, replication);
    struct table sessions, payments;
    struct list list = {.count = 0};
    *steps = (struct steps){.count = 0};
    if (!open_table(&sessions, results, row, "session")) {
        return false;
    }
    size_t at = find_session(&sessions, session);
    if (at == sessions.count || value(&sessions, at, "plugged_us") < 0) {
        return false;
    }
    add_session(&list, results, &sessions, at);
    struct talk talk = {value(&sessions, at, "car"), value(&sessions, at, "outlet"), value(&sessions, at, "plugged_us"),
                        value(&sessions, at, "departure_us")};
    if (open_table(&payments, results, row, "payment")) {
        for (size_t i = 0; i < payments.count; i++) {
            if (value(&payments, i, "session") == session) {
                add_payment(&list, results, &payments, i);
            }
        }
        talk.until_us = second_payment_us(&payments, session, talk.until_us);
    }
    add_messages(&list, results, row, &talk);
    sort(&list);
    cut(steps, &list);
    free(list.steps);
    return steps->count > 0;
}
