/* lightning_place.c: nodes and links of the rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_place.h"

#include "models/rails/lightning_adversary.h"
#include "models/rails/lightning_books.h"
#include "models/rails/lightning_public.h"
#include "models/rails/lightning_tap.h"

#include <stdlib.h>
#include <string.h>

/* Names of streams: the same phone on every rail. */
#define OUTLET_KEY (UINT64_C(1) << 20)
#define HUB_KEY    (UINT64_C(1) << 21)
#define OTHER_KEY  (UINT64_C(1) << 22)

/* Who has one way must not shun it for an hour because an outlet was away for a moment (docs/models.md, adversaries).
 */
#define LESSON_S 60

#define COMMITMENT_WU 1000   /* with an HTLC or two */
#define SPARE_SAT     300000 /* for fees, in each of the operator's coins */

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static void set_limits(struct ln_node_config *config, const struct lightning *rail, enum station_role role)
{
    uint32_t htlcs = rail->config->htlcs, channels = config->limits.channels;
    bool is_phone = role == STATION_PHONE;
    config->limits.htlcs = is_phone ? 2 * htlcs : 2 * htlcs + 4 * channels;
    config->limits.links = is_phone ? 2 * htlcs : config->limits.htlcs;
    config->limits.invoices = is_phone ? 8 : 32;
    bool has_slices = rail->config->plan == LIGHTNING_DEPOSIT;
    config->limits.payments = is_phone ? 4 + (has_slices ? 2 * rail->config->deposit_slices : 0) : 8;
    config->limits.attempts = is_phone ? 2 * htlcs : 32;
    config->limits.lessons = 16;
}

static void configure(struct ln_node_config *config, const struct lightning *rail, enum station_role role)
{
    const struct lightning_config *asked = rail->config;
    bool is_hub = role == STATION_HUB || role == STATION_PROVIDER;
    uint32_t peers = role == STATION_PHONE    ? 4
                     : is_hub                 ? 2 * (rail->payer_count + rail->outlet_count) + 4
                     : rail->hub == HOST_NONE ? 2 * rail->payer_count + 4
                                              : 4;
    if (is_hub && asked->hops == LIGHTNING_HOPS_REAL)
        peers += ABROAD_CHANNELS_MAX;
    host_node_config_init(config, rail->host, peers);
    set_limits(config, rail, role);
    if (asked->records == LIGHTNING_RECORDS_NONE)
        config->flags &= (uint8_t)~LN_NODE_KEEPS_RECORDS;
    config->flags &= (uint8_t)(is_hub ? 0xff : ~LN_NODE_FORWARDS);
    if (asked->depth == LIGHTNING_DEPTH_ZERO || role != STATION_PHONE) { /* outlets trust their hub */
        config->flags |= LN_NODE_TRUSTS_FUNDING;
        config->channel.flags |= LN_CHANNEL_ZERO_CONF | LN_CHANNEL_SCID_ALIAS;
    }
    if (asked->type == LIGHTNING_TYPE_ANCHORS)
        config->channel.flags |= LN_CHANNEL_ANCHORS;
    config->channel.minimum_depth_blocks = asked->confirmations;
    config->forwarding.fee_base_msat = (uint32_t)asked->fee_base_msat;
    config->forwarding.fee_proportional_ppm = (uint32_t)asked->fee_ppm;
    config->silence_us = 0; /* links tell when they are gone */
    config->lesson_half_life_s = LESSON_S;
}

static enum device_kind device_of(const struct lightning *rail, enum station_role role)
{
    const struct lightning_config *config = rail->config;
    return role == STATION_PHONE      ? config->phone_device
           : role == STATION_PROVIDER ? DEVICE_SERVER
           : role == STATION_HUB      ? config->hub_device
                                      : config->outlet_device;
}

