/* bench_host.c: what Lightning payments cost inside the engine: phones, a hub and outlets in models/host.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     phone i ──LTE── hub ──wifi── outlet i      each phone pays its outlet once a minute: what a minute's charge costs
 *
 * All of it counts: the order (an invoice of BOLT 11, or none, as keysend), onions, the dance on two channels, records,
 * transport, links, devices, the chain's blocks. Warm-up comes first: channels open, and some payments are made.
 *
 * Prints payments a CPU second with each back end, with records and without, events, messages and calls of the heap for
 * each payment. Usage: bench_host [PAIRS PAYMENTS [TOKENS MEMOS]]: fails (exit 1) if tokens or memos without records
 * are slower than that; bench_host PAIRS PAYMENTS BACKEND SAT invoice|keysend none|kept runs one case, for a profiler.
 */
#include "models/chain/room.h"
#include "models/host/host.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAIRS    100 /* at most */
#define START_S  INT64_C(1519862400)
#define SECOND   INT64_C(1000000)
#define MINUTE   (60 * SECOND)
#define FUND_SAT 16000000
#define WARM_UP  2 /* minutes of payments */

enum order { INVOICE, KEYSEND };
static const char *const order_names[] = {"invoice", "keysend"};
static const char *const backend_names[] = {"real", "memo", "token"};

/* ---- the heap -------------------------------------------------------------------------------------------------- */

static uint64_t heap_calls;
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *memory, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *memory, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    heap_calls++;
    return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    heap_calls++;
    return __real_calloc(count, bytes);
}

void *__wrap_realloc(void *memory, size_t bytes)
{
    heap_calls++;
    return __real_realloc(memory, bytes);
}

/* ---- a house ---------------------------------------------------------------------------------------------------- */

