/* journal_text.c: one record as one line, and back.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/journal.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char letters[] = "HIOSPKRE"; /* by kind */

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static int put_hex(char *text, size_t size, const uint8_t *bytes, size_t count)
{
    assert(size > 2 * count + 1);
    text[0] = ' ';
    for (size_t i = 0; i < count; i++)
        snprintf(text + 1 + 2 * i, 3, "%02x", bytes[i]);
    return (int)(1 + 2 * count);
}

static int put_input(char *text, size_t size, const struct hw_input *input)
{
    return snprintf(text, size, " %" PRIu32 " %d %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 " %016" PRIx64,
                    input->outlet, (int)input->kind, input->command, input->value, input->energy_uj, input->power_w,
                    input->raw);
}

static int put_command(char *text, size_t size, const struct hw_command *command)
{
    return snprintf(text, size, " %" PRIu32 " %d %" PRIu64 " %" PRId64 " %" PRId64, command->outlet, (int)command->kind,
                    command->number, command->limit_ma, command->lease_us);
}

static int put_settlement(char *text, size_t size, const struct journal_settlement *settlement)
{
    int at = snprintf(text, size, " %" PRIu64, settlement->short_channel_id);
    at += put_hex(text + at, size - (size_t)at, settlement->node_id, sizeof settlement->node_id);
    at += put_hex(text + at, size - (size_t)at, settlement->payment_hash, sizeof settlement->payment_hash);
    return at + put_hex(text + at, size - (size_t)at, settlement->preimage, sizeof settlement->preimage);
}

static int put_rest(char *text, size_t size, const struct journal_record *record)
{
    int at = 0;
    switch (record->kind) {
    case JOURNAL_HEADER:
        return snprintf(text, size, " %s %s", record->key, record->value);
    case JOURNAL_INPUT:
        return put_input(text, size, &record->input);
    case JOURNAL_COMMAND:
        return put_command(text, size, &record->command);
    case JOURNAL_SLIP:
        return snprintf(text, size, " %" PRId64, record->slip_us);
    case JOURNAL_SETTLEMENT:
        return put_settlement(text, size, &record->settlement);
    case JOURNAL_CHECK:
        return snprintf(text, size, " %016" PRIx64, record->chain);
    case JOURNAL_RESTART:
        break;
    case JOURNAL_END:
        at = put_hex(text, size, record->digest, sizeof record->digest);
        return at + snprintf(text + at, size - (size_t)at, " %s", record->value);
    }
    return at;
}

