/* rules.c: what no single field of a scenario can say: conversions, names, times that must fit together.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/check.h"

#include "models/calendar.h"
#include "models/site/building.h"
#include "scenarios/lang/callback.h"
#include "scenarios/lang/suggest.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <math.h>
#include <string.h>

#define SERIES_STEPS_MAX 10000000

/* Power into current of the service's legs; yen into millisatoshi at the exchange rate. -1: cannot be said. */
static int64_t convert(const struct world_config *config, const struct quantity *quantity)
{
    if (quantity->dimension == DIMENSION_POWER && config->building.outlets.voltage_v > 0)
        return quantity->atoms / building_service_v(&config->building); /* mW / V = mA */
    if (quantity->dimension == DIMENSION_YEN && config->yen_per_btc > 0) {
        double msat = (double)quantity->atoms * 1e5 / config->yen_per_btc; /* 1e-6 yen to 1e-11 BTC */
        return msat < 9e18 ? llround(msat) : INT64_MAX;
    }
    return -1;
}

static bool inside(const struct schema_field *field, int64_t value)
{
    struct quantity low = {field->stored, 0}, high = low;
    if (quantity_parse(&low, field->min, DIMENSION_BIT(field->stored)) != QUANTITY_OK ||
        quantity_parse(&high, field->max, DIMENSION_BIT(field->stored)) != QUANTITY_OK)
        return false;
    return value >= low.atoms && value <= high.atoms;
}

static void convert_pending(struct check *check)
{
    for (size_t i = 0; i < check->pending_count; i++) {
        const struct pending *pending = &check->pending[i];
        char text[64], written[64];
        int64_t value = convert(&check->scenario->config, &pending->quantity);
        if (value < 0 && pending->quantity.atoms >= 0)
            continue; /* the voltage or the rate is wrong itself */
        struct quantity converted = {pending->field->stored, value};
        if (inside(pending->field, value))
            *pending->out = value / pending->field->atoms;
        else
            check_error(check, pending->path, "%s = \"%s\" is %s, outside %s .. %s", pending->path,
                        quantity_format(written, &pending->quantity), quantity_format(text, &converted),
                        pending->field->min, pending->field->max);
    }
}

static bool is_label(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return length > 0 && name[length] == '\0' && length <= 40;
}

static void check_arms(struct check *check)
{
    const struct scenario *scenario = check->scenario;
    const char *list = scenario_is_lab(scenario) ? "experiments" : "rails", *word = scenario_arm_word(scenario);
    char path[64];
    for (size_t i = 0; i < scenario_arm_count(scenario); i++) {
        const char *name = scenario_arm_name(scenario, i);
        snprintf(path, sizeof path, "%s[%zu].name", list, i + 1);
        if (name == NULL)
            continue;
        if (!is_label(name))
            check_error(check, path, "%s = \"%s\" must be 1 to 40 letters, digits, '_' or '-'", path, name);
        size_t j = 0;
        while (j < i && (scenario_arm_name(scenario, j) == NULL || strcmp(name, scenario_arm_name(scenario, j)) != 0))
            j++;
        if (j < i)
            check_error(check, path, "%s = \"%s\" is the name of %s[%zu] as well: give each %s its own", path, name,
                        list, j + 1, word);
    }
}

static void check_replications(struct check *check)
{
    const struct scenario *scenario = check->scenario;
    if (scenario->replications_max > 0 && scenario->replications_max < scenario->replications)
        check_error(check, "replications_max", "replications_max = %" PRIu32 " is less than replications = %" PRIu32,
                    scenario->replications_max, scenario->replications);
}

