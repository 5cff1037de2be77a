/* event_tables.c: columns and codes of the tables of rows.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/event_tables.h"

#include "models/rails/lightning.h"
#include "models/session.h"
#include "protocol/lightning/message_type.h"

static const char *const session_columns[] = {
    "session",   "car",          "outlet",     "arrival_us", "plugged_us",    "powered_us",     "departure_us",
    "demand_uj", "delivered_uj", "metered_uj", "paid_msat",  "refunded_msat", "reversed_msat",  "cost_msat",
    "fee_msat",  "credited",     "failed",     "end",        "weight_wu",     "reversed_cause", "attack",
    NULL};
/* kind and cause as in models/rails/rail.h */
static const char *const payment_columns[] = {"session", "payment",     "at_us",    "asked_us",  "kind",
                                              "cause",   "amount_msat", "fee_msat", "weight_wu", NULL};

/* seller, buyer, payer, payee: number of the flat; as many as there are flats: the operator */
static const char *const trade_columns[] = {
    "at_us", "seller", "buyer", "source", "energy_uj", "delivered_uj", "price_uyen_per_kwh", "value_msat", NULL};
static const char *const settlement_columns[] = {"payer", "payee",       "at_us",    "asked_us",  "kind",
                                                 "cause", "amount_msat", "fee_msat", "energy_uj", NULL};

/* from, to: number of the payer (phone), the outlet; type: as BOLT #1, #2, #7 number messages */
static const char *const message_columns[] = {"at_us", "from_role", "from",        "to_role", "to",
                                              "type",  "htlc",      "amount_msat", "bytes",   NULL};

