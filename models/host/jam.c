/* jam.c: payments that never become whole, to fill what lies between.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts are real HTLCs with real onions: who forwards or gets them cannot tell them from those of a payment whose
 * other parts are late. Source: BOLT 4, basic multi-part payments; "channel jamming" in the literature of Lightning.
 */
#include "models/host/adversary.h"
#include "models/host/parts.h"

#include <string.h>

/* Beyond what the payee asks for, in case blocks come meanwhile. */
#define SLACK_BLOCKS 3

struct jammer {
    struct host *host;
    uint32_t number;
    struct ln_node *node;
    struct ln_invoice invoice;
    struct ln_payment payment;
    struct ln_attempt attempt;
};

static bool is_id(const uint8_t a[33], const uint8_t b[33])
{
    return memcmp(a, b, 33) == 0;
}

/* The hint that begins at a node, NULL if none does. */
static const struct ln_invoice_hop *hint_from(const struct ln_invoice *invoice, const uint8_t id[33])
{
    for (uint32_t i = 0; i < invoice->hop_count; i++) {
        bool is_last = i + 1 == invoice->hop_count || invoice->hops[i + 1].route != invoice->hops[i].route;
        if (is_id(invoice->hops[i].node, id) && is_last)
            return &invoice->hops[i];
    }
    return NULL;
}

static void add_hop(struct ln_route *route, const uint8_t id[33], uint64_t scid, uint64_t amount_msat, uint32_t blocks)
{
    struct ln_route_hop *hop = &route->hops[route->hop_count++];
    *hop = (struct ln_route_hop){.short_channel_id = scid, .amount_msat = amount_msat, .expiry_blocks = blocks};
    memcpy(hop->node_id, id, 33);
}

/* To the payee at once, or over the peer by the hint. Returns false if the peer is neither. */
static bool find_route(struct jammer *jammer, const uint8_t peer_id[33], uint64_t part_msat)
{
    const struct ln_invoice *invoice = &jammer->invoice;
    const struct ln_invoice_hop *hint = hint_from(invoice, peer_id);
    struct ln_route *route = &jammer->attempt.route;
    uint32_t blocks = invoice->min_final_cltv_blocks + SLACK_BLOCKS;
    route->amount_msat = part_msat;
    if (is_id(peer_id, invoice->payee)) {
        add_hop(route, peer_id, 0, part_msat, blocks);
        return true;
    }
    if (hint == NULL)
        return false;
    uint64_t fee_msat = hint->fee_base_msat + part_msat * hint->fee_proportional_ppm / 1000000;
    add_hop(route, peer_id, 0, part_msat + fee_msat, blocks + hint->cltv_expiry_delta_blocks);
    add_hop(route, invoice->payee, hint->short_channel_id, part_msat, blocks);
    route->fee_msat = fee_msat;
    return true;
}

static void set_terms(struct jammer *jammer)
{
    struct ln_pay_terms *terms = &jammer->payment.terms;
    terms->amount_msat = jammer->invoice.amount_msat;
    terms->has_secret = true;
    memcpy(terms->payee, jammer->invoice.payee, 33);
    memcpy(terms->payment_hash, jammer->invoice.payment_hash, 32);
    memcpy(terms->payment_secret, jammer->invoice.payment_secret, 32);
}

static bool read_plan(struct jammer *jammer, const struct host_jam *jam)
{
    const struct ln_node_channel *entry = ln_node_channel(jammer->node, jam->channel);
    if (entry == NULL || ln_invoice_read_by(&jammer->host->backend, &jammer->invoice, jam->invoice) != LN_INVOICE_OK ||
        jammer->invoice.amount_msat <= jam->parts * jam->part_msat)
        return false;
    set_terms(jammer);
    return find_route(jammer, jammer->node->peers[entry->peer].node_id, jam->part_msat);
}

static void draw_session(struct jammer *jammer)
{
    struct host_node *node = host_node_at(jammer->host, jammer->number);
    struct sim_stream stream;
    sim_stream_open(&stream, jammer->host->sim, "host.jam", node->key << 24 | (node->jams++ & 0xffffff));
    do {
        for (size_t i = 0; i < 32; i++)
            jammer->attempt.session_key[i] = (uint8_t)gsl_rng_uniform_int(stream_rng(&stream), 256);
    } while (!btc_secret_is_valid(jammer->host->backend.curve, jammer->attempt.session_key));
}

static enum ln_node_result send_part(struct jammer *jammer, uint64_t channel)
{
    const struct ln_route_hop *first = &jammer->attempt.route.hops[0];
    uint8_t onion[LN_ONION_PACKET_BYTES];
    uint64_t htlc;
    jammer->attempt.height = jammer->node->height;
    draw_session(jammer);
    if (ln_payment_onion(onion, &jammer->payment, &jammer->attempt, &jammer->host->backend) != LN_ONION_OK)
        return LN_NODE_KEYS;
    const struct ln_add add = {.amount_msat = first->amount_msat,
                               .cltv_expiry_height = jammer->node->height + first->expiry_blocks,
                               .payment_hash = jammer->payment.terms.payment_hash,
                               .onion = onion};
    return ln_node_offer(jammer->node, &htlc, channel, &add);
}

static uint32_t send_parts(struct jammer *jammer, const struct host_jam *jam)
{
    enum ln_node_result result = LN_NODE_OK;
    uint32_t count = 0;
    while (count < jam->parts && (result = send_part(jammer, jam->channel)) == LN_NODE_OK)
        count++;
    if (result == LN_NODE_NO_MEMORY)
        trouble_memory(jammer->host->trouble);
    return count;
}

uint32_t host_jam(struct host *host, uint32_t number, const struct host_jam *jam)
{
    struct jammer jammer = {.host = host, .number = number, .node = host_enter(host, number)};
    uint32_t count = 0;
    if (jammer.node == NULL)
        return 0;
    if (read_plan(&jammer, jam))
        count = send_parts(&jammer, jam);
    /* The work of its machine for the onions is left out: it slows nobody else. */
    host_leave(host, number, LN_NODE_OK, NULL);
    return count;
}