static void check_baseline(struct check *check)
{
    const struct scenario *scenario = check->scenario;
    struct suggestion suggestion;
    char near[96];
    if (scenario->baseline == NULL || *scenario->baseline == '\0')
        return;
    suggest_begin(&suggestion, scenario->baseline);
    for (size_t i = 0; i < scenario_arm_count(scenario); i++) {
        const char *name = scenario_arm_name(scenario, i);
        if (name != NULL && strcmp(name, scenario->baseline) == 0)
            return;
        if (name != NULL)
            suggest_offer(&suggestion, name);
    }
    check_error(check, "baseline", "baseline = \"%s\" is the name of no rail%s", scenario->baseline,
                suggest_text(near, &suggestion));
}

/* Sorts by begin and refuses what overlaps. */
static void check_outages(struct check *check, size_t rail)
{
    struct cloud_config *cloud = &check->scenario->config.rails[rail].cloud;
    size_t order[CONFIG_OUTAGES_MAX];
    struct outage_config sorted[CONFIG_OUTAGES_MAX];
    for (size_t i = 0; i < cloud->outage_count; i++) {
        size_t j = i;
        for (; j > 0 && sorted[j - 1].at_us > cloud->outages[i].at_us; j--) {
            sorted[j] = sorted[j - 1];
            order[j] = order[j - 1];
        }
        sorted[j] = cloud->outages[i];
        order[j] = i;
    }
    for (size_t i = 1; i < cloud->outage_count; i++) {
        char path[64];
        if (sorted[i].at_us - sorted[i - 1].at_us >= sorted[i - 1].duration_us)
            continue;
        snprintf(path, sizeof path, "rails[%zu].outages[%zu]", rail + 1, order[i] + 1);
        check_error(check, path, "%s begins before the end of outages[%zu]", path, order[i - 1] + 1);
    }
    memcpy(cloud->outages, sorted, cloud->outage_count * sizeof sorted[0]);
}

static const char *clock_text(char out[64], int64_t us)
{
    snprintf(out, 64, "%02d:%02d", (int)(us / HOUR_US), (int)(us / MINUTE_US % 60));
    return out;
}

/* The bands of one kind of day must cover 0 h to 24 h without gap and overlap: goes from edge to edge. */
static void check_day(struct check *check, enum day_type day, const char *day_name)
{
    const struct tariff_config *tariff = &check->scenario->config.tariff;
    char begin[64], end[64];
    for (int64_t at = 0; at < DAY_US;) {
        size_t covers = 0, last = 0, first = 0;
        int64_t next = DAY_US;
        for (size_t i = 0; i < tariff->band_count; i++) {
            const struct tariff_band *band = &tariff->bands[i];
            if (band->day != DAY_ANY && band->day != day)
                continue;
            if (band->start_us <= at && at < band->end_us) {
                first = covers == 0 ? i : first;
                last = i;
                covers++;
            }
            if (band->start_us > at && band->start_us < next)
                next = band->start_us;
            if (band->end_us > at && band->end_us < next)
                next = band->end_us;
        }
        clock_text(begin, at);
        clock_text(end, next);
        char path[64];
        snprintf(path, sizeof path, "tariff.bands[%zu]", last + 1);
        if (covers == 0)
            check_error(check, "tariff.bands", "tariff.bands: no price on a %s from %s to %s", day_name, begin, end);
        else if (covers > 1)
            check_error(check, path, "%s overlaps bands[%zu] on a %s from %s to %s", path, first + 1, day_name, begin,
                        end);
        at = next;
    }
}

static void check_bands(struct check *check)
{
    const struct tariff_config *tariff = &check->scenario->config.tariff;
    bool good = true;
    if (tariff->kind != TARIFF_TIME_OF_USE || tariff->band_count == 0)
        return;
    for (size_t i = 0; i < tariff->band_count; i++) {
        char path[64];
        if (tariff->bands[i].start_us < tariff->bands[i].end_us)
            continue;
        snprintf(path, sizeof path, "tariff.bands[%zu]", i + 1);
        check_error(check, path, "%s ends before it begins: a band over midnight is written as two", path);
        good = false;
    }
    if (!good)
        return;
    check_day(check, DAY_WEEKDAY, "weekday");
    check_day(check, DAY_WEEKEND, "weekend");
}