static const char *const end_names[] = {
    [SESSION_END_NONE] = "none",           [SESSION_END_COMPLETE] = "complete",   [SESSION_END_DEPARTED] = "departed",
    [SESSION_END_UNPOWERED] = "unpowered", [SESSION_END_UNPLUGGED] = "unplugged",
};
static const char *const kind_names[] = {
    [RAIL_CREDITED] = "credited", [RAIL_FINAL] = "final",         [RAIL_REVERSED] = "reversed",
    [RAIL_FAILED] = "failed",     [RAIL_REFUNDED] = "refunded",   [RAIL_CLOSED] = "closed",
    [RAIL_LIMIT] = "limit",       [RAIL_CONFIRMED] = "confirmed", [RAIL_ATTACKED] = "attacked",
    [RAIL_UPKEEP] = "upkeep",     [RAIL_SHAKEN] = "shaken",       [RAIL_UNDONE] = "undone",
};
static const char *const cause_names[RAIL_CAUSE_COUNT] = {
    [RAIL_CAUSE_NONE] = "none",
    [RAIL_CAUSE_DECLINED] = "declined",
    [RAIL_CAUSE_OUTAGE] = "outage",
    [RAIL_CAUSE_CHARGEBACK] = "chargeback",
    [RAIL_CAUSE_FUNDS] = "funds",
    [RAIL_CAUSE_REFUSED] = "refused",
    [RAIL_CAUSE_CONFLICT] = "conflict",
    [RAIL_CAUSE_RACE] = "race",
    [RAIL_CAUSE_REPLACED] = "replaced",
    [RAIL_CAUSE_STALLED] = "stalled",
    [RAIL_CAUSE_FINNEY] = "finney",
    [RAIL_CAUSE_OVERTAKEN] = "overtaken",
    [RAIL_CAUSE_EXPIRED] = "expired",
    [RAIL_CAUSE_UNCONFIRMED] = "unconfirmed",
    [RAIL_CAUSE_NO_CHANNEL] = "no_channel",
    [RAIL_CAUSE_NO_ROUTE] = "no_route",
    [RAIL_CAUSE_LIQUIDITY] = "liquidity",
    [RAIL_CAUSE_SLOTS] = "slots",
    [RAIL_CAUSE_OFFLINE] = "offline",
    [RAIL_CAUSE_TIMEOUT] = "timeout",
    [RAIL_CAUSE_UNPAID] = "unpaid",
    [RAIL_CAUSE_REVOKED] = "revoked",
};
static const char *const role_names[LIGHTNING_ROLE_COUNT] = {
    [LIGHTNING_ROLE_FOREIGN] = "foreign", [LIGHTNING_ROLE_PHONE] = "phone",       [LIGHTNING_ROLE_OUTLET] = "outlet",
    [LIGHTNING_ROLE_HUB] = "hub",         [LIGHTNING_ROLE_PROVIDER] = "provider",
};
static const char *const type_names[] = {
    [LN_WARNING] = "warning",
    [LN_INIT] = "init",
    [LN_ERROR] = "error",
    [LN_PING] = "ping",
    [LN_PONG] = "pong",
    [LN_OPEN_CHANNEL] = "open_channel",
    [LN_ACCEPT_CHANNEL] = "accept_channel",
    [LN_FUNDING_CREATED] = "funding_created",
    [LN_FUNDING_SIGNED] = "funding_signed",
    [LN_CHANNEL_READY] = "channel_ready",
    [LN_SHUTDOWN] = "shutdown",
    [LN_CLOSING_SIGNED] = "closing_signed",
    [LN_UPDATE_ADD_HTLC] = "update_add_htlc",
    [LN_UPDATE_FULFILL_HTLC] = "update_fulfill_htlc",
    [LN_UPDATE_FAIL_HTLC] = "update_fail_htlc",
    [LN_COMMITMENT_SIGNED] = "commitment_signed",
    [LN_REVOKE_AND_ACK] = "revoke_and_ack",
    [LN_UPDATE_FEE] = "update_fee",
    [LN_UPDATE_FAIL_MALFORMED_HTLC] = "update_fail_malformed_htlc",
    [LN_CHANNEL_REESTABLISH] = "channel_reestablish",
    [LN_CHANNEL_ANNOUNCEMENT] = "channel_announcement",
    [LN_NODE_ANNOUNCEMENT] = "node_announcement",
    [LN_CHANNEL_UPDATE] = "channel_update",
    [LN_ANNOUNCEMENT_SIGNATURES] = "announcement_signatures",
};
static const char *const source_names[] = {"home", "car", "operator"};
#define CODES(column, names)                                                                                           \
    {                                                                                                                  \
        column, names, sizeof(names) / sizeof(names)[0]                                                                \
    }
static const struct event_codes session_codes[] = {
    CODES("end", end_names), CODES("reversed_cause", cause_names), CODES("attack", cause_names), {NULL, NULL, 0}};
static const struct event_codes payment_codes[] = {
    CODES("kind", kind_names), CODES("cause", cause_names), {NULL, NULL, 0}};

static const struct event_codes message_codes[] = {
    CODES("from_role", role_names), CODES("to_role", role_names), CODES("type", type_names), {NULL, NULL, 0}};
static const struct event_codes trade_codes[] = {CODES("source", source_names), {NULL, NULL, 0}};

#define COLUMNS(array) (sizeof(array) / sizeof(array)[0] - 1)

const struct event_table_info event_tables[] = {
    [EVENT_TABLE_SESSION] = {"session", session_columns, COLUMNS(session_columns), session_codes},
    [EVENT_TABLE_PAYMENT] = {"payment", payment_columns, COLUMNS(payment_columns), payment_codes},
    [EVENT_TABLE_TRADE] = {"trade", trade_columns, COLUMNS(trade_columns), trade_codes},
    [EVENT_TABLE_SETTLEMENT] = {"settlement", settlement_columns, COLUMNS(settlement_columns), payment_codes},
    [EVENT_TABLE_MESSAGE] = {"message", message_columns, COLUMNS(message_columns), message_codes},
};
const size_t event_table_count = EVENT_TABLE_COUNT;
