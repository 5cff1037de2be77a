/* schema_node.c: the schema's rows for payments that a real Lightning node is paid.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_device.h"

const struct schema_field schema_node_fields[SCHEMA_NODE_FIELDS] = {
    {"name", .kind = KIND_STRING, .offset = offsetof(struct rail_config, name), DEFAULT("node", ""),
     .help = "label in results; unique among the rails"},
    {"invoices", LIST(struct rail_config, node.invoices, node.invoice_count, CONFIG_INVOICES_MAX),
     .classes = {"invoice"}, DEFAULT("", ""), .help = "what the operator's node waits for; each counts once"},
};

#define AT(member) .offset = offsetof(struct node_invoice, member)
const struct schema_field schema_invoice_fields[SCHEMA_INVOICE_FIELDS] = {
    {"payment_hash", .kind = KIND_STRING, AT(payment_hash), REQUIRED, .help = "64 hexadecimal digits, small letters"},
    {"amount", BITCOIN_MSAT, AT(amount_msat), RANGE("0.001 sat", "100000000 sat"), REQUIRED, .help = "what is paid"},
    {"outlet", COUNT_UINT32, AT(outlet), RANGE("1", "10000"), REQUIRED, .help = "whose it is, from 1"},
};
#undef AT