static void check_times(struct check *check)
{
    const struct world_config *config = &check->scenario->config;
    if (config->duration_us <= 0 || config->series_step_us <= 0)
        return; /* told already */
    if (config->warmup_us >= config->duration_us)
        check_error(check, "warmup", "warmup must be shorter than duration");
    if (config->duration_us / config->series_step_us > SERIES_STEPS_MAX)
        check_error(check, "series_step", "series_step gives more than %d steps in duration", SERIES_STEPS_MAX);
    if (config->payment.reorder_uj > config->payment.purchase_uj)
        check_error(check, "payment.reorder", "payment.reorder must not be more than payment.purchase");
    const struct building_config *building = &config->building;
    if (building->strategy != STRATEGY_NONE && building->minimum_current_ma > building->outlets.current_ma)
        check_error(check, "building.minimum_current",
                    "building.minimum_current must not be more than outlets.current: no car could charge");
}

static void check_building(struct check *check)
{
    const struct building_config *building = &check->scenario->config.building;
    if (building->outlets.phases == 2)
        check_error(check, "building.outlets.phases", "building.outlets.phases must be 1 or 3");
    if (building->outlets.phases == 3 && building->wiring != WIRING_THREE_PHASE)
        check_error(check, "building.outlets.phases",
                    "building.outlets.phases = 3 needs building.wiring = \"three_phase\"");
    if (building->roof.owners > building->flats)
        check_error(check, "building.roof.owners", "building.roof.owners must not be more than building.flats");
    const struct sharing_config *sharing = &building->sharing;
    if (sharing->from_us > sharing->to_us || sharing->weekend_from_us > sharing->weekend_to_us)
        check_error(check, "building.sharing", "building.sharing: lending ends before it begins");
    if ((sharing->owned_ppm > 0 || sharing->visits_ppm > 0) && building->outlets.count > 0)
        check_error(check, "building.sharing",
                    "building.sharing needs outlets.count = \"each\": a shared pool is nobody's own");
}

/* Devices are outlets of this building, each once on a rail, and nobody but the session decides what flows there. */
static void check_devices(struct check *check)
{
    struct scenario *scenario = check->scenario;
    const struct world_config *config = &scenario->config;
    char path[64];
    uint32_t next[CONFIG_RAILS_MAX] = {0};
    for (size_t i = 0; i < scenario->device_count; i++) {
        struct scenario_device *device = &scenario->devices[i];
        size_t rail = scenario_device_rail(scenario, i);
        snprintf(path, sizeof path, "devices[%zu].rail", i + 1);
        if (rail == config->rail_count) {
            check_error(check, path, "%s must be the name of a rail; only with one rail it may be left out", path);
            continue;
        }
        device->outlet = device->outlet == 0 ? next[rail] + 1 : device->outlet;
        next[rail] = device->outlet;
        snprintf(path, sizeof path, "devices[%zu].outlet", i + 1);
        if (config->building.outlets.count > 0 && device->outlet > config->building.outlets.count)
            check_error(check, path, "%s: the building has only %" PRIu32 " outlets", path,
                        config->building.outlets.count);
        for (size_t k = 0; k < i; k++)
            if (scenario->devices[k].outlet == device->outlet && scenario_device_rail(scenario, k) == rail)
                check_error(check, path, "%s: devices[%zu] is that outlet already", path, k + 1);
    }
    bool is_steered = config->building.strategy != STRATEGY_NONE || config->fleet.car.feed_w > 0 ||
                      config->market.rule != MARKET_NONE;
    if (scenario->device_count > 0 && is_steered)
        check_error(check, "devices",
                    "devices do not go with building.strategy, car.feed or a market: what a device "
                    "draws is decided by its car alone");
}

