/* lightning_tap.c: messages between the rail's nodes, for who keeps a record.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_tap.h"

#include "models/rails/lightning_books.h"
#include "protocol/lightning/message_type.h"

/* BOLT #2, updating: each of them begins with type, channel_id, id; update_add_htlc has its amount behind. */
#define ID_AT     34
#define AMOUNT_AT 42

static uint64_t number_at(struct btc_bytes message, size_t at, size_t length)
{
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++)
        number = number << 8 | message.data[at + i];
    return number;
}

static bool has_id(uint64_t type)
{
    return type == LN_UPDATE_ADD_HTLC || type == LN_UPDATE_FULFILL_HTLC || type == LN_UPDATE_FAIL_HTLC ||
           type == LN_UPDATE_FAIL_MALFORMED_HTLC;
}

static struct lightning_party party(const struct lightning *rail, uint32_t node)
{
    static const enum lightning_role roles[] = {
        [STATION_FOREIGN] = LIGHTNING_ROLE_FOREIGN,   [STATION_PHONE] = LIGHTNING_ROLE_PHONE,
        [STATION_OUTLET] = LIGHTNING_ROLE_OUTLET,     [STATION_HUB] = LIGHTNING_ROLE_HUB,
        [STATION_PROVIDER] = LIGHTNING_ROLE_PROVIDER,
    };
    if (!lightning_is_own(rail, node))
        return (struct lightning_party){LIGHTNING_ROLE_FOREIGN, node};
    return (struct lightning_party){roles[rail->stations[node].role], rail->stations[node].index};
}

static void on_message(void *self, uint32_t from, uint32_t to, struct btc_bytes message)
{
    const struct lightning *rail = self;
    struct lightning_message told = {
        .from = party(rail, from), .to = party(rail, to), .htlc = -1, .amount_msat = -1, .length = message.length};
    told.type = message.length < 2 ? 0 : (uint16_t)number_at(message, 0, 2);
    if (has_id(told.type) && message.length >= AMOUNT_AT)
        told.htlc = (int64_t)number_at(message, ID_AT, 8);
    if (told.type == LN_UPDATE_ADD_HTLC && message.length >= AMOUNT_AT + 8)
        told.amount_msat = (int64_t)number_at(message, AMOUNT_AT, 8);
    rail->tap.on_message(rail->tap.self, &told);
}

const struct host_tap *lightning_tap(struct lightning *rail, const struct lightning_options *options)
{
    rail->tap = options->tap;
    rail->host_tap = (struct host_tap){rail, on_message};
    return rail->tap.on_message == NULL ? NULL : &rail->host_tap;
}
