/* bench_node.c: what a node costs: restarting with many channels, and payments on one hop and over a hub.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two nodes with 1000 channels (zero-conf, so that no chain is needed) pay and hold, and one of them is then restored
 * from its stream: from all of it, and from what is left when it is made short. After that three nodes in a row pay
 * each other, with each back end. Everything counts that a node does: routes, onions, signatures, records.
 *
 * Prints figures. Usage: bench_node [CHANNELS SECONDS]: fails (exit 1) if the restart takes more CPU seconds than that.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "protocol/bitcoin/script.h"
#include "protocol/lightning/node.h"

#define NODES     3
#define HTLCS     60
#define HELD      100 /* HTLCs that wait */
#define QUEUE_MAX (64u << 20)

struct end {
    struct ln_node node;
    struct ln_node_config config;
    struct ln_node_effects out;
    uint32_t peer_of[NODES];
    uint8_t *stream;
    size_t length, capacity;
    uint64_t sent; /* payments */
    uint64_t held;
};

struct pair {
    struct btc_curve curve;
    struct ln_backend backend;
    struct ln_memo memo;
    void *memo_memory;
    struct ln_node_shop shop;
    struct end ends[NODES];
    unsigned count;
    uint8_t *queue; /* from (4), to (4), length (4), message */
    size_t head, tail;
    uint64_t funded;
};

static struct pair pair;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *resize(void *context, void *memory, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(memory);
        return NULL;
    }
    memory = realloc(memory, new_bytes);
    assert(memory != NULL);
    return memory;
}
static const struct btc_allocator heap = {NULL, resize};

/* ---- nodes ---- */

static void configure(unsigned number, uint32_t channels, bool keeps)
{
    static uint8_t script[BTC_P2WPKH_BYTES] = {0, 20};
    struct ln_node_config *config = &pair.ends[number].config;
    *config = (struct ln_node_config){
        .network = BTC_REGTEST,
        .flags = (keeps ? LN_NODE_KEEPS_RECORDS : 0) | LN_NODE_TAKES_KEYSEND | LN_NODE_TAKES_CHANNELS |
                 LN_NODE_FORWARDS | LN_NODE_TRUSTS_FUNDING,
        .channel = {.terms = {.dust_limit_sat = 546,
                              .max_in_flight_msat = UINT64_C(16000000000),
                              .reserve_sat = 5000,
                              .htlc_minimum_msat = 1,
                              .to_self_delay_blocks = 144,
                              .max_accepted_htlcs = HTLCS / 2},
                    .flags = LN_CHANNEL_ANCHORS,
                    .shutdown_length = BTC_P2WPKH_BYTES,
                    .max_to_self_delay_blocks = 2016,
                    .feerate_min_sat_per_kwu = 253,
                    .feerate_max_sat_per_kwu = 50000,
                    .closing_feerate_sat_per_kwu = 1000,
                    .max_dust_exposure_msat = 50000000,
                    .funding_min_sat = 20000},
        .forwarding = {.fee_base_msat = 1000, .fee_proportional_ppm = 100, .cltv_expiry_delta_blocks = 40},
        .onchain = ln_onchain_policy_usual,
        .sweep_script = btc_bytes(script, sizeof script),
        .limits = {.peers = 4,
                   .channels = channels,
                   .htlcs = 4 * HELD + 4 * HTLCS,
                   .links = 2 * HELD + 16,
                   .invoices = 2 * HELD + 16,
                   .payments = HELD + 16,
                   .attempts = HELD + 16,
                   .lessons = 64},
        .lesson_half_life_s = 3600};
    memcpy(config->channel.shutdown_script, script, sizeof script);
    memset(config->secret, 0x11 + (int)number, 32);
    memset(config->seed, 0x21 + (int)number, 32);
    const unsigned offered[] = {LN_FEATURE_VAR_ONION,    LN_FEATURE_STATIC_REMOTEKEY, LN_FEATURE_PAYMENT_SECRET,
                                LN_FEATURE_CHANNEL_TYPE, LN_FEATURE_ANCHORS + 1,      LN_FEATURE_SCID_ALIAS + 1,
                                LN_FEATURE_ZEROCONF + 1, LN_FEATURE_BASIC_MPP + 1};
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++) {
        ln_features_set(&config->features, offered[i]);
    }
}