/* Hashes are hashes, each awaited once, each of an outlet that is there. */
static void check_invoices(struct check *check, size_t rail)
{
    const struct world_config *config = &check->scenario->config;
    const struct node_config *node = &config->rails[rail].node;
    char path[80];
    for (size_t i = 0; config->rails[rail].kind == RAIL_NODE && i < node->invoice_count; i++) {
        const char *hash = node->invoices[i].payment_hash;
        snprintf(path, sizeof path, "rails[%zu].invoices[%zu].payment_hash", rail + 1, i + 1);
        if (strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64)
            check_error(check, path, "%s must be 64 hexadecimal digits, small letters", path);
        for (size_t k = 0; k < i; k++)
            if (strcmp(node->invoices[k].payment_hash, hash) == 0)
                check_error(check, path, "%s is awaited twice", path);
        snprintf(path, sizeof path, "rails[%zu].invoices[%zu].outlet", rail + 1, i + 1);
        if (config->building.outlets.count > 0 && node->invoices[i].outlet > config->building.outlets.count)
            check_error(check, path, "%s: the building has only %" PRIu32 " outlets", path,
                        config->building.outlets.count);
    }
}

/* What is forced after the end would not be forced at all. */
static void check_reorgs(struct check *check)
{
    const struct world_config *config = &check->scenario->config;
    char path[64];
    for (uint32_t i = 0; i < config->chain.reorg_count; i++) {
        snprintf(path, sizeof path, "chain.reorgs[%" PRIu32 "].at", i + 1);
        if (config->chain.reorgs[i].at_us >= config->duration_us)
            check_error(check, path, "%s must be before the end of duration", path);
    }
}

static int64_t chosen(int64_t written, int64_t era)
{
    return written == SCENARIO_ERA ? era : written;
}

/* Puts what the scenario says about the chain over what its era says. */
static void complete_chain(struct scenario *scenario)
{
    const struct scenario_chain *written = &scenario->chain;
    struct chain_config *chain = &scenario->config.chain;
    chain_config_init(chain, (enum chain_era)written->era);
    chain_config_policy(chain, (enum chain_policy)written->policy);
    chain->background_seed = written->background_seed;
    chain->trace_path = written->trace_path;
    chain->block_target_us = written->block_target_us;
    if (written->growth_ppm != SCENARIO_GROWTH_ERA)
        chain->growth_per_period_ppm = written->growth_ppm;
    if (written->miner_count > 0) {
        chain->miner_count = (uint32_t)written->miner_count;
        memcpy(chain->miners, written->miners, sizeof chain->miners);
    }
    chain->template_us = written->template_us;
    chain->empty_ppm = written->empty_ppm;
    chain->tx_delay_us = chosen(written->tx_delay_us, chain->tx_delay_us);
    chain->tx_delay_sigma_ppm = chosen(written->tx_delay_sigma_ppm, chain->tx_delay_sigma_ppm);
    chain->block_delay_us = chosen(written->block_delay_us, chain->block_delay_us);
    chain->block_delay_sigma_ppm = chosen(written->block_delay_sigma_ppm, chain->block_delay_sigma_ppm);
    chain->gossip = (enum chain_gossip)written->gossip;
    chain->min_relay_sat_per_kwu = (uint32_t)chosen(written->min_relay_sat_per_kwu, chain->min_relay_sat_per_kwu);
    chain->full_rbf_ppm = chosen(written->full_rbf_ppm, chain->full_rbf_ppm);
    chain->peers = written->peers;
    chain->observers = written->observers;
    chain->attacker_share_ppm = written->attacker_share_ppm;
    memcpy(chain->reorgs, written->reorgs, sizeof chain->reorgs);
    chain->reorg_count = (uint32_t)written->reorg_count;
}

/* One on-chain rail: depths that fit together, attackers that are possible. He who mines is on the chain of all rails,
 * which stay comparable. */
