/* message_table.h: how each message lies on the wire.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_MESSAGE_TABLE_H
#define KONSENTO_LIGHTNING_MESSAGE_TABLE_H

#include "protocol/lightning/tlv.h"

struct ln_layout {
    uint16_t type;
    bool opaque; /* the extension is kept unread: all bytes are signed */
    const char *name;
    const struct ln_field *fields;
    size_t field_count;
    struct ln_rules extension;
};

/* Returns NULL for a type that is unknown. */
const struct ln_layout *ln_layout_find(uint16_t type);

#endif