static struct ln_node *call(unsigned number)
{
    pair.shop.out = &pair.ends[number].out;
    return &pair.ends[number].node;
}

static void keep(struct end *end, struct btc_bytes record)
{
    if (end->length + record.length > end->capacity) {
        end->capacity = 2 * (end->length + record.length);
        end->stream = realloc(end->stream, end->capacity);
        assert(end->stream != NULL);
    }
    if (record.length > 0) {
        memcpy(end->stream + end->length, record.data, record.length);
    }
    end->length += record.length;
}

static void take(unsigned number);

static void fund(unsigned number, const struct ln_node_event *event)
{
    struct btc_outpoint outpoint = {.index = 0};
    pair.funded++;
    memcpy(outpoint.txid, &pair.funded, sizeof pair.funded);
    enum ln_node_result result = ln_node_fund(call(number), event->channel, &outpoint);
    assert(result == LN_NODE_OK);
}

static void send(unsigned number, const struct ln_node_effect *effect)
{
    uint32_t head[3] = {number, 0, (uint32_t)effect->bytes.length};
    while (head[1] < pair.count && (head[1] == number || pair.ends[number].peer_of[head[1]] != effect->peer)) {
        head[1]++;
    }
    assert(pair.tail + sizeof head + effect->bytes.length <= QUEUE_MAX);
    memcpy(pair.queue + pair.tail, head, sizeof head);
    memcpy(pair.queue + pair.tail + sizeof head, effect->bytes.data, effect->bytes.length);
    pair.tail += sizeof head + effect->bytes.length;
}

static void take(unsigned number)
{
    struct end *end = &pair.ends[number];
    for (uint32_t i = 0; i < end->out.count; i++) { /* funding adds to the list */
        const struct ln_node_effect effect = end->out.list[i];
        if (effect.kind == LN_NODE_PERSIST) {
            keep(end, effect.bytes);
        } else if (effect.kind == LN_NODE_MESSAGE) {
            send(number, &effect);
        } else if (effect.kind == LN_NODE_EVENT) {
            end->sent += effect.event.kind == LN_NODE_PAYMENT_SENT;
            end->held += effect.event.kind == LN_NODE_INVOICE_HELD;
            if (effect.event.kind == LN_NODE_FUND) {
                fund(number, &effect.event);
            }
        }
    }
    ln_node_effects_clear(&end->out);
}

static void settle(void)
{
    static uint8_t bytes[65536];
    while (pair.head < pair.tail) {
        uint32_t head[3];
        memcpy(head, pair.queue + pair.head, sizeof head);
        memcpy(bytes, pair.queue + pair.head + sizeof head, head[2]);
        pair.head += sizeof head + head[2];
        if (pair.head == pair.tail) {
            pair.head = pair.tail = 0;
        }
        enum ln_node_result result =
            ln_node_receive(call(head[1]), pair.ends[head[1]].peer_of[head[0]], btc_bytes(bytes, head[2]));
        assert(result == LN_NODE_OK);
        take(head[1]);
    }
}

