/* schema_lightning.c: the schema's rows for Lightning rails.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_lightning.h"

/* In the order of the enumerations. */
static const char *const topology_names[] = {"direct", "hub", "public", NULL};
static const char *const hops_names[] = {"modeled", "real", NULL};
static const char *const plan_names[] = {"prepaid", "stream", "deposit", NULL};
static const char *const crypto_names[] = {"real", "memo", "token", NULL};
static const char *const opener_names[] = {"phone", "operator", NULL};
static const char *const opened_names[] = {"start", "visit", NULL};
static const char *const depth_names[] = {"confirmed", "zero", NULL};
static const char *const type_names[] = {"static", "anchors", NULL};
static const char *const top_up_names[] = {"none", "add", "reopen", NULL};
static const char *const device_names[] = {"ideal", "server", "phone", "board", "microcontroller", NULL};
static const char *const link_names[] = {"direct", "lan", "wifi", "fibre", "lte", "nb_iot", "lora", "datacentre", NULL};

#define AT(member)   .offset = offsetof(struct rail_config, lightning.member)
#define ALSO_YEN     .also = DIMENSION_BIT(DIMENSION_YEN)
#define BITCOIN_SAT  .kind = KIND_QUANTITY, .stored = DIMENSION_BITCOIN, .atoms = 1000
#define ENUM(values) .kind = KIND_ENUM, .names = values
#define LINKS_TABLE  "docs/models.md, links"
#define DEVICES      "docs/models.md, devices"

