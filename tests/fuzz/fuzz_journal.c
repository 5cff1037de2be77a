/* fuzz_journal.c: any line of a journal.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is taken for a record is in range, and written and read once more it is the same record.
 */
#include "hwbridge/journal.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(const struct journal_record *record)
{
    assert(record->kind <= JOURNAL_END);
    if (record->kind == JOURNAL_INPUT)
        assert(record->input.outlet < HW_OUTLETS_MAX && record->input.kind < HW_INPUT_KINDS);
    if (record->kind == JOURNAL_COMMAND)
        assert(record->command.outlet < HW_OUTLETS_MAX && record->command.kind < HW_COMMAND_KINDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char line[JOURNAL_LINE_MAX], once[JOURNAL_LINE_MAX], twice[JOURNAL_LINE_MAX];
    struct journal_record record, again;
    if (length >= sizeof line - JOURNAL_SEAL_TEXT - 2)
        return 0; /* no reader gives more */
    memcpy(line, bytes, length);
    line[length] = 0;
    if (!journal_parse(&record, line))
        return 0;
    check(&record);
    (void)journal_format(once, &record);
    bool is_read = journal_parse(&again, once);
    assert(is_read);
    (void)journal_format(twice, &again);
    assert(strcmp(once, twice) == 0);
    return 0;
}