/* Coins at time 0. */
static void fund(struct host_node_setup *setup, const struct lightning *rail, enum station_role role)
{
    const struct lightning_config *config = rail->config;
    bool opens = config->opener == LIGHTNING_OPENER_OPERATOR;
    uint32_t phones = opens ? rail->payer_count : 0;
    if (role == STATION_PHONE) {
        setup->coins = config->coins;
        setup->coin_sat = config->coin_sat;
    } else if (role == STATION_HUB) {
        int64_t most_sat =
            opens && config->capacity_sat > config->hub_capacity_sat ? config->capacity_sat : config->hub_capacity_sat;
        setup->coins = phones + rail->outlet_count + 1;
        setup->coin_sat = most_sat + SPARE_SAT;
    } else if (config->topology == LIGHTNING_DIRECT) {
        setup->coins = 1 + (phones + rail->outlet_count - 1) / rail->outlet_count;
        setup->coin_sat = (opens ? config->capacity_sat : 0) + SPARE_SAT;
    } else {
        setup->coins = 1;
        setup->coin_sat = SPARE_SAT;
    }
}

/* Its way to the chain is its way to all others. The hub is not in the building. */
static void set_coverage(struct host_node_setup *setup, const struct lightning *rail, enum station_role role,
                         uint32_t index)
{
    uint32_t coverage = role == STATION_OUTLET                                   ? rail->access->router
                        : role == STATION_PHONE && rail->access->garages != NULL ? rail->access->garages[index]
                                                                                 : SLAB_NONE;
    setup->has_coverage = coverage != SLAB_NONE;
    setup->coverage = coverage;
}

/* Returns its number; HOST_NONE when memory is out. */
static uint32_t add(struct lightning *rail, enum station_role role, uint32_t index)
{
    struct ln_node_config config;
    configure(&config, rail, role);
    if (role == STATION_PHONE && adversary_needs_records(rail, index))
        config.flags |= LN_NODE_KEEPS_RECORDS;
    static const uint64_t first_keys[] = {
        [STATION_OUTLET] = OUTLET_KEY, [STATION_HUB] = HUB_KEY, [STATION_PROVIDER] = OTHER_KEY};
    struct host_node_setup setup = {
        .config = &config, .device = device_class_get(device_of(rail, role)), .key = first_keys[role] + index};
    fund(&setup, rail, role);
    set_coverage(&setup, rail, role, index);
    public_configure(rail, &config, &setup, role);
    uint32_t node = host_add_node(rail->host, &setup);
    if (node == HOST_NONE || !lightning_own(rail, node, role, index))
        return HOST_NONE;
    rail->stations[node].given_msat = 1000 * (int64_t)setup.coins * setup.coin_sat;
    return node;
}

static bool add_all(struct lightning *rail)
{
    bool has_hub = rail->config->topology != LIGHTNING_DIRECT, has_provider = rail->public != NULL;
    rail->outlets = calloc(rail->outlet_count, sizeof rail->outlets[0]);
    rail->phones = calloc(rail->payer_count, sizeof rail->phones[0]);
    rail->backbones = calloc(rail->outlet_count, sizeof rail->backbones[0]);
    rail->outlet_busy = calloc(rail->outlet_count, sizeof rail->outlet_busy[0]);
    if (rail->outlet_busy == NULL || rail->outlets == NULL || rail->phones == NULL || rail->backbones == NULL)
        return false;
    rail->hub = has_hub ? add(rail, STATION_HUB, 0) : HOST_NONE;
    rail->provider = has_provider ? add(rail, STATION_PROVIDER, 0) : rail->hub;
    bool is_good = !has_hub || (rail->hub != HOST_NONE && rail->provider != HOST_NONE);
    for (uint32_t i = 0; i < rail->outlet_count && is_good; i++)
        is_good = (rail->outlets[i] = add(rail, STATION_OUTLET, i)) != HOST_NONE;
    for (uint32_t i = 0; i < rail->payer_count && is_good; i++) {
        rail->phones[i] = (struct phone){.first_line = SLAB_NONE, .on_credit = RAIL_NO_SESSION};
        is_good = (rail->phones[i].node = add(rail, STATION_PHONE, i)) != HOST_NONE;
    }
    return is_good;
}

