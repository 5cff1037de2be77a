/* bench_route.c: what routes cost on the public graph, and how payments over it fare.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the graph of 2026-02-03 and takes the nodes that can pay 1,000 sat to its best connected node and be paid from
 * it: between those every pair can pay. Then
 *
 *     searches   1,000 sat between random pairs, nothing learned; CPU time of each
 *     payments   random pairs, amounts even in their logarithm from 100 to 100,000 sat, one each 26 s (100,000 in a
 *                month), balances hidden and drawn from the uniform prior, 1 percent reserve, each payer with a memory
 *                of its own, at most 30 attempts and 16 parts, fees up to 3 percent and 10 sat
 *
 * Usage: bench_route SEARCHES PAYMENTS [MEAN_MS PAYMENT_MS MIB]: fails (exit 1) if a search takes more CPU time than
 * MEAN_MS on average, a payment more than PAYMENT_MS, or the process more memory. `bench_route 10000 100000 1 1.8 1024`
 * on an idle core is the claim.
 */
#include "models/network/foreign_pay.h"
#include "models/network/graph_read.h"
#include "sim/stream.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define AMOUNT_MSAT  1000000
#define FINAL_BLOCKS 18
#define MAX_BLOCKS   2016
#define SKIPPED      77
#define RECORDS_MAX  2048
#define HALF_LIFE_S  21600
#define PAUSE_S      26

static struct ln_graph graph;
static uint32_t *members; /* nodes that can pay and be paid */
static uint32_t member_count;
static struct sim_stream dice;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double peak_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void *resize(void *context, void *memory, size_t old_bytes, size_t new_bytes)
{
    (void)context, (void)old_bytes;
    if (new_bytes > 0) {
        return realloc(memory, new_bytes);
    }
    free(memory);
    return NULL;
}

static const struct btc_allocator allocator = {NULL, resize};

/* ---- the graph ---- */

static uint8_t *read_file(const char *path, size_t *length)
{
    static uint8_t bytes[1 << 22];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    *length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return bytes;
}

static bool open_graph(void)
{
    static const char path[] = KONSENTO_SHARED "/data/ln_graph_2026-02-03.cln-gossmap.gz";
    const struct ln_graph_config config = {
        .allocator = &allocator, .nodes_max = GRAPH_NODES_MAX, .channels_max = GRAPH_CHANNELS_MAX};
    struct input_problem problems[INPUT_PROBLEMS_MAX];
    struct input_report report;
    struct graph_source source = {.name = path, .as_of_s = 1770076800};
    source.bytes = read_file(path, &source.length);
    if (source.bytes == NULL) {
        printf("skipped: no %s\n", path);
        return false;
    }
    double start = cpu_seconds();
    input_report_init(&report, problems);
    bool good = graph_read(&graph, &report, &config, &source);
    assert(good);
    printf("read: %u nodes, %u channels in %.0f ms; %.1f MiB\n", ln_graph_node_count(&graph),
           ln_graph_channel_count(&graph), 1e3 * (cpu_seconds() - start), (double)ln_graph_memory(&graph) / 1048576);
    return true;
}

/* Marks the nodes that are reached from start over edges of one kind, each fit for the amount. */
static void spread(uint8_t *reached, uint32_t start, enum ln_slice_kind kind)
{
    uint32_t *queue = calloc(graph.node_limit, sizeof *queue), first = 0, last = 0;
    assert(queue != NULL);
    reached[start] |= (uint8_t)(1u << kind);
    queue[last++] = start;
    while (first < last) {
        uint32_t count, node = queue[first++];
        const struct ln_edge *edges = ln_graph_edges(&graph, &count, node, kind);
        for (uint32_t i = 0; i < count; i++) {
            bool fits = edges[i].least_msat <= AMOUNT_MSAT && edges[i].most_msat >= 2 * AMOUNT_MSAT;
            if (fits && (reached[edges[i].peer] & 1u << kind) == 0) {
                reached[edges[i].peer] |= (uint8_t)(1u << kind);
                queue[last++] = edges[i].peer;
            }
        }
    }
    free(queue);
}

static void find_members(void)
{
    uint8_t *reached = calloc(graph.node_limit, 1);
    uint32_t hub = 0, most = 0;
    members = calloc(graph.node_limit, sizeof *members);
    assert(reached != NULL && members != NULL);
    for (uint32_t node = 0; node < graph.node_limit; node++) {
        uint32_t count;
        (void)ln_graph_edges(&graph, &count, node, LN_SLICE_IN);
        hub = count > most ? node : hub;
        most = count > most ? count : most;
    }
    spread(reached, hub, LN_SLICE_IN);
    spread(reached, hub, LN_SLICE_OUT);
    for (uint32_t node = 0; node < graph.node_limit; node++) {
        if (reached[node] == 3) {
            members[member_count++] = node;
        }
    }
    printf("%u nodes can pay and be paid\n", member_count);
    free(reached);
}

