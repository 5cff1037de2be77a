/* fuzz_settlement.c: lines that anybody may write to the settlement socket.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/settlement.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is written down and read again as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_record record = {.kind = JOURNAL_SETTLEMENT}, again = {.kind = JOURNAL_SETTLEMENT};
    char line[JOURNAL_LINE_MAX];
    enum settlement_result result = settlement_parse(&record.settlement, (const char *)data, size);
    assert(result <= SETTLEMENT_PREIMAGE);
    if (size >= SETTLEMENT_LINE_MAX)
        assert(result == SETTLEMENT_OVERSIZED);
    if (result != SETTLEMENT_OK)
        return 0;
    (void)journal_format(line, &record);
    bool is_read = journal_parse(&again, line);
    assert(is_read && memcmp(&again.settlement, &record.settlement, sizeof again.settlement) == 0);
    return 0;
}