const struct schema_field schema_lightning_fields[SCHEMA_LIGHTNING_FIELDS] = {
    {"name", .kind = KIND_STRING, .offset = offsetof(struct rail_config, name), DEFAULT("lightning", ""),
     .help = "label in results; unique among the rails"},
    {"topology", ENUM(topology_names), AT(topology), DEFAULT("direct", "the trial's second outlet"),
     .help = "channels between each phone and the outlets that it uses, or the operator's hub, or a node of the public "
             "graph, over which the operator's is reached"},
    {"plan", ENUM(plan_names), AT(plan), DEFAULT("prepaid", ""),
     .help = "energy is paid before it flows, in small steps behind it on credit, or out of a deposit that is held"},
    {"crypto", ENUM(crypto_names), AT(crypto), DEFAULT("real", ""),
     .help =
         "all keys and signatures; each reckoned once for both ends; or tokens in place of signatures. Times, bytes "
         "and metrics are the same"},

    {"block", ENERGY_UJ, AT(block_uj), RANGE("1 Wh", "1000 kWh"), WORD("purchase", 0), DEFAULT("purchase", ""),
     .help = "prepaid, deposit: energy of one payment; \"purchase\": as k.payment says"},
    {"quantum", ENERGY_UJ, AT(quantum_uj), RANGE("1 Wh", "100 kWh"), DEFAULT("50 Wh", "a minute of 3 kW"),
     .help = "stream: energy of one payment"},
    {"credit_limit", BITCOIN_MSAT, AT(credit_limit_msat), ALSO_YEN, RANGE("1 sat", "100000000 sat"),
     DEFAULT("500 sat", ASSUMED), .help = "stream: value of energy that may have flowed unpaid, in sat or JPY"},
    {"deposit_slices", COUNT_UINT32, AT(deposit_slices), RANGE("1", "12"), DEFAULT("6", ASSUMED),
     .help = "deposit: HTLCs that it is cut into, each half of the one before"},
    {"deposit_blocks", COUNT_UINT32, AT(deposit_blocks), RANGE("40", "1000"), DEFAULT("288", "two days"),
     .help = "deposit: blocks that it may be held for"},
    {"patience", TIME_US, AT(patience_us), RANGE("1 s", "1 days"), DEFAULT("60 s", ASSUMED),
     .help = "a payment that was not made in this time has failed; what waits for a channel may take longer"},
    {"fee_max", SHARE_PPM, AT(fee_max_ppm), RANGE("0 %", "100 %"),
     DEFAULT("1 %", "Core Lightning pay, maxfeepercent 0.5"),
     .help = "share of a payment that forwarding may cost; 10 sat are always allowed"},

    {"phone_device", ENUM(device_names), AT(phone_device), DEFAULT("phone", DEVICES), .help = "machine of a payer"},
    {"outlet_device", ENUM(device_names), AT(outlet_device), DEFAULT("board", DEVICES), .help = "machine in an outlet"},
    {"hub_device", ENUM(device_names), AT(hub_device), DEFAULT("server", DEVICES), .help = "machine of the hub"},
    {"phone_link", ENUM(link_names), AT(phone_link), DEFAULT("lte", LINKS_TABLE),
     .help = "between a phone and whom it pays"},
    {"outlet_link", ENUM(link_names), AT(outlet_link), DEFAULT("wifi", LINKS_TABLE),
     .help = "between an outlet and the hub"},
    {"linger", TIME_US, AT(linger_us), RANGE("1 s", "1 days"), DEFAULT("10 s", ASSUMED),
     .help = "how long a phone without anything to do stays connected"},

    {"opener", ENUM(opener_names), AT(opener), DEFAULT("phone", ""), .help = "who opens and funds a phone's channel"},
    {"opened", ENUM(opened_names), AT(opened), DEFAULT("start", ""),
     .help = "when the run begins, or when a payment needs it first"},
    {"sign_up", TIME_US, AT(sign_up_us), RANGE("0 s", "366 days"), DEFAULT("1 days", ASSUMED),
     .help = "at the start phones open their channels within this time, evenly, or with their first visit"},
    {"depth", ENUM(depth_names), AT(depth), DEFAULT("confirmed", "BOLT 2, minimum_depth"),
     .help = "a channel is used when its funding is confirmed, or at once, if the other side trusts it"},
    {"confirmations", COUNT_UINT32, AT(confirmations), RANGE("1", "100"),
     DEFAULT("3", "Core Lightning, funding-confirms"), .help = "that a funding needs"},
    {"type", ENUM(type_names), AT(type), DEFAULT("static", ""),
     .help = "static_remotekey, or anchors with zero-fee HTLCs"},
    {"capacity", BITCOIN_SAT, AT(capacity_sat), RANGE("20000 sat", "16777215 sat"), DEFAULT("400000 sat", ASSUMED),
     .help = "of a phone's channel"},
    {"push", BITCOIN_SAT, AT(push_sat), RANGE("0 sat", "16777215 sat"), DEFAULT("0 sat", ""),
     .help = "of it the other side's from the beginning: bought and sold outside"},
    {"top_up", ENUM(top_up_names), AT(top_up), DEFAULT("reopen", ASSUMED),
     .help = "a channel that cannot carry the next payment: nothing, another beside it, or closed and opened anew"},
    {"life", TIME_US, AT(life_us), RANGE("1 days", "3660 days"), WORD("unlimited", INT64_MAX), DEFAULT("unlimited", ""),
     .help = "an older channel is closed by agreement when its phone has nothing else to do"},
    {"force_after", TIME_US, AT(force_us), RANGE("1 h", "3660 days"), WORD("never", INT64_MAX), DEFAULT("never", ""),
     .help = "a channel whose ends have not been connected for so long is closed by force"},
    {"htlcs", COUNT_UINT32, AT(htlcs), RANGE("2", "483"), DEFAULT("12", ASSUMED),
     .help = "that a channel of this rail may have at a time, each way"},

    {"hub_capacity", BITCOIN_SAT, AT(hub_capacity_sat), RANGE("20000 sat", "16777215 sat"),
     DEFAULT("1000000 sat", ASSUMED), .help = "of the hub's channel to each outlet"},
    {"rebalance_above", SHARE_PPM, AT(rebalance_above_ppm), RANGE("1 %", "99 %"), DEFAULT("60 %", ASSUMED),
     .help = "share of that channel at the outlet from which on it sends back to the hub"},
    {"rebalance_to", SHARE_PPM, AT(rebalance_to_ppm), RANGE("0 %", "98 %"), DEFAULT("10 %", ASSUMED),
     .help = "share that it keeps then, for refunds"},
    {"fee_base", BITCOIN_MSAT, AT(fee_base_msat), RANGE("0 sat", "100000 sat"),
     DEFAULT("0 sat", "the hub is the operator's"), .help = "what the hub asks for forwarding a payment"},
    {"fee", SHARE_PPM, AT(fee_ppm), RANGE("0 %", "100 %"), DEFAULT("0 %", "the hub is the operator's"),
     .help = "and of its amount"},

    {"coins", COUNT_UINT32, AT(coins), RANGE("1", "16"), DEFAULT("2", ASSUMED),
     .help = "coins in each phone's wallet at the start"},
    {"coin", BITCOIN_SAT, AT(coin_sat), RANGE("20000 sat", "10000000000 sat"), DEFAULT("600000 sat", ASSUMED),
     .help = "value of each; a wallet that cannot fund a channel buys another"},
    {"records", ENUM(((const char *const[]){"none", "kept", NULL})), AT(records), DEFAULT("none", ""),
     .help = "whether nodes keep their records, from which they restart after a loss of power; needs memory"},
    {"estimator", COUNT_UINT32, AT(target_blocks), RANGE("1", "1008"), DEFAULT("6", "Core Lightning, opening"),
     .help = "fundings and closings offer miners what the estimator says for so many blocks"},
    {"graph", .kind = KIND_PATH, AT(graph_path), WORD("made", 0), DEFAULT("made", ""),
     .help = "public: file of the graph (gossmap, lnd's JSON, CSV), one for all rails; \"made\": a small one, made up"},
    {"hops", ENUM(hops_names), AT(hops), DEFAULT("modeled", ""),
     .help = "public: nodes and channels between the provider's and the operator's: modeled, or real ones, made when a "
             "payment needs them first and paid for by capital from outside"},
    {"provider_rank", COUNT_UINT32, AT(provider_rank), RANGE("0", "100000"), DEFAULT("0", ASSUMED),
     .help = "public: the phones' provider is the node that so many have more channels than"},
    {"operator_rank", COUNT_UINT32, AT(operator_rank), RANGE("0", "100000"), DEFAULT("100", ASSUMED),
     .help = "public: likewise the operator's node"},
    {"traffic", TIME_US, AT(traffic_us), RANGE("1 min", "3650 days"), WORD("none", 0), DEFAULT("none", ""),
     .help = "public: mean time between two moments at which other people's payments share out a channel's balance "
             "anew; \"none\": only the run's payments move it"},
    {"attackers", LIST(struct rail_config, lightning.attacks, lightning.attack_count, LIGHTNING_ATTACKS_MAX),
     .classes = {"attacker.revoked", "attacker.jam", "attacker.grief"}, DEFAULT("", ""),
     .help = "payers who mean harm"},
};
#undef AT