static uint32_t roll_member(void)
{
    return members[(uint32_t)(stream_uniform(&dice) * member_count)];
}

static void roll_pair(uint32_t *payer, uint32_t *payee)
{
    *payer = roll_member();
    do {
        *payee = roll_member();
    } while (*payee == *payer);
}

/* ---- searches ---- */

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* Returns the mean, in ms. */
static double search(struct ln_router *router, unsigned count)
{
    double *times = calloc(count, sizeof *times), sum = 0;
    unsigned found = 0, hops = 0;
    uint64_t settled = ln_router_settled(router);
    assert(times != NULL);
    for (unsigned i = 0; i < count; i++) {
        uint32_t payer, payee;
        struct ln_route route;
        struct ln_route_request request = {.amount_msat = AMOUNT_MSAT,
                                           .max_fee_msat = AMOUNT_MSAT,
                                           .final_blocks = FINAL_BLOCKS,
                                           .max_blocks = MAX_BLOCKS,
                                           .max_hops = LN_ROUTE_HOPS_MAX};
        roll_pair(&payer, &payee);
        memcpy(request.payer, graph.nodes[payer].id, 33);
        memcpy(request.payee, graph.nodes[payee].id, 33);
        double start = cpu_seconds();
        enum ln_route_result result = ln_route_find(router, &route, &graph, &request);
        times[i] = 1e3 * (cpu_seconds() - start);
        sum += times[i];
        found += result == LN_ROUTE_OK;
        hops += result == LN_ROUTE_OK ? route.hop_count : 0;
    }
    qsort(times, count, sizeof *times, compare);
    printf("searches: %u, %u found, %.2f hops; mean %.3f ms, p50 %.3f ms, p99 %.3f ms; %.0f nodes settled\n", count,
           found, (double)hops / found, sum / count, times[count / 2], times[count * 99ul / 100],
           (double)(ln_router_settled(router) - settled) / count);
    free(times);
    return sum / count;
}

/* ---- payments ---- */

/* Why a payment is not made, as nobody but this program can know it: by where the money is missing. */
enum cause {
    PAYER_POOR, /* all that the payer can send is less than the amount */
    PAYEE_FULL, /* all that others can send to the payee is less */
    PAYER_EDGE, /* ... in channels whose terms take parts of that size */
    PAYEE_EDGE, /* likewise */
    DEAR,       /* there are routes, for more than the limit */
    TOO_MANY,   /* attempts or parts: the limit */
    BETWEEN,    /* the rest: no way through the middle that was found */
    CAUSES
};

static const char *const cause_texts[CAUSES] = {
    [PAYER_POOR] = "the payer has less to send in all its channels",
    [PAYEE_FULL] = "the payee's channels can bring less",
    [PAYER_EDGE] = "the payer's channels do not take so much",
    [PAYEE_EDGE] = "the channels to the payee do not take so much",
    [DEAR] = "routes cost too much",
    [TOO_MANY] = "the limit of attempts or parts",
    [BETWEEN] = "no way in between",
};

struct tally {
    unsigned paid, parts, attempts, first_try, no_route;
    uint64_t volume_msat, fee_msat;
    unsigned causes[CAUSES], untried[CAUSES], routes[16], last[FOREIGN_RESULTS];
};

struct reach {
    uint64_t has_msat;   /* in all channels of a node, one way */
    uint64_t takes_msat; /* by their terms */
};

static struct reach reach_of(struct foreign *foreign, uint32_t node, enum ln_slice_kind kind)
{
    struct reach reach = {0, 0};
    uint32_t count;
    const struct ln_edge *edges = ln_graph_edges(&graph, &count, node, kind);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t can_msat = foreign_sendable_msat(foreign, edges[i].number / 2, edges[i].number % 2);
        reach.has_msat += can_msat;
        can_msat = can_msat < edges[i].most_msat ? can_msat : edges[i].most_msat;
        reach.takes_msat += can_msat >= edges[i].least_msat ? can_msat : 0;
    }
    return reach;
}

static enum cause cause_of(struct foreign *foreign, const struct foreign_outcome *outcome,
                           const struct foreign_payment *payment)
{
    struct reach out = reach_of(foreign, payment->payer, LN_SLICE_OUT);
    struct reach in = reach_of(foreign, payment->payee, LN_SLICE_IN);
    return out.has_msat < payment->amount_msat     ? PAYER_POOR
           : in.has_msat < payment->amount_msat    ? PAYEE_FULL
           : out.takes_msat < payment->amount_msat ? PAYER_EDGE
           : in.takes_msat < payment->amount_msat  ? PAYEE_EDGE
           : outcome->route == LN_ROUTE_FEE        ? DEAR
           : outcome->route == LN_ROUTE_OK         ? TOO_MANY
                                                   : BETWEEN;
}

