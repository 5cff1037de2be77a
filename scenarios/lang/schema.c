/* schema.c: the one table of everything a scenario may say.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema.h"

#include "scenarios/lang/schema_device.h"
#include "scenarios/lang/schema_fleet.h"
#include "scenarios/lang/schema_lab.h"
#include "scenarios/lang/schema_lightning.h"
#include "scenarios/lang/schema_market.h"
#include "scenarios/lang/schema_rows.h"
#include "scenarios/lang/schema_site.h"
#include "scenarios/lang/schema_sweep.h"
#include "scenarios/lang/schema_reach.h"

#include <stdio.h>
#include <string.h>

const char *const schema_era_names[] = {"2017-12", "2018-03", "2021", "2024-04", "empty", "2018-01", NULL};
static const char *const policy_names[] = {"era", "2018", "2023", "2025", NULL};
static const char *const gossip_names[] = {"law", "node", NULL};
static const char *const content_names[] = {"same", "empty", NULL};
static const char *const delivery_names[] = {"direct", "gossip", NULL};
static const char *const conflicts_names[] = {"heeded", "ignored", NULL};
static const char *const record_names[] = {"none", "always", NULL};
static const char *const refund_fee_names[] = {"payer", "operator", NULL};
static const char *const bump_names[] = {"off", "on", NULL};
static const char *const day_names[] = {"weekday", "weekend", "any", NULL};

#define AT(member) .offset = offsetof(struct tariff_band, member)
static const struct schema_field band_fields[] = {
    {"day", .kind = KIND_ENUM, AT(day), .names = day_names, DEFAULT("any", ""), .help = "on which days"},
    {"from", TIME_US, AT(start_us), RANGE("0 h", "24 h"), DEFAULT("0 h", ""), .help = "begin, time of the civil day"},
    {"to", TIME_US, AT(end_us), RANGE("0 h", "24 h"), DEFAULT("24 h", ""), .help = "end, time of the civil day"},
    {"price", PRICE_UYEN, AT(price_uyen_per_kwh), RANGE("0 JPY/kWh", "10000 JPY/kWh"), REQUIRED,
     .help = "price of energy"},
};
#undef AT

#define AT(member) .offset = offsetof(struct tariff_config, member)
static const struct schema_field flat_fields[] = {
    {"price", PRICE_UYEN, AT(price_uyen_per_kwh), RANGE("0 JPY/kWh", "10000 JPY/kWh"),
     DEFAULT("25.67 JPY/kWh", "Chubu Electric, Otoku plan, 120 to 300 kWh"), .help = "price of energy at all times"},
};
static const struct schema_field tariff_csv_fields[] = {
    {"file", .kind = KIND_PATH, AT(path), REQUIRED,
     .help = "CSV of bands: day_type,start_hour,end_hour,label,yen_per_kwh (weekday, weekend_holiday or any)"},
};
static const struct schema_field time_of_use_fields[] = {
    {"bands", LIST(struct tariff_config, bands, band_count, CONFIG_TARIFF_BANDS_MAX), .classes = {"band"}, REQUIRED,
     .help = "bands which together cover every moment of every day exactly once"},
};
#undef AT

#define AT(member) .offset = offsetof(struct outage_config, member)
static const struct schema_field outage_fields[] = {
    {"at", TIME_US, AT(at_us), RANGE("0 s", "3660 days"), REQUIRED, .help = "begin, from the start of the run"},
    {"duration", TIME_US, AT(duration_us), RANGE("1 us", "3660 days"), REQUIRED, .help = "how long"},
};
#undef AT

#define AT(member) .offset = offsetof(struct rail_config, member)
static const struct schema_field cloud_fields[] = {
    {"name", .kind = KIND_STRING, AT(name), DEFAULT("cloud", ""), .help = "label in results; unique among the rails"},
    {"latency", TIME_US, AT(cloud.latency_us), RANGE("0 s", "1 h"), DEFAULT("1 s", ASSUMED),
     .help = "median time of one authorisation, there and back"},
    {"latency_sigma", SHARE_PPM, AT(cloud.latency_sigma_ppm), RANGE("0", "3"), DEFAULT("0.5", ASSUMED),
     .help = "sigma of the logarithm of that time; 0: always the same"},
    {"signup", TIME_US, AT(cloud.signup_us), RANGE("0 s", "30 days"), DEFAULT("0 s", ""),
     .help = "what a payer without an account needs to get one, on top of the first payment"},
    {"members", SHARE_PPM, AT(cloud.member_ppm), RANGE("0 %", "100 %"), DEFAULT("0 %", ""),
     .help = "share of payers who have an account at the start"},
    {"settlement", TIME_US, AT(cloud.settlement_us), RANGE("0 s", "366 days"), DEFAULT("2 days", ASSUMED),
     .help = "from credited to final"},
    {"fee", SHARE_PPM, AT(cloud.fee_ppm), RANGE("0 %", "100 %"), DEFAULT("3.25 %", ASSUMED),
     .help = "share of each payment, borne by the operator"},
    {"fee_fixed", BITCOIN_MSAT, AT(cloud.fee_fixed_msat), .also = DIMENSION_BIT(DIMENSION_YEN),
     RANGE("0 sat", "100000000 sat"), DEFAULT("0 sat", ""), .help = "on top of each payment, in sat or JPY"},
    {"decline", SHARE_PPM, AT(cloud.decline_ppm), RANGE("0 %", "100 %"), DEFAULT("0.5 %", ASSUMED),
     .help = "share of payments that the provider refuses"},
    {"chargeback", SHARE_PPM, AT(cloud.chargeback_ppm), RANGE("0 %", "100 %"), DEFAULT("0.05 %", ASSUMED),
     .help = "share of credited payments taken back before they are final"},
    {"capacity", COUNT_UINT32, AT(cloud.capacity_per_s), RANGE("1", "1000000000"),
     DEFAULT("65000", "Visa fact sheet 2018: VisaNet can take 65,000 transaction messages a second"),
     .help = "payments per second that the provider can take, one after the other"},
    {"queue", TIME_US, AT(cloud.queue_us), RANGE("0 s", "1 day"), DEFAULT("30 s", ASSUMED),
     .help = "who would wait longer for his turn gets no answer: timeout"},
    {"outage_every", TIME_US, AT(cloud.outage_every_us), RANGE("1 min", "3660 days"), WORD("never", 0),
     DEFAULT("never", ""), .help = "mean time between outages that come by chance"},
    {"outage_mean", TIME_US, AT(cloud.outage_mean_us), RANGE("1 s", "366 days"), DEFAULT("30 min", ASSUMED),
     .help = "mean duration of an outage that comes by chance"},
    {"outages", LIST(struct rail_config, cloud.outages, cloud.outage_count, CONFIG_OUTAGES_MAX), .classes = {"outage"},
     DEFAULT("", ""), .help = "outages at fixed times"},
};
#undef AT

#define AT(member) .offset = offsetof(struct feerate_config, member)
static const struct schema_field fixed_fields[] = {
    {"rate", FEERATE_KWU, AT(rate_sat_per_kwu), RANGE("0.1 sat/vB", "10000 sat/vB"), REQUIRED,
     .help = "what is offered; never less than is relayed"},
};
static const struct schema_field target_fields[] = {
    {"target", COUNT_UINT32, AT(target_blocks), RANGE("1", "1008"), DEFAULT("2", ""),
     .help = "in a block within so many"},
};
#undef AT

#define AT(member) .offset = offsetof(struct fraud_config, member)
#define SHARE_OF_SESSIONS                                                                                              \
    {                                                                                                                  \
        "share", SHARE_PPM, AT(share_ppm), RANGE("0 %", "100 %"), REQUIRED, .help = "share of all sessions"            \
    }
#define HELPERS                                                                                                        \
    {                                                                                                                  \
        "helpers", COUNT_UINT32, AT(helpers), RANGE("1", "1000"), DEFAULT("8", ASSUMED),                               \
            .help = "nodes that have the second transaction first"                                                     \
    }
static const struct schema_field race_fields[] = {
    SHARE_OF_SESSIONS,
    {"delay", TIME_US, AT(delay_us), RANGE("0 s", "1 h"), DEFAULT("0 s", ""),
     .help = "how long after the payment the second transaction is sent"},
    HELPERS,
};
static const struct schema_field replacement_fields[] = {
    SHARE_OF_SESSIONS,
    {"after", TIME_US, AT(delay_us), RANGE("0 s", "366 days"),
     DEFAULT("10 min", "the mean time to a block, best against longer sessions"),
     .help = "how long after power was granted the second transaction is sent"},
    HELPERS,
};
static const struct schema_field stall_fields[] = {
    SHARE_OF_SESSIONS,
    {"after", TIME_US, AT(delay_us), RANGE("0 s", "366 days"), DEFAULT("1 h", ASSUMED),
     .help = "how long after power was granted the second transaction is sent"},
    {"rate", FEERATE_KWU, AT(rate_sat_per_kwu), RANGE("0.1 sat/vB", "10000 sat/vB"), DEFAULT("1 sat/vB", ""),
     .help = "what the payment offers; never less than is relayed"},
    HELPERS,
};
static const struct schema_field finney_fields[] = {
    SHARE_OF_SESSIONS,
    {"hold", TIME_US, AT(delay_us), RANGE("0 s", "1 days"), DEFAULT("10 min", ASSUMED),
     .help = "how long his block is kept back after the payment"},
    {"hash", SHARE_PPM, AT(hash_ppm), RANGE("0.01 %", "99 %"), DEFAULT("1 %", ASSUMED),
     .help = "his share of all hash rate; the chain has an attacker of at least that"},
};
static const struct schema_field hash_fields[] = {
    SHARE_OF_SESSIONS,
    {"confirmations", COUNT_UINT32, AT(confirmations), RANGE("1", "100"), DEFAULT("1", ""),
     .help = "that the payment has before his branch is published, if it is the longer one then"},
    {"give_up", COUNT_UINT32, AT(give_up_blocks), RANGE("1", "1000"), DEFAULT("20", ASSUMED),
     .help = "he gives up when he is so many blocks behind after that"},
    {"hash", SHARE_PPM, AT(hash_ppm), RANGE("0.01 %", "99 %"), DEFAULT("10 %", ASSUMED),
     .help = "his share of all hash rate; the chain has an attacker of at least that"},
};
#undef AT

#define AT(member)    .offset = offsetof(struct rail_config, onchain.member)
#define ALSO_YEN      .also = DIMENSION_BIT(DIMENSION_YEN)
#define FEERATE_KINDS .kind = KIND_CLASS, .classes = {"feerate.estimator", "feerate.position", "feerate.fixed"}
static const struct schema_field onchain_fields[] = {
    {"name", .kind = KIND_STRING, .offset = offsetof(struct rail_config, name), DEFAULT("onchain", ""),
     .help = "label in results; unique among the rails"},
    {"confirmations", COUNT_UINT32, AT(confirmations), RANGE("0", "100"), DEFAULT("0", "the trial's first outlet"),
     .help = "a payment is credited at so many; 0: when the operator accepts it unconfirmed"},
    {"settled", COUNT_UINT32, AT(settled_confirmations), RANGE("1", "100"), DEFAULT("1", ""),
     .help = "confirmations from which a payment is no risk for caps and grace"},
    {"final", COUNT_UINT32, AT(final_confirmations), RANGE("1", "100"), DEFAULT("6", "Nakamoto 2008"),
     .help = "confirmations from which a payment is the operator's for good"},
    {"delivery", .kind = KIND_ENUM, AT(delivery), .names = delivery_names, DEFAULT("direct", ""),
     .help = "the phone hands the payment to the operator, or sends it into the network"},
    {"listen", TIME_US, AT(listen_us), RANGE("0 s", "1 h"), DEFAULT("5 s", "gossip of 2018 reaches nearly all nodes"),
     .help = "how long conflicts are listened for before a payment is accepted unconfirmed"},
    {"ancestors", COUNT_UINT32, AT(ancestors_max), RANGE("0", "24"), DEFAULT("0", "confirmed inputs alone"),
     .help = "unconfirmed transactions that an unconfirmed payment may build on"},
    {"least_rate_target", COUNT_UINT32, AT(least_rate_target), RANGE("1", "1008"), WORD("any", 0), DEFAULT("2", ""),
     .help = "an unconfirmed payment must offer what the estimator says for so many blocks; \"any\": any rate"},
    {"demoted", COUNT_UINT32, AT(demoted_confirmations), RANGE("1", "100"), DEFAULT("1", "BitPay's risk mitigation"),
     .help = "confirmations that a payment not accepted unconfirmed waits for"},
    {"cap_payer", BITCOIN_MSAT, AT(cap_payer_msat), ALSO_YEN, RANGE("0 sat", "100000000000 sat"),
     WORD("unlimited", CONFIG_MSAT_UNLIMITED), DEFAULT("unlimited", ""),
     .help = "unsettled credit of one payer, in sat or JPY; what is above waits for confirmations"},
    {"cap_outlet", BITCOIN_MSAT, AT(cap_outlet_msat), ALSO_YEN, RANGE("0 sat", "100000000000 sat"),
     WORD("unlimited", CONFIG_MSAT_UNLIMITED), DEFAULT("unlimited", ""), .help = "the same of one outlet"},
    {"cap_building", BITCOIN_MSAT, AT(cap_building_msat), ALSO_YEN, RANGE("0 sat", "100000000000 sat"),
     WORD("unlimited", CONFIG_MSAT_UNLIMITED), DEFAULT("unlimited", ""), .help = "the same of the building"},
    {"conflicts", .kind = KIND_ENUM, AT(conflicts), .names = conflicts_names, DEFAULT("heeded", ""),
     .help = "power is cut when a double spend is seen; \"ignored\": only when a block has it"},
    {"grace", BITCOIN_MSAT, AT(grace_msat), ALSO_YEN, RANGE("0 sat", "100000000000 sat"),
     WORD("unlimited", CONFIG_MSAT_UNLIMITED), DEFAULT("unlimited", ""),
     .help = "value that a session may have had beyond settled money, in sat or JPY; bounds every loss but to "
             "reorganisations"},
    {"grace_time", TIME_US, AT(grace_us), RANGE("0 s", "366 days"), WORD("unlimited", INT64_MAX),
     DEFAULT("unlimited", ""), .help = "power is cut when a payment waits longer for a block"},
    {"record", .kind = KIND_ENUM, AT(record), .names = record_names, DEFAULT("none", ""),
     .help = "\"always\": each session's use is recorded on the chain, as the trial's first outlet did"},
    {"refund_fee", .kind = KIND_ENUM, AT(refund_fee), .names = refund_fee_names, DEFAULT("payer", ASSUMED),
     .help = "who bears the fee of the transaction that gives back what was not used"},
    {"operator_feerate", FEERATE_KINDS, AT(operator_feerate), DEFAULT("", ""),
     .help = "what refunds and records offer miners"},
    {"float", .kind = KIND_QUANTITY, .stored = DIMENSION_BITCOIN, .atoms = 1000, AT(float_sat),
     RANGE("0 sat", "10000000000 sat"), DEFAULT("1000000 sat", ASSUMED),
     .help = "the operator's own coins at the start"},
    {"payer_feerate", FEERATE_KINDS, AT(payer_feerate), DEFAULT("", ""), .help = "what payments offer miners"},
    {"bump", .kind = KIND_ENUM, AT(bump), .names = bump_names, DEFAULT("off", ""),
     .help = "wallets raise the fee of a payment that waits; such payments signal BIP 125"},
    {"bump_after", COUNT_UINT32, AT(bump_after_blocks), RANGE("1", "1008"), DEFAULT("2", ASSUMED),
     .help = "blocks that go without the payment before its fee is raised"},
    {"signal", SHARE_PPM, AT(signal_ppm), RANGE("0 %", "100 %"), DEFAULT("6 %", "Bitcoin Optech 2019, on 2018"),
     .help = "share of sessions whose payments signal that they may be replaced (BIP 125)"},
    {"coins", COUNT_UINT32, AT(coins), RANGE("1", "16"), DEFAULT("4", ASSUMED),
     .help = "coins in each payer's wallet at the start"},
    {"coin", .kind = KIND_QUANTITY, .stored = DIMENSION_BITCOIN, .atoms = 1000, AT(coin_sat),
     RANGE("1000 sat", "10000000000 sat"), DEFAULT("500000 sat", ASSUMED),
     .help = "value of each; a wallet with less than that buys another"},
    {"attackers", LIST(struct rail_config, onchain.frauds, onchain.fraud_count, CONFIG_FRAUDS_MAX),
     .classes = {"attacker.race", "attacker.replacement", "attacker.stall", "attacker.finney", "attacker.hash"},
     DEFAULT("", ""), .help = "payers who want energy for nothing"},
    {"never_confirms", SHARE_PPM, AT(never_confirm_ppm), RANGE("0 %", "100 %"),
     DEFAULT("0.1 %", "GAP600: published transactions that no block ever has"),
     .help = "share of honest payments that reach the operator and never a miner"},
    {"merge", COUNT_UINT32, AT(merge_coins), RANGE("6", "100000"), WORD("never", 0), DEFAULT("50", ASSUMED),
     .help = "a wallet with more coins than this merges the smallest while that is cheap"},
    {"merge_rate", FEERATE_KWU, AT(merge_rate_sat_per_kwu), RANGE("0.1 sat/vB", "10000 sat/vB"),
     DEFAULT("5 sat/vB", ASSUMED), .help = "what merging may cost at most"},
};
#undef AT

#define AT(member) .offset = offsetof(struct chain_miner, member)
static const struct schema_field miner_fields[] = {
    {"share", SHARE_PPM, AT(share_ppm), RANGE("0.01 %", "100 %"), REQUIRED,
     .help = "of the honest hash rate; shares are taken as weights"},
    {"least_rate", FEERATE_KWU, AT(least_rate_sat_per_kwu), RANGE("0.1 sat/vB", "10000 sat/vB"), WORD("relayed", 0),
     DEFAULT("relayed", ""), .help = "least feerate that his blocks take (Bitcoin Core's blockmintxfee)"},
};
#undef AT

#define AT(member) .offset = offsetof(struct chain_reorg, member)
static const struct schema_field reorg_fields[] = {
    {"at", TIME_US, AT(at_us), RANGE("0 s", "3659 days"), REQUIRED, .help = "when, from the start of the run"},
    {"depth", COUNT_UINT32, AT(depth_blocks), RANGE("1", "100"), REQUIRED,
     .help = "blocks that are replaced by one more"},
    {"content", .kind = KIND_ENUM, AT(content), .names = content_names, DEFAULT("same", ""),
     .help = "what the new blocks hold: what the old ones did, or nothing"},
};
#undef AT

#define AT(member) .offset = offsetof(struct scenario_chain, member)
#define ERA        WORD("era", SCENARIO_ERA), DEFAULT("era", "")
static const struct schema_field chain_fields[] = {
    {"era", .kind = KIND_ENUM, AT(era), .names = schema_era_names, DEFAULT("2018-03", "the field trial"),
     .help = "whose demand, block times and policy; \"empty\": nobody else is there"},
    {"background", NUMBER_UINT64, AT(background_seed), RANGE("0", "18446744073709551615"), DEFAULT("0", ""),
     .help = "names the draws of other people's demand"},
    {"trace", .kind = KIND_PATH, AT(trace_path), WORD("drawn", 0), DEFAULT("drawn", ""),
     .help = "CSV of real block times to replay (height,unix_time); \"drawn\": none"},
    {"block_target", TIME_US, AT(block_target_us), RANGE("1 s", "1 days"), DEFAULT("10 min", "Bitcoin"),
     .help = "interval that the retarget aims at"},
    {"growth", SHARE_PPM, AT(growth_ppm), RANGE("-50 %", "100 %"), WORD("era", SCENARIO_GROWTH_ERA), DEFAULT("era", ""),
     .help = "growth of the hash rate over one period of 2,016 blocks, of its logarithm"},
    {"miners", LIST(struct scenario_chain, miners, miner_count, CHAIN_MINERS_MAX), .classes = {"miner"},
     DEFAULT("", ""), .help = "honest miners; none: the sixteen that Gervais et al. 2016 measured"},
    {"template", TIME_US, AT(template_us), RANGE("0 s", "10 min"), DEFAULT("20 s", ASSUMED),
     .help = "how often a miner makes the next block's contents anew"},
    {"empty", SHARE_PPM, AT(empty_ppm), RANGE("0 %", "100 %"), DEFAULT("1 %", ASSUMED),
     .help = "share of blocks without transactions"},
    {"tx_delay", TIME_US, AT(tx_delay_us), RANGE("1 ms", "1 h"), ERA, .help = "median time of a transaction to a node"},
    {"tx_sigma", SHARE_PPM, AT(tx_delay_sigma_ppm), RANGE("0", "3"), ERA, .help = "sigma of its logarithm"},
    {"block_delay", TIME_US, AT(block_delay_us), RANGE("0 s", "10 min"), ERA,
     .help = "mean time in which the hash rate does not have a new block"},
    {"block_sigma", SHARE_PPM, AT(block_delay_sigma_ppm), RANGE("0", "3"), ERA,
     .help = "sigma of the logarithm of a miner's time"},
    {"gossip", .kind = KIND_ENUM, AT(gossip), .names = gossip_names, DEFAULT("law", ""),
     .help = "how a double spend spreads: by the odds law, or simulated node by node"},
    {"policy", .kind = KIND_ENUM, AT(policy), .names = policy_names, DEFAULT("era", ""),
     .help = "what nodes accept: replacement where it is signalled (2018), by half of the hash rate (2023), by all, and "
             "0.1 sat/vB (2025)"},
    {"min_relay", FEERATE_KWU, AT(min_relay_sat_per_kwu), RANGE("0.1 sat/vB", "100 sat/vB"), ERA,
     .help = "least feerate that is relayed"},
    {"full_rbf", SHARE_PPM, AT(full_rbf_ppm), RANGE("0 %", "100 %"), ERA,
     .help = "share of the hash rate that replaces whatever pays more, signalled or not"},
    {"peers", COUNT_UINT32, AT(peers), RANGE("1", "1000"), DEFAULT("8", "Bitcoin Core's outbound connections"),
     .help = "nodes that the operator's node sends a payment to first"},
    {"observers", COUNT_UINT32, AT(observers), RANGE("0", "10000"), DEFAULT("0", ""),
     .help = "further nodes that tell the operator of double spends"},
    {"attacker", SHARE_PPM, AT(attacker_share_ppm), RANGE("0 %", "99 %"), DEFAULT("0 %", ""),
     .help = "share of all hash rate that is an attacker's"},
    {"reorgs", LIST(struct scenario_chain, reorgs, reorg_count, CHAIN_REORGS_MAX), .classes = {"reorg"},
     DEFAULT("", ""), .help = "reorganisations that are forced"},
};
#undef AT

#define AT(member) .offset = offsetof(struct payment_config, member)
static const struct schema_field payment_fields[] = {
    {"purchase", ENERGY_UJ, AT(purchase_uj), RANGE("0.1 Wh", "1000 kWh"), WORD("all", INT64_MAX),
     DEFAULT("1 kWh", ASSUMED), .help = "energy bought with one payment; \"all\": the whole demand at once"},
    {"reorder", ENERGY_UJ, AT(reorder_uj), RANGE("0 Wh", "1000 kWh"), DEFAULT("100 Wh", ASSUMED),
     .help = "the next purchase is made when credit for no more than this is left"},
    {"retry", TIME_US, AT(retry_us), RANGE("1 ms", "1 days"), DEFAULT("30 s", ASSUMED),
     .help = "wait before a failed payment is tried again"},
    {"retries", COUNT_UINT32, AT(retries_max), RANGE("0", "100000"), DEFAULT("20", ASSUMED),
     .help = "how often one payment is tried again before the session gives up"},
};
#undef AT

#define AT(member) .offset = offsetof(struct scenario, member)
static const struct schema_field scenario_fields[] = {
    {"name", .kind = KIND_STRING, AT(config.name), REQUIRED, .help = "title in results and reports"},
    {"params", .kind = KIND_PARAMS, DEFAULT("", ""),
     .help = "table of k.param, if they are not declared by k.params; used through k.p \"name\""},
    {"start", .kind = KIND_DATE, AT(config.start_unix_s), DEFAULT("2018-03-01", "first day of the field trial"),
     .help = "civil time at the start of the run; no zones, no summer time"},
    {"duration", TIME_US, AT(config.duration_us), RANGE("1 s", "3660 days"), REQUIRED, .help = "simulated time"},
    {"warmup", TIME_US, AT(config.warmup_us), RANGE("0 s", "3660 days"), DEFAULT("0 s", ""),
     .help = "nothing before this counts in metrics"},
    {"series_step", TIME_US, AT(config.series_step_us), RANGE("1 s", "1 days"), DEFAULT("5 min", ""),
     .help = "step of the load series"},
    {"exchange", YEN_PER_BTC, AT(config.yen_per_btc), RANGE("1 JPY/BTC", "1000000000 JPY/BTC"),
     DEFAULT("1150000 JPY/BTC", "about the rate of 1 March 2018"), .help = "what a bitcoin is worth"},
    {"seed", NUMBER_UINT64, AT(seed), RANGE("0", "18446744073709551615"), DEFAULT("1", ""),
     .help = "seed of the study, if the command gives none"},
    {"replications", COUNT_UINT32, AT(replications), RANGE("1", "1000000"), DEFAULT("20", ""),
     .help = "number of runs with other random numbers, if the command gives none"},
    {"replications_max", COUNT_UINT32, AT(replications_max), RANGE("0", "1000000"), DEFAULT("0", ""),
     .help = "while a threshold is undecided, run twice as many, up to so many; 0: stay undecided"},
    {"building", .kind = KIND_CLASS, AT(config.building), .classes = {"building"}, DEFAULT("", ""),
     .help = "where it happens"},
    {"devices", LIST(struct scenario, devices, device_count, SCENARIO_DEVICES_MAX), .classes = {"device"},
     DEFAULT("", ""), .help = "outlets that are devices instead of models; for konsento bridge run"},
    {"fleet", .kind = KIND_CLASS, AT(config.fleet), .classes = {"fleet.replay", "fleet.cars", "fleet.profile", "fleet.resample"},
     REQUIRED, .help = "who comes and charges"},
    {"tariff", .kind = KIND_CLASS, AT(config.tariff), .classes = {"tariff.flat", "tariff.time_of_use", "tariff.csv"},
     .callback = "fun(t: konsento.Time): number", .callback_tag = TARIFF_CALLBACK, DEFAULT("", ""),
     .help = "price of energy; a function is asked once per tariff_step and returns JPY/kWh"},
    {"tariff_step", TIME_US, AT(config.tariff.step_us), RANGE("1 min", "1 days"), DEFAULT("30 min", ""),
     .help = "how often a tariff function is asked"},
    {"market", .kind = KIND_CLASS, AT(config.market), .classes = {"market"}, DEFAULT("", ""),
     .help = "where flats trade energy with each other"},
    {"aggregator", .kind = KIND_CLASS, AT(config.aggregator), .classes = {"aggregator"}, DEFAULT("", ""),
     .help = "who steers the building for requests from outside"},
    {"dispatch", .kind = KIND_CLASS, AT(config.aggregator.dispatch), .classes = {"requests"},
     .callback = "fun(t: konsento.Time, site: konsento.Site): number", .callback_tag = DISPATCH_CALLBACK,
     DEFAULT("", ""), .help = "reductions requested; a function is asked once per slot and returns W, 0 for none"},
    {"chain", .kind = KIND_CLASS, AT(chain), .classes = {"chain"}, DEFAULT("", ""),
     .help = "the public blockchain, for the rails that need it"},
    {"payment", .kind = KIND_CLASS, AT(config.payment), .classes = {"payment"}, DEFAULT("", ""),
     .help = "how a session buys its energy, on every rail alike"},
    {"reach", .kind = KIND_CLASS, AT(config.access), .classes = {"reach"}, DEFAULT("", ""),
     .help = "when phones and outlets can be reached, on every rail alike"},
    {"rails", LIST(struct scenario, config.rails, config.rail_count, CONFIG_RAILS_MAX),
     .classes = {"rail.cloud", "rail.onchain", "rail.lightning", "rail.node"}, DEFAULT("one", ""),
     .help = "payment rails to compare, on the same arrivals"},
    {"baseline", .kind = KIND_STRING, AT(baseline), DEFAULT("", ""),
     .help = "name of the rail that the others are compared with; \"\": the first one"},
    {"sweep", .kind = KIND_CLASS, AT(sweep), .classes = {"sweep"}, DEFAULT("", ""),
     .help = "the points of konsento sweep, if the command gives none"},
    {"thresholds", .kind = KIND_CHECKS, DEFAULT("", ""),
     .help = "limits that make the scenario a test: \"metric op value unit [where rail=name]\""},
};
#undef AT

#define CLASS(constructor, rows, text) constructor, rows, COUNT(rows), text
#define TAG(type, member, value)       true, offsetof(type, member), value
#define NO_TAG                         false, 0, 0

const struct schema_class schema_classes[] = {
    {CLASS("scenario", scenario_fields, "one world and the questions put to it; the file returns it"), NO_TAG},
    {CLASS("building", schema_building_fields, "an apartment house"), NO_TAG},
    {CLASS("outlets", schema_outlets_fields, "outlets that a payment switches on"), NO_TAG},
    {CLASS("household", schema_household_fields, "what homes use beside cars, half-hour by half-hour"), NO_TAG},
    {CLASS("roof", schema_roof_fields, "solar modules on the roof, under a modeled sky or a file's"), NO_TAG},
    {CLASS("transformer", schema_transformer_fields, "a distribution transformer, its heat and its ageing"), NO_TAG},
    {CLASS("idle", schema_idle_fields, "what becomes of cars that are full"), NO_TAG},
    {CLASS("sharing", schema_sharing_fields, "outlets of residents, lent to visitors"), NO_TAG},
    {CLASS("investment", schema_investment_fields, "what outlets and energy cost the operator"), NO_TAG},
    {CLASS("device", schema_device_fields, "an outlet of the building that is a device: a plug, a charger, a meter"),
     NO_TAG},
    {CLASS("fleet.replay", schema_replay_fields, "sessions as they were recorded"),
     TAG(struct fleet_config, source, FLEET_REPLAY)},
    {CLASS("fleet.cars", schema_cars_fields, "cars of residents: away, home, perhaps plugged in; a model of apartments"),
     TAG(struct fleet_config, source, FLEET_CARS)},
    {CLASS("fleet.profile", schema_profile_fields, "sessions as a fitted profile makes them"),
     TAG(struct fleet_config, source, FLEET_PROFILE)},
    {CLASS("fleet.resample", schema_resample_fields, "cars that live on as users of a recording did"),
     TAG(struct fleet_config, source, FLEET_RESAMPLE)},
    {CLASS("holiday", schema_holiday_fields, "a day that is as at a weekend"), NO_TAG},
    {CLASS("car", schema_car_fields, "battery and charger"), NO_TAG},
    {CLASS("tariff.flat", flat_fields, "one price"), TAG(struct tariff_config, kind, TARIFF_FLAT)},
    {CLASS("tariff.time_of_use", time_of_use_fields, "prices by time of day and kind of day"),
     TAG(struct tariff_config, kind, TARIFF_TIME_OF_USE)},
    {CLASS("tariff.csv", tariff_csv_fields, "prices by time of day and kind of day, from a file"),
     TAG(struct tariff_config, kind, TARIFF_CSV)},
    {CLASS("band", band_fields, "one band of a time-of-use tariff"), NO_TAG},
    {CLASS("market", schema_market_fields, "energy traded in the house"), NO_TAG},
    {CLASS("aggregator", schema_aggregator_fields, "baseline and steering for requests"), NO_TAG},
    {CLASS("requests", schema_requests_fields, "reductions requested at fixed times"),
     TAG(struct dispatch_config, kind, DISPATCH_REQUESTS)},
    {CLASS("request", schema_request_fields, "one reduction"), NO_TAG},
    {CLASS("payment", payment_fields, "how a session buys its energy"), NO_TAG},
    {CLASS("reach", schema_reach_fields, "the building's router, the garage's radio"), NO_TAG},
    {CLASS("sweep", schema_sweep_fields, "the points of a sweep, and how exact it is to be"), NO_TAG},
    {CLASS("axis", schema_axis_fields, "one parameter or field that varies"), NO_TAG},
    {CLASS("target", schema_target_fields, "how exact a metric is to be"), NO_TAG},
    {CLASS("rail.cloud", cloud_fields, "account or card at a central provider"),
     TAG(struct rail_config, kind, RAIL_CLOUD)},
    {CLASS("outage", outage_fields, "a provider, or a router, is gone"), NO_TAG},
    {CLASS("rail.onchain", onchain_fields, "payments in transactions on the public blockchain"),
     TAG(struct rail_config, kind, RAIL_ONCHAIN)},
    {CLASS("rail.lightning", schema_lightning_fields, "payments in channels"),
     TAG(struct rail_config, kind, RAIL_LIGHTNING)},
    {CLASS("rail.node", schema_node_fields, "payments that a real Lightning node is paid, told through a socket"),
     TAG(struct rail_config, kind, RAIL_NODE)},
    {CLASS("invoice", schema_invoice_fields, "a payment that such a node waits for"), NO_TAG},
    {CLASS("feerate.fixed", fixed_fields, "always the same feerate"), TAG(struct feerate_config, kind, FEERATE_FIXED)},
    {CLASS("feerate.estimator", target_fields, "what Bitcoin Core's estimator says: what was confirmed before"),
     TAG(struct feerate_config, kind, FEERATE_ESTIMATOR)},
    {CLASS("feerate.position", target_fields, "what the next blocks would take of the mempool as it is"),
     TAG(struct feerate_config, kind, FEERATE_POSITION)},
    {CLASS("attacker.race", race_fields, "spends the same coins at the same time, through other nodes"),
     TAG(struct fraud_config, method, FRAUD_RACE)},
    {CLASS("attacker.replacement", replacement_fields, "spends the same coins later, for a higher fee"),
     TAG(struct fraud_config, method, FRAUD_REPLACEMENT)},
    {CLASS("attacker.stall", stall_fields, "offers miners little, then spends the same coins for more"),
     TAG(struct fraud_config, method, FRAUD_STALL)},
    {CLASS("attacker.finney", finney_fields, "keeps back a block that spends the same coins"),
     TAG(struct fraud_config, method, FRAUD_FINNEY)},
    {CLASS("attacker.revoked", schema_revoked_fields, "closes a channel as it was before it paid"),
     TAG(struct lightning_attack, method, LIGHTNING_ATTACK_REVOKED)},
    {CLASS("attacker.grief", schema_grief_fields, "lets refunds hang until they expire"),
     TAG(struct lightning_attack, method, LIGHTNING_ATTACK_GRIEF)},
    {CLASS("attacker.jam", schema_jam_fields, "fills channels with parts of payments that never become whole"),
     TAG(struct lightning_attack, method, LIGHTNING_ATTACK_JAM)},
    {CLASS("attacker.hash", hash_fields, "mines a branch in secret that spends the same coins"),
     TAG(struct fraud_config, method, FRAUD_HASH)},
    {CLASS("chain", chain_fields, "the public blockchain: miners, nodes, everybody else's transactions"), NO_TAG},
    {CLASS("miner", miner_fields, "a miner or pool"), NO_TAG},
    {CLASS("reorg", reorg_fields, "a reorganisation that is forced"), NO_TAG},
    {CLASS("lab", schema_lab_fields, "experiments on models alone, without a building; the file returns it"), NO_TAG},
    {CLASS("experiment.formula", schema_formula_fields, "closed forms of the attacker's race against printed tables"),
     TAG(struct lab_experiment, kind, LAB_FORMULA)},
    {CLASS("cell", schema_cell_fields, "one place of a printed table"), NO_TAG},
    {CLASS("experiment.race", schema_race_fields,
           "an attacker with a share of the hash rate tries to catch up, block by block"),
     TAG(struct lab_experiment, kind, LAB_RACE)},
    {CLASS("experiment.waiting", schema_waiting_fields,
           "waiting for confirmations at a constant hash rate, against Erlang's distribution"),
     TAG(struct lab_experiment, kind, LAB_WAITING)},
    {CLASS("experiment.period", schema_period_fields,
           "waiting in one real period of 2,016 blocks, against periods as they are drawn"),
     TAG(struct lab_experiment, kind, LAB_PERIOD)},
    {CLASS("experiment.retarget", schema_retarget_fields, "the difficulty's change after a real period"),
     TAG(struct lab_experiment, kind, LAB_RETARGET)},
    {CLASS("experiment.growth", schema_growth_fields, "length of a period while the hash rate grows, against its law"),
     TAG(struct lab_experiment, kind, LAB_GROWTH)},
    {CLASS("experiment.stale", schema_stale_fields,
           "blocks that lose, on the whole chain with its miners, against their law"),
     TAG(struct lab_experiment, kind, LAB_STALE)},
    {CLASS("experiment.gossip", schema_gossip_fields, "one transaction through a network of nodes"),
     TAG(struct lab_experiment, kind, LAB_GOSSIP)},
    {CLASS("experiment.conflict", schema_conflict_fields,
           "two transactions that exclude each other in such a network: the odds law"),
     TAG(struct lab_experiment, kind, LAB_CONFLICT)},
    {CLASS("experiment.observers", schema_observers_fields,
           "double spends that are mined and that no observer has seen, against their bound"),
     TAG(struct lab_experiment, kind, LAB_OBSERVERS)},
    {CLASS("experiment.late", schema_late_fields, "double spends that come late"),
     TAG(struct lab_experiment, kind, LAB_LATE)},
    {CLASS("experiment.size", schema_size_fields, "one real transaction, built, signed and weighed"),
     TAG(struct lab_experiment, kind, LAB_SIZE)},
    {CLASS("experiment.mempool", schema_mempool_fields, "the mempool and the fees of an era's days"),
     TAG(struct lab_experiment, kind, LAB_MEMPOOL)},
    {CLASS("experiment.estimator", schema_estimator_fields,
           "how long the fee estimator lags behind demand that has fallen"),
     TAG(struct lab_experiment, kind, LAB_ESTIMATOR)},
};
const size_t schema_class_count = COUNT(schema_classes);

const struct schema_class *schema_find(const char *name)
{
    for (size_t i = 0; i < schema_class_count; i++)
        if (strcmp(schema_classes[i].name, name) == 0)
            return &schema_classes[i];
    return NULL;
}

const struct schema_field *schema_field(const struct schema_class *class, const char *name)
{
    for (size_t i = 0; i < class->field_count; i++)
        if (strcmp(class->fields[i].name, name) == 0)
            return &class->fields[i];
    return NULL;
}

unsigned schema_dimensions(const struct schema_field *field)
{
    return field->kind == KIND_QUANTITY ? DIMENSION_BIT(field->stored) | field->also : 0;
}
