/* abroad_modeled.c: HTLCs over hops that are modeled.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/abroad_parts.h"
#include "models/host/work.h"

#include <assert.h>
#include <string.h>

/* An HTLC becomes irrevocable behind three messages one after the other (BOLT 2); meanwhile each end makes and takes
 * two commitments with it, two revocations, and opens one onion. */
#define DANCE_WAYS 3
static const struct device_work dance = {.count = {[DEVICE_SIGN] = 4,
                                                   [DEVICE_VERIFY] = 4,
                                                   [DEVICE_ECDH] = 1,
                                                   [DEVICE_POINT] = 4,
                                                   [DEVICE_TWEAK_ADD] = 12,
                                                   [DEVICE_TWEAK_MULTIPLY] = 9,
                                                   [DEVICE_COMBINE] = 4,
                                                   [DEVICE_MESSAGE] = 8}};
#define WRITES  3
#define AWAY_US 1000000

static struct transit *transit_at(const struct abroad *abroad, uint32_t number)
{
    return slab_at(&abroad->transits, number);
}

/* ---- time ------------------------------------------------------------------------------------------------------ */

static int64_t ways_us(const struct abroad *abroad, struct transit *transit, int ways)
{
    int64_t sum_us = 0;
    for (int i = 0; i < ways; i++) {
        double uniform = stream_uniform(&transit->delays);
        sum_us += link_class_delay_us(abroad->options.link, uniform > 0 ? uniform : 0x1p-54);
    }
    return sum_us;
}

static void plan(struct abroad *abroad, uint32_t number, uint16_t kind, int64_t after_us)
{
    sim_schedule(abroad->sim, sim_now_us(abroad->sim) + after_us, SIM_MESSAGE,
                 &(struct sim_action){.kind = kind, .entity = number, .object = abroad});
}

static void plan_arrival(struct abroad *abroad, uint32_t number)
{
    const struct device_class *device = abroad->options.device;
    int64_t work_us = (device_class_ns(device, &dance) + WRITES * device->write_ns) / 1000;
    plan(abroad, number, abroad->arrive_kind, work_us + ways_us(abroad, transit_at(abroad, number), DANCE_WAYS));
}

static void plan_back(struct abroad *abroad, uint32_t number)
{
    struct transit *transit = transit_at(abroad, number);
    /* A preimage is passed on at once; a failure when the HTLC is irrevocably gone. */
    int ways = transit->step_count == 0 ? 0 : transit->is_paid ? 1 : DANCE_WAYS;
    transit->stage = TRANSIT_BACK;
    plan(abroad, number, abroad->back_kind, ways_us(abroad, transit, ways));
}

/* ---- the way back ---------------------------------------------------------------------------------------------- */

static void finish(struct abroad *abroad, uint32_t number)
{
    struct transit *transit = transit_at(abroad, number);
    const struct ln_node_answer answer = {.kind = transit->is_paid ? LN_ANSWER_FULFILLED : LN_ANSWER_FAILED,
                                          .preimage = transit->preimage,
                                          .reason = btc_bytes(transit->reason, transit->reason_length),
                                          .code = transit->code};
    struct ln_node *node = host_enter(abroad->options.host, transit->gateway);
    if (node == NULL) {
        transit->stage = TRANSIT_ANSWERED;
        return;
    }
    /* UNKNOWN if the HTLC has gone to the chain and back to its owner meanwhile: too late for us. */
    host_leave(abroad->options.host, transit->gateway,
               ln_node_answer(node, transit->in_channel, transit->in_htlc, &answer), NULL);
    if (transit->is_paid)
        abroad_book(abroad, transit->gateway, -(int64_t)transit->steps[0].hop.amount_msat,
                    transit->steps[0].hop.fee_msat);
    abroad->tally.paid += transit->is_paid;
    abroad->tally.failed += !transit->is_paid;
    slab_return(&abroad->transits, number);
}

void modeled_on_back(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct abroad *abroad = object;
    struct transit *transit = transit_at(abroad, entity);
    (void)sim;
    (void)argument;
    if (transit->step_count == 0) {
        finish(abroad, entity);
        return;
    }
    const struct step *step = &transit->steps[--transit->step_count];
    if (transit->is_paid) {
        foreign_settle(abroad->options.foreign, &step->hop);
    } else {
        foreign_fail(abroad->options.foreign, &step->hop);
        if (transit->step_count > 0)
            ln_failure_wrap(transit->reason, transit->reason_length, step->secret);
    }
    plan_back(abroad, entity);
}