static void begin(unsigned count, uint32_t channels, enum ln_backend_kind backend, bool keeps)
{
    btc_curve_init(&pair.curve);
    ln_memo_init(&pair.memo, pair.memo_memory, 1024, 4096);
    pair.backend = (struct ln_backend){backend, &pair.curve, backend == LN_BACKEND_REAL ? NULL : &pair.memo};
    pair.count = count;
    pair.funded = 0;
    bool opened = ln_node_shop_open(&pair.shop, &heap, &pair.backend, HTLCS);
    assert(opened);
    for (unsigned i = 0; i < count; i++) {
        struct end *end = &pair.ends[i];
        configure(i, channels, keeps);
        ln_node_effects_init(&end->out, &heap);
        end->length = 0;
        end->sent = end->held = 0;
        memset(end->peer_of, 0xff, sizeof end->peer_of);
        pair.shop.out = &end->out;
        enum ln_node_result result =
            ln_node_open(&end->node, &pair.shop, &end->config, UINT64_C(1700000000000000), 500);
        assert(result == LN_NODE_OK);
        take(i);
    }
    for (unsigned i = 0; i + 1 < count; i++) {
        for (unsigned k = 0; k < 2; k++) {
            struct end *to = &pair.ends[i + 1 - k];
            enum ln_node_result result =
                ln_node_connect(call(i + k), &pair.ends[i + k].peer_of[i + 1 - k], to->node.node_id);
            assert(result == LN_NODE_OK);
            take(i + k);
        }
    }
    settle();
}

static void end_all(void)
{
    for (unsigned i = 0; i < pair.count; i++) {
        ln_node_close(&pair.ends[i].node);
        ln_node_effects_close(&pair.ends[i].out);
    }
    ln_node_shop_close(&pair.shop);
}

static void open_channels(unsigned from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t channel;
        struct ln_node_opening opening = {.peer = pair.ends[from].peer_of[from + 1],
                                          .funding_sat = 16000000,
                                          .push_msat = UINT64_C(8000000000),
                                          .feerate_sat_per_kwu = 1000,
                                          .flags = LN_CHANNEL_ANCHORS | LN_CHANNEL_SCID_ALIAS | LN_CHANNEL_ZERO_CONF};
        enum ln_node_result result = ln_node_open_channel(call(from), &channel, &opening);
        assert(result == LN_NODE_OK);
        take(from);
        settle();
    }
}

static void pay(unsigned payer, unsigned payee, bool hold)
{
    char text[2000];
    uint64_t number;
    struct ln_node_asking asking = {.amount_msat = 2000000, .hold = hold};
    struct ln_pay_terms limits = {.max_fee_msat = 100000};
    enum ln_node_result result = ln_node_ask(call(payee), &number, text, sizeof text, &asking);
    assert(result == LN_NODE_OK);
    take(payee);
    uint64_t payment;
    result = ln_node_pay_invoice(call(payer), &payment, btc_bytes(text, strlen(text)), &limits);
    assert(result == LN_NODE_OK);
    take(payer);
    settle();
    if (!hold) {
        result = ln_node_forget_payment(call(payer), payment);
        assert(result == LN_NODE_OK);
        take(payer);
        result = ln_node_forget_invoice(call(payee), number);
        assert(result == LN_NODE_OK);
        take(payee);
    }
}

/* ---- figures ---- */

/* Returns the CPU seconds that it takes to come up from a stream. */
static double restart(struct btc_bytes stream, const char *name)
{
    static struct ln_node node;
    struct ln_store_index index;
    struct ln_node_effects out;
    ln_node_effects_init(&out, &heap);
    pair.shop.out = &out;
    double begin_s = cpu_seconds();
    enum ln_store_result read = ln_store_read(&index, &heap, stream, pair.ends[0].node.node_id);
    double read_s = cpu_seconds();
    enum ln_node_result result = ln_node_restore(&node, &pair.shop, &pair.ends[0].config, &index, LN_SNAPSHOT_LATEST,
                                                 UINT64_C(1700000000000000));
    double end_s = cpu_seconds();
    assert(read == LN_STORE_OK && result == LN_NODE_OK);
    printf("restart with %u channels and %u HTLCs from %s: %.1f MB, %llu records, %.3f s (%.3f s to read, %.3f s to "
           "restore)\n",
           node.channel_places.top, node.pool.used, name, 1e-6 * (double)stream.length,
           (unsigned long long)index.records, end_s - begin_s, read_s - begin_s, end_s - read_s);
    assert(node.pool.used == pair.ends[0].node.pool.used);
    ln_store_index_close(&index);
    ln_node_close(&node);
    ln_node_effects_close(&out);
    return end_s - begin_s;
}