#define AT(member) .offset = offsetof(struct lightning_attack, member)
const struct schema_field schema_revoked_fields[SCHEMA_REVOKED_FIELDS] = {
    {"share", SHARE_PPM, AT(share_ppm), RANGE("0 %", "100 %"), REQUIRED, .help = "share of all payers"},
    {"after", TIME_US, AT(after_us), RANGE("0 s", "366 days"), DEFAULT("3 days", ASSUMED),
     .help = "least time between the state that is kept and its broadcast, behind a session"},
};
const struct schema_field schema_grief_fields[SCHEMA_GRIEF_FIELDS] = {
    {"share", SHARE_PPM, AT(share_ppm), RANGE("0 %", "100 %"), REQUIRED, .help = "share of all payers"},
};
const struct schema_field schema_jam_fields[SCHEMA_JAM_FIELDS] = {
    {"share", SHARE_PPM, AT(share_ppm), RANGE("0 %", "100 %"), REQUIRED, .help = "share of all payers"},
    {"parts", COUNT_UINT32, AT(parts), RANGE("1", "483"), DEFAULT("12", "htlcs"), .help = "parts at a time"},
    {"part", BITCOIN_MSAT, AT(part_msat), RANGE("1 sat", "10000000 sat"), DEFAULT("1000 sat", ASSUMED),
     .help = "amount of each"},
    {"every", TIME_US, AT(every_us), RANGE("1 s", "1 days"), DEFAULT("60 s", "BOLT 4, mpp_timeout"),
     .help = "time between two victims"},
};
#undef AT