/* Who is at `at` fails it, with a code of its own. */
static void fail_here(struct abroad *abroad, uint32_t number, const struct ln_failure *failure)
{
    struct transit *transit = transit_at(abroad, number);
    uint8_t message[512];
    size_t length = 0;
    if (transit->step_count == 0) {
        transit->code = failure->code; /* the gateway says so itself */
    } else {
        enum ln_wire wire = ln_failure_encode(message, sizeof message, &length, failure);
        assert(wire == LN_WIRE_OK);
        transit->reason_length = (uint16_t)ln_failure_wrap_first(transit->reason, btc_bytes(message, length),
                                                                 LN_FAILURE_PADDED, transit->secret);
        ln_failure_wrap(transit->reason, transit->reason_length, transit->secret);
    }
    plan_back(abroad, number);
}

/* ---- the way out ----------------------------------------------------------------------------------------------- */

static uint16_t code_of(enum foreign_result result)
{
    static const uint16_t codes[FOREIGN_RESULTS] = {[FOREIGN_UNKNOWN] = LN_UNKNOWN_NEXT_PEER,
                                                    [FOREIGN_ABSENT] = LN_UNKNOWN_NEXT_PEER,
                                                    [FOREIGN_DISABLED] = LN_CHANNEL_DISABLED,
                                                    [FOREIGN_MINIMUM] = LN_AMOUNT_BELOW_MINIMUM,
                                                    [FOREIGN_FEE] = LN_FEE_INSUFFICIENT,
                                                    [FOREIGN_EXPIRY] = LN_INCORRECT_CLTV_EXPIRY,
                                                    [FOREIGN_LIQUIDITY] = LN_TEMPORARY_CHANNEL_FAILURE};
    return codes[result];
}

/* The node of the run that a node of the graph is; HOST_NONE for most. */
static uint32_t host_node_of(const struct abroad *abroad, uint32_t node)
{
    return host_find_node(abroad->options.host, ln_graph_node(abroad_graph(abroad), node)->id);
}

static bool is_away(const struct abroad *abroad, uint32_t node)
{
    uint32_t found = host_node_of(abroad, node);
    return found != HOST_NONE && !host_is_up(abroad->options.host, found);
}

/* What the node at `at` shall do. */
struct order {
    uint64_t short_channel_id;
    uint64_t amount_msat;
    uint32_t expiry_height;
};

/* Over a channel of the graph. The onion is already that for its far end. */
static void offer_foreign(struct abroad *abroad, uint32_t number, const struct order *order)
{
    struct transit *transit = transit_at(abroad, number);
    const struct ln_graph *graph = abroad_graph(abroad);
    uint32_t place = ln_graph_find_channel(graph, order->short_channel_id);
    const struct ln_graph_channel *channel = place == LN_GRAPH_NONE ? NULL : ln_graph_channel(graph, place);
    bool is_end = channel != NULL && (channel->nodes[0] == transit->at || channel->nodes[1] == transit->at);
    uint64_t fee_msat = transit->amount_msat - order->amount_msat;
    uint32_t blocks = transit->expiry_height - order->expiry_height;
    struct step step = {.hop = {.short_channel_id = order->short_channel_id,
                                .channel = place,
                                .direction = (uint8_t)(is_end && channel->nodes[1] == transit->at),
                                .amount_msat = order->amount_msat,
                                .fee_msat = transit->amount_msat < order->amount_msat ? 0 : fee_msat,
                                .blocks = transit->expiry_height < order->expiry_height ? 0 : blocks}};
    enum foreign_result result = FOREIGN_UNKNOWN;
    abroad_tell_time(abroad);
    if (is_end && transit->step_count < LN_ROUTE_HOPS_MAX)
        result = is_away(abroad, channel->nodes[1 - step.hop.direction]) /* its line is down */
                     ? FOREIGN_LIQUIDITY
                     : foreign_offer(abroad->options.foreign, &step.hop);
    if (result != FOREIGN_OK) {
        fail_here(abroad, number,
                  &(struct ln_failure){.code = code_of(result),
                                       .htlc_msat = order->amount_msat,
                                       .cltv_expiry_height = order->expiry_height});
        return;
    }
    memcpy(step.secret, transit->secret, 32);
    transit->steps[transit->step_count++] = step;
    transit->at = channel->nodes[1 - step.hop.direction];
    transit->amount_msat = order->amount_msat;
    transit->expiry_height = order->expiry_height;
    abroad->tally.hops++;
    plan_arrival(abroad, number);
}