static double bench_restart(uint32_t channels)
{
    struct ln_store_index index;
    struct ln_store_writer writer = {.allocator = &heap};
    uint8_t head[128];
    size_t head_length;
    struct btc_bytes checkpoint;
    begin(2, channels, LN_BACKEND_REAL, true);
    open_channels(0, channels);
    for (unsigned i = 0; i < 100; i++) {
        pay(0, 1, false);
    }
    for (unsigned i = 0; i < HELD && i < channels; i++) {
        pay(0, 1, true);
    }
    assert(pair.ends[0].sent == 100 && pair.ends[1].held > 0);
    struct btc_bytes stream = btc_bytes(pair.ends[0].stream, pair.ends[0].length);
    double seconds = restart(stream, "all of its stream");
    enum ln_store_result read = ln_store_read(&index, &heap, stream, NULL);
    assert(read == LN_STORE_OK);
    bool made = ln_store_compact(&writer, head, &head_length, &checkpoint, &index, pair.ends[0].node.node_id);
    assert(made);
    uint8_t *shorter = malloc(head_length + checkpoint.length);
    assert(shorter != NULL);
    memcpy(shorter, head, head_length);
    memcpy(shorter + head_length, checkpoint.data, checkpoint.length);
    double short_seconds = restart(btc_bytes(shorter, head_length + checkpoint.length), "a checkpoint");
    free(shorter);
    ln_store_writer_close(&writer);
    ln_store_index_close(&index);
    end_all();
    return seconds > short_seconds ? seconds : short_seconds;
}

static void bench_payments(enum ln_backend_kind backend, bool keeps, unsigned payments)
{
    static const char *const names[] = {"real", "memo", "token"};
    double rates[2];
    for (unsigned hops = 1; hops <= 2; hops++) {
        begin(hops + 1, 4, backend, keeps);
        for (unsigned i = 0; i < hops; i++) {
            open_channels(i, 1);
        }
        double begin_s = cpu_seconds();
        for (unsigned i = 0; i < payments; i++) {
            pay(i % 2 == 0 ? 0 : hops, i % 2 == 0 ? hops : 0, false);
        }
        rates[hops - 1] = payments / (cpu_seconds() - begin_s);
        assert(pair.ends[0].sent + pair.ends[hops].sent == payments);
        end_all();
    }
    printf("%s, records %s: %.0f payments a second to a neighbour, %.0f over a hub, invoices and all\n", names[backend],
           keeps ? "kept" : "not kept", rates[0], rates[1]);
}

int main(int argc, char **argv)
{
    uint32_t channels = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100;
    double limit = argc > 2 ? strtod(argv[2], NULL) : 1e9;
    pair.queue = malloc(QUEUE_MAX);
    pair.memo_memory = malloc(ln_memo_bytes(1024, 4096));
    assert(pair.queue != NULL && pair.memo_memory != NULL);
    double seconds = bench_restart(channels);
    for (unsigned backend = LN_BACKEND_REAL; backend <= LN_BACKEND_TOKEN; backend++) {
        bench_payments((enum ln_backend_kind)backend, true, 200);
        bench_payments((enum ln_backend_kind)backend, false, 200);
    }
    for (unsigned i = 0; i < NODES; i++) {
        free(pair.ends[i].stream);
    }
    free(pair.queue);
    free(pair.memo_memory);
    if (seconds > limit) {
        printf("restarting takes more than %.2f s\n", limit);
        return 1;
    }
    return 0;
}