static void check_onchain(struct check *check, size_t rail)
{
    struct world_config *config = &check->scenario->config;
    const struct onchain_config *onchain = &config->rails[rail].onchain;
    int64_t shares_ppm = 0;
    char path[80];
    if (config->rails[rail].kind != RAIL_ONCHAIN)
        return;
    snprintf(path, sizeof path, "rails[%zu].final", rail + 1);
    if (onchain->final_confirmations < onchain->confirmations ||
        onchain->final_confirmations < onchain->settled_confirmations ||
        onchain->final_confirmations < onchain->demoted_confirmations)
        check_error(check, path, "%s must not be less than confirmations, settled and demoted", path);
    for (size_t i = 0; i < onchain->fraud_count; i++) {
        const struct fraud_config *fraud = &onchain->frauds[i];
        shares_ppm += fraud->share_ppm;
        bool is_miner = fraud->method == FRAUD_FINNEY || fraud->method == FRAUD_HASH;
        if (is_miner && config->chain.attacker_share_ppm < fraud->hash_ppm)
            config->chain.attacker_share_ppm = fraud->hash_ppm;
    }
    snprintf(path, sizeof path, "rails[%zu].attackers", rail + 1);
    if (shares_ppm > 1000000)
        check_error(check, path, "the shares of %s are more than 100 %% together", path);
}

/* One Lightning rail: channels that can be opened, deposits that fit, outlets that keep less than they may have. */
static void check_lightning(struct check *check, size_t rail)
{
    const struct lightning_config *config = &check->scenario->config.rails[rail].lightning;
    char path[80];
    if (check->scenario->config.rails[rail].kind != RAIL_LIGHTNING)
        return;
    snprintf(path, sizeof path, "rails[%zu].push", rail + 1);
    if (config->push_sat >= config->capacity_sat)
        check_error(check, path, "%s must be less than capacity", path);
    snprintf(path, sizeof path, "rails[%zu].deposit_slices", rail + 1);
    if (config->plan == LIGHTNING_DEPOSIT && config->deposit_slices > config->htlcs)
        check_error(check, path, "%s must not be more than htlcs", path);
    snprintf(path, sizeof path, "rails[%zu].rebalance_to", rail + 1);
    if (config->rebalance_to_ppm >= config->rebalance_above_ppm)
        check_error(check, path, "%s must be less than rebalance_above", path);
    snprintf(path, sizeof path, "rails[%zu].hops", rail + 1);
    if (config->hops == LIGHTNING_HOPS_REAL && config->topology != LIGHTNING_PUBLIC)
        check_error(check, path, "%s = \"real\" needs topology = \"public\": others have no hops of strangers", path);
    if (config->hops == LIGHTNING_HOPS_REAL && config->traffic_us > 0)
        check_error(check, path, "%s = \"real\" has no traffic of others: traffic must be \"none\"", path);
}

/* What comes late comes between two times. */
static void check_experiments(struct check *check)
{
    const struct lab_config *lab = &check->scenario->lab;
    char path[64];
    for (size_t i = 0; i < lab->experiment_count; i++) {
        const struct lab_experiment *experiment = &lab->experiments[i];
        snprintf(path, sizeof path, "experiments[%zu].to", i + 1);
        if (experiment->kind == LAB_LATE && experiment->late.to_us <= experiment->late.from_us)
            check_error(check, path, "%s must be later than from", path);
    }
}

void check_rules(struct check *check)
{
    bool sound = check->reader->diagnostics->errors == 0;
    convert_pending(check);
    check_arms(check);
    if (scenario_is_lab(check->scenario)) {
        if (sound)
            check_experiments(check);
        return;
    }
    check_times(check);
    check_baseline(check);
    check_replications(check);
    /* These need sound parts: a wrong time of one band would be told again as a gap. */
    if (!sound)
        return;
    check_building(check);
    complete_chain(check->scenario);
    check_reorgs(check);
    for (size_t i = 0; i < check->scenario->config.rail_count; i++) {
        check_outages(check, i);
        check_onchain(check, i);
        check_lightning(check, i);
        check_invoices(check, i);
    }
    check_bands(check);
    check_trading(check);
    check_devices(check);
    if (scenario_has_callbacks(check->scenario))
        callback_try(check);
}