bool place_open(struct lightning *rail, const struct lightning_options *options)
{
    struct host_options host;
    links_open(&rail->links, &options->access->coverages);
    sim_audit_add(rail->sim, "links", links_audit, &rail->links);
    host_options_init(&host);
    host.trouble = rail->trouble;
    host.chain = rail->chain;
    host.chain_config = rail->chain_config;
    host.links = &rail->links;
    host.start_unix_s = options->start_unix_s;
    host.htlcs = 2 * rail->config->htlcs;
    host.normal.target_blocks = rail->config->target_blocks;
    host.audit_inputs = 0; /* the kernel asks often enough */
    host.backend = rail->config->crypto == LIGHTNING_CRYPTO_TOKEN  ? LN_BACKEND_TOKEN
                   : rail->config->crypto == LIGHTNING_CRYPTO_MEMO ? LN_BACKEND_MEMO
                                                                   : LN_BACKEND_REAL;
    host.wire = rail->config->crypto == LIGHTNING_CRYPTO_TOKEN ? HOST_WIRE_PLAIN : HOST_WIRE_NOISE;
    host.tap = lightning_tap(rail, options);
    rail->host = host_new(&host);
    return rail->host != NULL && add_all(rail) && (rail->public == NULL || public_begin(rail));
}

void place_close(struct lightning *rail)
{
    if (rail->host != NULL)
        host_free(rail->host);
    links_close(&rail->links);
    free(rail->outlets);
    free(rail->phones);
    free(rail->backbones);
    free(rail->outlet_busy);
    free(rail->stations);
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

/* In: near, who dials. */
static uint32_t lay(struct lightning *rail, uint32_t near, uint32_t far, uint32_t payer)
{
    struct link_config config;
    bool is_phones = payer != LIGHTNING_OPERATORS;
    uint64_t key = (uint64_t)near << 32 | far;
    uint32_t place = slab_take(&rail->lines);
    link_config_init(&config, link_class_get(is_phones ? rail->config->phone_link : rail->config->outlet_link), key);
    if (is_phones && rail->access->garages != NULL)
        config.coverages[config.coverage_count++] = rail->access->garages[payer];
    if (rail->access->router != SLAB_NONE && (!is_phones || rail->stations[far].role == STATION_OUTLET))
        config.coverages[config.coverage_count++] = rail->access->router;
    config.pause_most_us = 30000000;
    uint32_t link = place == SLAB_NONE ? SLAB_NONE : link_add(&rail->links, &config);
    if (link == SLAB_NONE || !host_join(rail->host, near, far, link)) {
        trouble_memory(rail->trouble);
        return SLAB_NONE;
    }
    *line_at(rail, place) = (struct line){
        .near = near, .far = far, .link = link, .payer = payer, .next = SLAB_NONE, .first_tie = SLAB_NONE};
    return place;
}

bool place_begin(struct lightning *rail)
{
    for (uint32_t i = 0; rail->hub != HOST_NONE && i < rail->outlet_count; i++) {
        rail->backbones[i] = lay(rail, rail->outlets[i], rail->hub, LIGHTNING_OPERATORS);
        if (rail->backbones[i] == SLAB_NONE)
            return false;
    }
    return true;
}

uint32_t place_far(const struct lightning *rail, uint32_t outlet)
{
    return rail->provider != HOST_NONE ? rail->provider : rail->outlets[outlet];
}

uint32_t place_line(struct lightning *rail, uint32_t payer, uint32_t far)
{
    struct phone *phone = &rail->phones[payer];
    for (uint32_t i = phone->first_line; i != SLAB_NONE; i = line_at(rail, i)->next) {
        if (line_at(rail, i)->far == far)
            return i;
    }
    uint32_t line = lay(rail, phone->node, far, payer);
    if (line != SLAB_NONE) {
        line_at(rail, line)->next = phone->first_line;
        phone->first_line = line;
    }
    return line;
}

int64_t place_way_us(const struct lightning *rail, double uniform)
{
    int64_t way_us = link_class_delay_us(link_class_get(rail->config->phone_link), uniform);
    if (rail->hub != HOST_NONE)
        way_us += link_class_mean_us(link_class_get(rail->config->outlet_link));
    return way_us;
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

const struct ln_node_channel *place_entry(const struct lightning *rail, const struct tie *tie, int end)
{
    const struct ln_node *node = host_look(rail->host, end == 0 ? tie->opener : tie->other);
    return node == NULL || tie->number[end] == 0 ? NULL : ln_node_channel(node, tie->number[end]);
}

/* Enough beyond reserve and fees for sure: spares the reckoning of what fits exactly, which needs a channel that is in
 * use. */
static bool has_plenty(const struct ln_node *node, const struct ln_node_channel *entry, int64_t amount_msat)
{
    int64_t fee_msat = (int64_t)node->rates.normal_sat_per_kwu * COMMITMENT_WU;
    int64_t spare_msat = (int64_t)entry->channel.settled_msat[LN_US] - (int64_t)entry->channel.funding_sat * 50;
    return spare_msat - 3 * fee_msat >= amount_msat;
}

static bool is_live(const struct ln_node_channel *entry)
{
    return entry->mode == LN_MODE_LIVE && entry->channel.stage == LN_STAGE_NORMAL && !entry->channel.shutdown.wanted &&
           !entry->channel.shutdown.sent && !entry->channel.shutdown.received;
}

/* The next channel of a node that may be used, from a place on, NULL: none. */
static const struct ln_node_channel *next_of(const struct ln_node *node, const uint8_t *far_id, uint32_t *place)
{
    for (; *place < node->channel_places.top; ++*place) {
        const struct ln_node_channel *entry = node->channels[*place];
        bool is_theirs = entry != NULL && (far_id == NULL || memcmp(node->peers[entry->peer].node_id, far_id, 33) == 0);
        if (is_theirs && is_live(entry)) {
            ++*place;
            return entry;
        }
    }
    return NULL;
}

static int64_t sendable_msat(const struct ln_node *node, const uint8_t *far_id)
{
    int64_t sum_msat = 0;
    uint32_t place = 0;
    for (const struct ln_node_channel *entry; (entry = next_of(node, far_id, &place)) != NULL;)
        sum_msat += (int64_t)ln_node_sendable_msat((struct ln_node *)node, entry); /* writes scratch memory alone */
    return sum_msat;
}

enum place_reach place_reach(const struct lightning *rail, uint32_t number, uint32_t far, int64_t amount_msat)
{
    const struct ln_node *node = host_look(rail->host, number);
    const uint8_t *far_id = far == HOST_NONE ? NULL : host_node_id(rail->host, far);
    bool is_known = true, has_channel = false;
    uint32_t place = 0;
    for (const struct ln_node_channel *entry; node != NULL && (entry = next_of(node, far_id, &place)) != NULL;) {
        if (has_plenty(node, entry, amount_msat))
            return PLACE_REACHES;
        has_channel = true;
        is_known = is_known && entry->usable;
    }
    if (!has_channel)
        return PLACE_NO_CHANNEL;
    if (!is_known)
        return PLACE_UNKNOWN;
    return sendable_msat(node, far_id) >= amount_msat ? PLACE_REACHES : PLACE_TOO_LITTLE;
}

static uint32_t offered(const struct ln_node *node, const struct ln_channel *channel)
{
    uint32_t count = 0;
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = node->pool.records[i].next)
        count += ln_htlc_row(node->pool.records[i].state)->owner == LN_US;
    return count;
}

bool place_is_crowded(const struct lightning *rail, uint32_t number, uint32_t far)
{
    const struct ln_node *node = host_look(rail->host, number);
    const uint8_t *far_id = far == HOST_NONE ? NULL : host_node_id(rail->host, far);
    uint32_t place = 0;
    for (const struct ln_node_channel *entry; node != NULL && (entry = next_of(node, far_id, &place)) != NULL;) {
        if (offered(node, &entry->channel) >= entry->channel.their_terms.max_accepted_htlcs)
            return true;
    }
    return false;
}