static void count(struct tally *tally, struct foreign *foreign, const struct foreign_outcome *outcome,
                  const struct foreign_payment *payment)
{
    tally->attempts += outcome->attempts;
    if (outcome->is_paid) {
        tally->paid++;
        tally->parts += outcome->parts;
        tally->first_try += outcome->attempts == outcome->parts;
        tally->volume_msat += payment->amount_msat;
        tally->fee_msat += outcome->fee_msat;
        return;
    }
    enum cause cause = cause_of(foreign, outcome, payment);
    tally->causes[cause]++;
    tally->untried[cause] += outcome->attempts == 0;
    tally->no_route += outcome->attempts == 0;
    tally->routes[outcome->route]++;
    tally->last[outcome->last]++;
}

static void tell(const struct tally *tally, unsigned payments, double seconds)
{
    printf("payments: %u in %.1f CPU s (%.3f ms each), %.1f MiB at most\n", payments, seconds, 1e3 * seconds / payments,
           peak_mib());
    printf("  paid %.2f %%, at the first try %.2f %%; %.2f attempts, %.2f parts; fee %.0f ppm of volume\n",
           100.0 * tally->paid / payments, 100.0 * tally->first_try / payments, (double)tally->attempts / payments,
           (double)tally->parts / tally->paid, 1e6 * (double)tally->fee_msat / (double)tally->volume_msat);
    printf("  not paid: %.2f %%, of these %u (%.2f %% of all) without any attempt\n",
           100.0 * (payments - tally->paid) / payments, tally->no_route, 100.0 * tally->no_route / payments);
    for (unsigned i = 0; i < CAUSES; i++) {
        printf("    %6.2f %%  (%5.2f %% without any attempt)  %s\n", 100.0 * tally->causes[i] / payments,
               100.0 * tally->untried[i] / payments, cause_texts[i]);
    }
    printf("  what the payer saw last:");
    for (unsigned i = 0; i < sizeof tally->routes / sizeof tally->routes[0]; i++) {
        if (tally->routes[i] > 0) {
            printf(" %u %s,", tally->routes[i], ln_route_text((enum ln_route_result)i));
        }
    }
    for (unsigned i = 1; i < FOREIGN_RESULTS; i++) {
        if (tally->last[i] > 0) {
            printf(" %u after: %s", tally->last[i], foreign_text(i));
        }
    }
    printf("\n");
}

/* Returns the mean, in ms. */
static double pay(struct ln_router *router, unsigned payments)
{
    const struct foreign_config hidden = {.graph = &graph, .reserve_ppm = 10000, .seed = 1};
    struct foreign *foreign = foreign_open(&hidden);
    const struct foreign_payer_config config = {
        .foreign = foreign, .graph = &graph, .router = router, .limits = {16, 1000, 300000}, .attempts_max = 30};
    struct foreign_payer *payer = foreign_payer_open(&config);
    struct ln_liquidity *memories = calloc(graph.node_limit, sizeof *memories);
    struct tally tally = {0};
    assert(foreign != NULL && payer != NULL && memories != NULL);
    for (uint32_t i = 0; i < graph.node_limit; i++) {
        ln_liquidity_init(&memories[i], &allocator, RECORDS_MAX, HALF_LIFE_S);
    }
    double start = cpu_seconds();
    for (unsigned i = 0; i < payments; i++) {
        struct foreign_outcome outcome;
        struct foreign_payment payment = {
            .final_blocks = FINAL_BLOCKS, .max_blocks = MAX_BLOCKS, .now_s = 1770076800 + (uint64_t)i * PAUSE_S};
        roll_pair(&payment.payer, &payment.payee);
        payment.amount_msat = (uint64_t)(1e5 * exp(stream_uniform(&dice) * log(1000)));
        payment.max_fee_msat = payment.amount_msat * 3 / 100 + 10000;
        payment.liquidity = &memories[payment.payer];
        foreign_pay(payer, &outcome, &payment);
        count(&tally, foreign, &outcome, &payment);
    }
    double seconds = cpu_seconds() - start;
    foreign_audit_msat(foreign);
    tell(&tally, payments, seconds);
    for (uint32_t i = 0; i < graph.node_limit; i++) {
        ln_liquidity_close(&memories[i]);
    }
    free(memories);
    foreign_payer_close(payer);
    foreign_close(foreign);
    return 1e3 * seconds / payments;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 6) {
        fprintf(stderr, "usage: bench_route SEARCHES PAYMENTS [MEAN_MS PAYMENT_MS MIB]\n");
        return 2;
    }
    if (!open_graph()) {
        return SKIPPED;
    }
    struct ln_router *router = ln_router_open(&allocator);
    assert(router != NULL);
    stream_open(&dice, 1, 0, "bench/route", 0);
    find_members();
    double mean_ms = search(router, (unsigned)strtoul(argv[1], NULL, 10));
    double payment_ms = pay(router, (unsigned)strtoul(argv[2], NULL, 10));
    ln_router_close(router);
    ln_graph_close(&graph);
    free(members);
    return argc == 6 && (mean_ms > strtod(argv[3], NULL) || payment_ms > strtod(argv[4], NULL) ||
                         peak_mib() > strtod(argv[5], NULL));
}