static const struct ln_node_channel *own_channel(const struct ln_node *node, uint64_t short_channel_id)
{
    for (uint32_t i = 0; node != NULL && i < node->channel_places.top; i++) {
        const struct ln_node_channel *entry = node->channels[i];
        if (entry != NULL && entry->mode == LN_MODE_LIVE &&
            (entry->short_channel_id == short_channel_id || entry->channel.policy.alias == short_channel_id))
            return entry;
    }
    return NULL;
}

/* Over a channel of a gateway with a node of the run, by the gateway's terms. */
static void offer_real(struct abroad *abroad, uint32_t number, const struct order *order,
                       const struct ln_node_channel *entry)
{
    struct transit *transit = transit_at(abroad, number);
    const struct ln_node_forwarding *terms = &entry->forwarding;
    uint64_t fee_msat = terms->fee_base_msat + order->amount_msat * terms->fee_proportional_ppm / 1000000;
    struct ln_failure failure = {.htlc_msat = order->amount_msat, .cltv_expiry_height = order->expiry_height};
    if (transit->amount_msat < order->amount_msat + fee_msat)
        failure.code = LN_FEE_INSUFFICIENT;
    else if (transit->expiry_height < order->expiry_height + terms->cltv_expiry_delta_blocks)
        failure.code = LN_INCORRECT_CLTV_EXPIRY;
    struct ln_node *node = failure.code != 0 ? NULL : host_enter(abroad->options.host, transit->exit);
    if (node != NULL) {
        const struct ln_add add = {.amount_msat = order->amount_msat,
                                   .cltv_expiry_height = order->expiry_height,
                                   .payment_hash = transit->payment_hash,
                                   .onion = transit->onion};
        transit->exit_channel = entry->number;
        transit->offered_msat = order->amount_msat;
        enum ln_node_result result = ln_node_offer(node, &transit->exit_htlc, entry->number, &add);
        host_leave(abroad->options.host, transit->exit, result, NULL);
        failure.code = result == LN_NODE_OK ? 0 : LN_TEMPORARY_CHANNEL_FAILURE;
    } else if (failure.code == 0) {
        failure.code = LN_TEMPORARY_CHANNEL_FAILURE;
    }
    if (failure.code != 0)
        fail_here(abroad, number, &failure);
    else
        transit->stage = TRANSIT_OFFERED;
}

/* Returns what the onion orders, 0 or the code that it is failed with. */
static uint16_t peel(struct abroad *abroad, struct transit *transit, struct order *order)
{
    struct ln_onion_layer layer;
    struct ln_payload payload;
    struct ln_fault fault;
    const struct ln_onion_peel one = {transit->onion, abroad->options.map->secrets[transit->at],
                                      btc_bytes(transit->payment_hash, 32)};
    enum ln_onion_result result = ln_backend_peel(host_backend(abroad->options.host), &layer, transit->secret, &one,
                                                  ln_graph_node(abroad_graph(abroad), transit->at)->id);
    if (result != LN_ONION_OK)
        return (uint16_t)ln_failure_of_onion(result);
    if (layer.is_final) /* nobody there has asked for anything */
        return LN_INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS;
    if (ln_payload_decode(&payload, &fault, LN_PAYLOAD_FORWARD, btc_bytes(layer.payload, layer.payload_length)) !=
        LN_WIRE_OK)
        return LN_INVALID_ONION_PAYLOAD;
    *order = (struct order){payload.short_channel_id, payload.amount_msat, (uint32_t)payload.cltv_height};
    memcpy(transit->onion, layer.next, sizeof transit->onion);
    return 0;
}

void modeled_on_arrive(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct abroad *abroad = object;
    struct transit *transit = transit_at(abroad, entity);
    struct order order;
    (void)sim;
    (void)argument;
    if (is_away(abroad, transit->at)) { /* committed to it: it waits until there is power again */
        plan(abroad, entity, abroad->arrive_kind, AWAY_US);
        return;
    }
    uint16_t code = peel(abroad, transit, &order);
    if (code != 0) {
        fail_here(abroad, entity,
                  &(struct ln_failure){
                      .code = code, .htlc_msat = transit->amount_msat, .height = host_height(abroad->options.host)});
        return;
    }
    transit->exit = host_node_of(abroad, transit->at);
    const struct ln_node_channel *entry =
        transit->exit == HOST_NONE
            ? NULL
            : own_channel(host_look(abroad->options.host, transit->exit), order.short_channel_id);
    if (entry != NULL)
        offer_real(abroad, entity, &order, entry);
    else
        offer_foreign(abroad, entity, &order);
}