struct house {
    uint32_t pairs;
    bool keeps_records;
    struct sim *sim;
    struct trouble trouble;
    struct chain_config chain_config;
    struct chain *chain;
    struct coverages coverages;
    struct links links;
    struct host *host;
    uint32_t hub, phone[PAIRS], outlet[PAIRS];
    enum order order;
    uint64_t amount_msat;
    uint64_t ready, sent, failed;
    uint16_t pay_kind;
    uint32_t unpaid;                    /* payments still to be ordered */
    struct ln_invoice_hop hints[PAIRS]; /* keysend: how an outlet is reached */
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void forget(struct house *house, uint32_t node, const struct ln_node_event *event)
{
    struct ln_node *entered = host_enter(house->host, node);
    enum ln_node_result result = event->kind == LN_NODE_INVOICE_PAID ? ln_node_forget_invoice(entered, event->invoice)
                                                                     : ln_node_forget_payment(entered, event->payment);
    host_leave(house->host, node, result, NULL);
    assert(result == LN_NODE_OK);
}

static void on_event(void *self, uint32_t node, const struct ln_node_event *event, struct btc_bytes bytes)
{
    struct house *house = self;
    (void)bytes;
    house->ready += event->kind == LN_NODE_CHANNEL_READY;
    house->sent += event->kind == LN_NODE_PAYMENT_SENT;
    house->failed += event->kind == LN_NODE_PAYMENT_FAILED;
    if (event->kind == LN_NODE_INVOICE_PAID || event->kind == LN_NODE_PAYMENT_SENT)
        forget(house, node, event);
}

static uint32_t add_node(struct house *house, uint64_t key, enum device_kind device, uint32_t channels)
{
    struct ln_node_config config;
    host_node_config_init(&config, house->host, channels);
    config.silence_us = 0; /* links tell when they are gone */
    config.flags &= (uint8_t)(house->keeps_records ? 0xff : ~LN_NODE_KEEPS_RECORDS);
    const struct host_node_setup setup = {.config = &config,
                                          .device = device_class_get(device),
                                          .key = key,
                                          .coins = channels,
                                          .coin_sat = 2 * (int64_t)FUND_SAT};
    uint32_t node = host_add_node(house->host, &setup);
    assert(node != HOST_NONE);
    return node;
}

static void join(struct house *house, uint32_t dialler, uint32_t answerer, enum link_kind kind, uint64_t key)
{
    struct link_config config;
    link_config_init(&config, link_class_get(kind), key);
    uint32_t link = link_add(&house->links, &config);
    bool joined = host_join(house->host, dialler, answerer, link);
    assert(joined);
    link_want(&house->links, link, true);
}

static void run(struct house *house, int64_t for_us)
{
    enum sim_end end = sim_run(house->sim, sim_now_us(house->sim) + for_us, 0, NULL);
    if (end == SIM_END_AUDIT)
        printf("%s\n", sim_audit_failure(house->sim)->why);
    if (house->trouble.is_failed)
        printf("%s\n", house->trouble.text);
    assert(end != SIM_END_AUDIT && !house->trouble.is_failed && !house->trouble.is_memory_out);
}

static void open_channel(struct house *house, uint32_t from, uint32_t to)
{
    const struct ln_node_opening opening = {.peer = host_peer(house->host, from, to),
                                            .funding_sat = FUND_SAT,
                                            .feerate_sat_per_kwu = 1000,
                                            .flags = LN_CHANNEL_ANCHORS};
    struct ln_node *node = host_enter(house->host, from);
    uint64_t channel;
    enum ln_node_result result = ln_node_open_channel(node, &channel, &opening);
    host_leave(house->host, from, result, NULL);
    assert(result == LN_NODE_OK);
}

/* ---- payments --------------------------------------------------------------------------------------------------- */

static struct ln_pay_terms limits_of(const struct house *house, uint32_t i)
{
    struct ln_pay_terms limits = {.amount_msat = house->amount_msat, .max_fee_msat = 10000, .attempts_max = 3};
    memcpy(limits.payee, host_node_id(house->host, house->outlet[i]), 33);
    limits.hint_count = house->order == KEYSEND;
    limits.hints[0] = house->hints[i];
    return limits;
}

static void ask(struct house *house, uint32_t i, char text[2000])
{
    const struct ln_node_asking asking = {.amount_msat = house->amount_msat, .description = btc_bytes("kWh", 3)};
    struct ln_node *node = host_enter(house->host, house->outlet[i]);
    uint64_t invoice;
    enum ln_node_result result = ln_node_ask(node, &invoice, text, 2000, &asking);
    host_leave(house->host, house->outlet[i], result, &host_work_invoice_made);
    assert(result == LN_NODE_OK);
}

static void pay(struct house *house, uint32_t i)
{
    static char text[2000];
    const struct ln_pay_terms limits = limits_of(house, i);
    uint64_t payment;
    if (house->order == INVOICE)
        ask(house, i, text);
    struct ln_node *node = host_enter(house->host, house->phone[i]);
    enum ln_node_result result = house->order == INVOICE
                                     ? ln_node_pay_invoice(node, &payment, btc_bytes(text, strlen(text)), &limits)
                                     : ln_node_keysend(node, &payment, &limits);
    host_leave(house->host, house->phone[i], result, house->order == INVOICE ? &host_work_invoice_read : NULL);
    assert(result == LN_NODE_OK);
}

static void on_pay(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct house *house = object;
    (void)argument;
    if (house->unpaid == 0)
        return;
    house->unpaid--;
    pay(house, entity);
    sim_schedule(sim, sim_now_us(sim) + MINUTE, SIM_MODEL,
                 &(struct sim_action){.kind = house->pay_kind, .entity = entity, .object = house});
}

/* Phones begin one after the other, within a minute. */
static void pay_many(struct house *house, uint32_t payments)
{
    uint64_t sent = house->sent;
    house->unpaid = payments;
    for (uint32_t i = 0; i < house->pairs; i++)
        sim_schedule(house->sim, sim_now_us(house->sim) + i * MINUTE / house->pairs, SIM_MODEL,
                     &(struct sim_action){.kind = house->pay_kind, .entity = i, .object = house});
    run(house, (payments / house->pairs + 2) * MINUTE);
    if (house->sent - sent != payments || house->failed > 0)
        printf("%llu of %u payments were made\n", (unsigned long long)(house->sent - sent), (unsigned)payments);
    assert(house->sent - sent == payments && house->failed == 0);
}

/* What the outlet would write into an invoice. */
static void find_hint(struct house *house, uint32_t i)
{
    const struct ln_node *node = host_look(house->host, house->outlet[i]);
    const struct ln_node_channel *entry = node->channels[0];
    const struct ln_policy *terms = &entry->their_terms;
    house->hints[i] = (struct ln_invoice_hop){
        .cltv_expiry_delta_blocks = terms->cltv_expiry_delta_blocks,
        .fee_base_msat = terms->fee_base_msat,
        .fee_proportional_ppm = terms->fee_proportional_ppm,
        .short_channel_id = entry->channel.their_alias != 0 ? entry->channel.their_alias : entry->short_channel_id};
    memcpy(house->hints[i].node, host_node_id(house->host, house->hub), 33);
}

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

static void open_host(struct house *house, enum ln_backend_kind backend)
{
    struct host_options options;
    const struct feerate_config rate = {.kind = FEERATE_FIXED, .rate_sat_per_kwu = 1000};
    host_options_init(&options);
    options.trouble = &house->trouble;
    options.chain = house->chain;
    options.chain_config = &house->chain_config;
    options.links = &house->links;
    options.start_unix_s = START_S;
    options.backend = backend;
    options.wire = backend == LN_BACKEND_REAL ? HOST_WIRE_NOISE : HOST_WIRE_PLAIN;
    options.relaxed = options.normal = options.urgent = rate;
    house->host = host_new(&options);
    assert(house->host != NULL);
    host_listen(house->host, &(struct host_listener){.self = house, .on_event = on_event});
}

static void open_world(struct house *house, enum ln_backend_kind backend)
{
    house->sim = sim_new(&(struct sim_options){.seed = 1});
    assert(house->sim != NULL);
    house->trouble = (struct trouble){.sim = house->sim};
    chain_config_init(&house->chain_config, CHAIN_ERA_EMPTY);
    house->chain_config.miner_count = 1;
    house->chain_config.miners[0].share_ppm = 1;
    house->chain = chain_new(&(struct chain_options){.trouble = &house->trouble,
                                                     .config = &house->chain_config,
                                                     .start_unix_s = START_S,
                                                     .also = backend == LN_BACKEND_TOKEN ? ln_token_judge : NULL});
    assert(house->chain != NULL);
    coverages_open(&house->coverages, &house->trouble);
    links_open(&house->links, &house->coverages);
    house->pay_kind = sim_kind_add(house->sim, "bench.pay", on_pay);
    open_host(house, backend);
}

static void open_house(struct house *house, enum ln_backend_kind backend)
{
    open_world(house, backend);
    house->hub = add_node(house, 1, DEVICE_SERVER, 2 * house->pairs);
    for (uint32_t i = 0; i < house->pairs; i++) {
        house->phone[i] = add_node(house, 100 + i, DEVICE_PHONE, 1);
        house->outlet[i] = add_node(house, 1000 + i, DEVICE_BOARD, 1);
    }
    chain_begin(house->chain);
    host_begin(house->host);
    for (uint32_t i = 0; i < house->pairs; i++) {
        join(house, house->phone[i], house->hub, LINK_LTE, 100 + i);
        join(house, house->outlet[i], house->hub, LINK_WIFI, 1000 + i);
    }
    run(house, MINUTE);
    for (uint32_t i = 0; i < house->pairs; i++) {
        open_channel(house, house->phone[i], house->hub);
        open_channel(house, house->hub, house->outlet[i]);
    }
    run(house, 600 * MINUTE);
    assert(house->ready == 4 * house->pairs);
    for (uint32_t i = 0; i < house->pairs; i++)
        find_hint(house, i);
}

static void close_house(struct house *house)
{
    host_free(house->host);
    links_close(&house->links);
    coverages_close(&house->coverages);
    chain_free(house->chain);
    sim_free(house->sim);
}

/* ---- figures ---------------------------------------------------------------------------------------------------- */

struct one {
    enum ln_backend_kind backend;
    enum order order;
    uint64_t amount_sat;
    bool keeps_records;
};

/* Returns payments a second. */
static double measure(const struct one *one, uint32_t pairs, uint32_t payments)
{
    struct house *house = calloc(1, sizeof *house);
    struct host_tally before, after;
    assert(house != NULL);
    house->pairs = pairs;
    house->keeps_records = one->keeps_records;
    house->order = one->order;
    house->amount_msat = 1000 * one->amount_sat;
    open_house(house, one->backend);
    pay_many(house, WARM_UP * house->pairs);
    host_tally(&before, house->host);
    uint64_t calls = heap_calls, events = sim_event_count(house->sim);
    double begin_s = cpu_seconds();
    pay_many(house, payments);
    double rate = payments / (cpu_seconds() - begin_s);
    host_tally(&after, house->host);
    printf("%-5s %s, %4llu sat, records %s: %6.0f payments a second; each %.2f calls of the heap, %.1f events, %.1f "
           "messages, %.1f records of %.0f bytes\n",
           backend_names[one->backend], order_names[one->order], (unsigned long long)one->amount_sat,
           one->keeps_records ? "kept" : "none", rate, (double)(heap_calls - calls) / payments,
           (double)(sim_event_count(house->sim) - events) / payments,
           (double)(after.messages - before.messages) / payments, (double)(after.records - before.records) / payments,
           (double)(after.record_bytes - before.record_bytes) / (double)(after.records - before.records));
    close_house(house);
    free(house);
    return rate;
}

/* The first of a back end is what must not be slower. */
static const struct one cases[] = {
    {LN_BACKEND_TOKEN, INVOICE, 150, false},  {LN_BACKEND_TOKEN, KEYSEND, 150, false},
    {LN_BACKEND_TOKEN, INVOICE, 1500, false}, {LN_BACKEND_TOKEN, INVOICE, 150, true},
    {LN_BACKEND_MEMO, INVOICE, 150, false},   {LN_BACKEND_MEMO, INVOICE, 1500, false},
    {LN_BACKEND_REAL, INVOICE, 150, false},   {LN_BACKEND_REAL, INVOICE, 1500, false},
};

static int measure_all(uint32_t pairs, uint32_t payments, double least_tokens, double least_memos)
{
    double least[] = {0, least_memos, least_tokens};
    int exit_code = 0;
    printf("struct ln_node_channel: %zu bytes\n", sizeof(struct ln_node_channel));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum ln_backend_kind backend = cases[i].backend;
        double rate = measure(&cases[i], pairs, backend == LN_BACKEND_TOKEN ? payments : payments / 10);
        if (rate < least[backend]) {
            printf("slower than %.0f\n", least[backend]);
            exit_code = 1;
        }
        least[backend] = 0;
    }
    return exit_code;
}

int main(int argc, char **argv)
{
    uint32_t pairs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : PAIRS;
    uint32_t payments = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20000;
    assert(pairs >= 1 && pairs <= PAIRS);
    if (argc == 7) {
        struct one one = {.amount_sat = strtoull(argv[4], NULL, 10), .keeps_records = strcmp(argv[6], "kept") == 0};
        while (one.backend < LN_BACKEND_TOKEN && strcmp(argv[3], backend_names[one.backend]) != 0)
            one.backend++;
        one.order = strcmp(argv[5], order_names[KEYSEND]) == 0 ? KEYSEND : INVOICE;
        measure(&one, pairs, payments);
        return 0;
    }
    return measure_all(pairs, payments, argc > 3 ? strtod(argv[3], NULL) : 0, argc > 4 ? strtod(argv[4], NULL) : 0);
}