size_t journal_format(char line[JOURNAL_LINE_MAX], const struct journal_record *record)
{
    int at = snprintf(line, JOURNAL_LINE_MAX, "%c", letters[record->kind]);
    if (record->kind != JOURNAL_HEADER)
        at += snprintf(line + at, JOURNAL_LINE_MAX - (size_t)at, " %" PRId64 " %" PRIu64, record->time_us,
                       record->events);
    at += put_rest(line + at, JOURNAL_LINE_MAX - (size_t)at, record);
    assert(at < JOURNAL_LINE_MAX - JOURNAL_SEAL_TEXT - 2);
    return (size_t)at;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* What is left of a line; NULL when something was not as it must be. */
struct text {
    const char *at;
};

static void skip_space(struct text *text)
{
    if (text->at != NULL)
        text->at = *text->at == ' ' ? text->at + 1 : NULL;
}

static uint64_t take_unsigned(struct text *text, int base, uint64_t most)
{
    skip_space(text);
    if (text->at == NULL || *text->at == '-' || *text->at == '+' || *text->at == ' ') {
        text->at = NULL;
        return 0;
    }
    char *end = NULL;
    errno = 0;
    uint64_t value = strtoull(text->at, &end, base);
    text->at = errno == 0 && end != text->at && value <= most ? end : NULL;
    return value;
}

static int64_t take_signed(struct text *text)
{
    skip_space(text);
    if (text->at == NULL || *text->at == '+' || *text->at == ' ') {
        text->at = NULL;
        return 0;
    }
    char *end = NULL;
    errno = 0;
    int64_t value = strtoll(text->at, &end, 10);
    text->at = errno == 0 && end != text->at ? end : NULL;
    return value;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void take_hex(struct text *text, uint8_t *bytes, size_t count)
{
    skip_space(text);
    for (size_t i = 0; i < count && text->at != NULL; i++) {
        int high = digit(text->at[0]), low = high < 0 ? -1 : digit(text->at[1]);
        text->at = low < 0 ? NULL : text->at + 2;
        if (low >= 0)
            bytes[i] = (uint8_t)(high << 4 | low);
    }
}

/* Up to the next space, or to the end of the line. */
static void take_words(struct text *text, char *words, bool is_one)
{
    skip_space(text);
    if (text->at == NULL)
        return;
    size_t length = is_one ? strcspn(text->at, " ") : strlen(text->at);
    if (length >= JOURNAL_TEXT_MAX || (is_one && length == 0)) {
        text->at = NULL;
        return;
    }
    memcpy(words, text->at, length);
    words[length] = 0;
    text->at += length;
}

static void take_input(struct text *text, struct hw_input *input)
{
    input->outlet = (uint32_t)take_unsigned(text, 10, HW_OUTLETS_MAX - 1);
    input->kind = (enum hw_input_kind)take_unsigned(text, 10, HW_INPUT_KINDS - 1);
    input->command = take_unsigned(text, 10, UINT64_MAX);
    input->value = take_signed(text);
    input->energy_uj = take_signed(text);
    input->power_w = take_signed(text);
    input->raw = take_unsigned(text, 16, UINT64_MAX);
}

static void take_command(struct text *text, struct hw_command *command)
{
    command->outlet = (uint32_t)take_unsigned(text, 10, HW_OUTLETS_MAX - 1);
    command->kind = (enum hw_command_kind)take_unsigned(text, 10, HW_COMMAND_KINDS - 1);
    command->number = take_unsigned(text, 10, UINT64_MAX);
    command->limit_ma = take_signed(text);
    command->lease_us = take_signed(text);
}

static void take_settlement(struct text *text, struct journal_settlement *settlement)
{
    settlement->short_channel_id = take_unsigned(text, 10, UINT64_MAX);
    take_hex(text, settlement->node_id, sizeof settlement->node_id);
    take_hex(text, settlement->payment_hash, sizeof settlement->payment_hash);
    take_hex(text, settlement->preimage, sizeof settlement->preimage);
}

static void take_rest(struct text *text, struct journal_record *record)
{
    switch (record->kind) {
    case JOURNAL_HEADER:
        take_words(text, record->key, true);
        take_words(text, record->value, false);
        break;
    case JOURNAL_INPUT:
        take_input(text, &record->input);
        break;
    case JOURNAL_COMMAND:
        take_command(text, &record->command);
        break;
    case JOURNAL_SLIP:
        record->slip_us = take_signed(text);
        break;
    case JOURNAL_SETTLEMENT:
        take_settlement(text, &record->settlement);
        break;
    case JOURNAL_CHECK:
        record->chain = take_unsigned(text, 16, UINT64_MAX);
        break;
    case JOURNAL_RESTART:
        break;
    case JOURNAL_END:
        take_hex(text, record->digest, sizeof record->digest);
        take_words(text, record->value, false);
        break;
    }
}

bool journal_parse(struct journal_record *record, const char *line)
{
    const char *letter = line[0] == 0 ? NULL : strchr(letters, line[0]);
    if (letter == NULL)
        return false;
    memset(record, 0, sizeof *record);
    record->kind = (enum journal_kind)(letter - letters);
    struct text text = {line + 1};
    if (record->kind != JOURNAL_HEADER) {
        record->time_us = take_signed(&text);
        record->events = take_unsigned(&text, 10, UINT64_MAX);
    }
    take_rest(&text, record);
    return text.at != NULL && *text.at == 0;
}