/* ---- what the gateways say ------------------------------------------------------------------------------------- */

static uint32_t find_asked(const struct abroad *abroad, uint32_t node, const struct ln_node_event *event)
{
    for (uint32_t i = 0; i < abroad->transits.limit; i++) {
        const struct transit *transit = transit_at(abroad, i);
        if (transit->stage != TRANSIT_NONE && transit->gateway == node && transit->in_channel == event->channel &&
            transit->in_htlc == event->htlc)
            return i;
    }
    return SLAB_NONE;
}

/* Expiry of the HTLC that came in: the gateway's link knows. */
static uint32_t expiry_in(const struct ln_node *node, const struct ln_node_event *event)
{
    for (uint32_t i = 0; node != NULL && i < node->link_places.top; i++) {
        const struct ln_node_link *link = &node->links[i];
        if (link->kind == LN_LINK_FORWARD && link->in_channel == event->channel && link->in_htlc == event->htlc)
            return link->in_expiry_height;
    }
    return event->expiry_height;
}

void modeled_asked(struct abroad *abroad, uint32_t node, const struct ln_node_event *event, struct btc_bytes onion)
{
    uint32_t known = find_asked(abroad, node, event);
    if (known != SLAB_NONE) { /* behind a restart of the gateway */
        if (transit_at(abroad, known)->stage == TRANSIT_ANSWERED)
            finish(abroad, known);
        return;
    }
    uint32_t number = slab_take(&abroad->transits);
    if (number == SLAB_NONE) {
        trouble_memory(abroad->trouble);
        return;
    }
    struct transit *transit = transit_at(abroad, number);
    transit->stage = TRANSIT_OUT;
    transit->gateway = node;
    transit->in_channel = event->channel;
    transit->in_htlc = event->htlc;
    transit->at = ln_graph_find_node(abroad_graph(abroad), host_node_id(abroad->options.host, node));
    transit->amount_msat = event->amount_msat + event->fee_msat;
    transit->expiry_height = expiry_in(host_look(abroad->options.host, node), event);
    memcpy(transit->payment_hash, event->payment_hash, 32);
    memcpy(transit->onion, onion.data, sizeof transit->onion);
    sim_stream_open(&transit->delays, abroad->sim, "abroad.delay",
                    abroad->options.key << 32 | (abroad->transit_count++ & UINT32_MAX));
    abroad->tally.asked++;
    const struct order order = {event->short_channel_id, event->amount_msat, event->expiry_height};
    offer_foreign(abroad, number, &order);
}

void modeled_ended(struct abroad *abroad, uint32_t node, const struct ln_node_event *event, struct btc_bytes reason)
{
    uint32_t number = 0;
    while (number < abroad->transits.limit) {
        const struct transit *transit = transit_at(abroad, number);
        if (transit->stage == TRANSIT_OFFERED && transit->exit == node && transit->exit_channel == event->other &&
            transit->exit_htlc == event->htlc)
            break;
        number++;
    }
    if (number == abroad->transits.limit)
        return; /* told twice */
    struct transit *transit = transit_at(abroad, number);
    if (event->kind == LN_NODE_OFFER_FULFILLED) {
        transit->is_paid = true;
        abroad_book(abroad, node, (int64_t)transit->amount_msat, transit->amount_msat - transit->offered_msat);
        memcpy(transit->preimage, event->preimage, 32);
        plan_back(abroad, number);
    } else if (reason.length > 0 && reason.length <= sizeof transit->reason) {
        memcpy(transit->reason, reason.data, reason.length);
        transit->reason_length = (uint16_t)reason.length;
        ln_failure_wrap(transit->reason, transit->reason_length, transit->secret);
        plan_back(abroad, number);
    } else {
        fail_here(abroad, number,
                  &(struct ln_failure){.code = event->code != 0 ? event->code : LN_PERMANENT_CHANNEL_FAILURE});
    }
}
