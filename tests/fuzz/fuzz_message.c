/* fuzz_message.c: any bytes as a Lightning message: what decodes must encode into the same bytes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/message.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static uint8_t again[LN_MESSAGE_BYTES_MAX];
    struct ln_message message;
    struct ln_fault fault;
    enum ln_wire wire = ln_message_decode(&message, &fault, bytes, length);
    assert(fault.offset <= length);
    assert(ln_wire_text(wire) != NULL);
    if (wire == LN_WIRE_OK) {
        size_t again_length = 0;
        assert(ln_message_name(message.type) != NULL);
        assert(ln_message_encode(again, sizeof again, &again_length, &message) == LN_WIRE_OK);
        assert(again_length == length && memcmp(again, bytes, length) == 0);
        assert(length < 3 || ln_message_encode(again, length - 1, &again_length, &message) == LN_WIRE_SPACE);
    }
    return 0;
}
