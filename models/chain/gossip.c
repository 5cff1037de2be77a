/* gossip.c: the network, and first passage through it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/gossip.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIMER_CAME_S   5.0 /* to peers that opened the connection */
#define TIMER_OPENED_S 2.0 /* to peers this node has connected to */
#define ASK_CAME_S     2.0 /* wait before asking a peer that opened the connection */
#define LEGS           3

/* A version on its way to a node. */
struct gossip_arrival {
    double time_s;
    uint32_t node;
    enum gossip_version version;
};

void gossip_config_default(struct gossip_config *config, enum gossip_generation generation)
{
    *config =
        (struct gossip_config){.generation = generation, .node_count = 6000, .leg_mean_s = 0.11, .leg_sigma = 0.8};
}

/* ---- network --------------------------------------------------------------------------------------------------- */

/* Who node connects to: different nodes, not itself. */
static void draw_connections(uint32_t *opened, gsl_rng *rng, uint32_t node, uint32_t node_count)
{
    for (unsigned i = 0; i < GOSSIP_OUTBOUND;) {
        uint32_t other = (uint32_t)gsl_rng_uniform_int(rng, node_count);
        bool is_new = other != node;
        for (unsigned k = 0; k < i; k++)
            is_new = is_new && opened[k] != other;
        if (is_new)
            opened[i++] = other;
    }
}

/* Both ends of every connection, by node. */
static void join_peers(struct gossip *gossip, const uint32_t *opened)
{
    uint32_t node_count = gossip->config.node_count;
    uint32_t *place = gossip->first_peer; /* counts, then ends, then (filling backwards) beginnings */
    memset(place, 0, ((size_t)node_count + 1) * sizeof place[0]);
    for (size_t i = 0; i < (size_t)node_count * GOSSIP_OUTBOUND; i++) {
        place[i / GOSSIP_OUTBOUND]++;
        place[opened[i]]++;
    }
    for (uint32_t i = 1; i <= node_count; i++)
        place[i] += place[i - 1];
    for (size_t i = 0; i < (size_t)node_count * GOSSIP_OUTBOUND; i++) {
        uint32_t node = (uint32_t)(i / GOSSIP_OUTBOUND);
        gossip->peers[--place[node]] = (struct gossip_peer){.node = opened[i], .came = false};
        gossip->peers[--place[opened[i]]] = (struct gossip_peer){.node = node, .came = true};
    }
}

bool gossip_open(struct gossip *gossip, const struct gossip_config *config, gsl_rng *rng)
{
    assert(config->node_count > 2 * GOSSIP_OUTBOUND && config->node_count <= 1000000);
    assert(config->leg_mean_s > 0.0 && config->leg_sigma >= 0.0);
    size_t node_count = config->node_count, connections = node_count * GOSSIP_OUTBOUND;
    *gossip = (struct gossip){.config = *config};
    gossip->nodes = malloc(node_count * sizeof gossip->nodes[0]);
    gossip->first_peer = malloc((node_count + 1) * sizeof gossip->first_peer[0]);
    gossip->peers = malloc(2 * connections * sizeof gossip->peers[0]);
    uint32_t *opened = malloc(connections * sizeof opened[0]);
    bool is_good = gossip->nodes != NULL && gossip->first_peer != NULL && gossip->peers != NULL && opened != NULL;
    if (is_good) {
        for (uint32_t i = 0; i < config->node_count; i++)
            draw_connections(opened + (size_t)i * GOSSIP_OUTBOUND, rng, i, config->node_count);
        join_peers(gossip, opened);
    }
    free(opened);
    if (!is_good)
        gossip_close(gossip);
    return is_good;
}

void gossip_close(struct gossip *gossip)
{
    free(gossip->nodes);
    free(gossip->first_peer);
    free(gossip->peers);
    free(gossip->heap);
    *gossip = (struct gossip){0};
}

void gossip_draw_nodes(const struct gossip *gossip, uint32_t *nodes, gsl_rng *rng, size_t known_count, size_t count)
{
    assert(known_count + count <= gossip->config.node_count / 2);
    for (size_t i = known_count; i < known_count + count;) {
        uint32_t node = (uint32_t)gsl_rng_uniform_int(rng, gossip->config.node_count);
        bool is_new = true;
        for (size_t k = 0; k < i; k++)
            is_new = is_new && nodes[k] != node;
        if (is_new)
            nodes[i++] = node;
    }
}

/* ---- arrivals by time ------------------------------------------------------------------------------------------ */

static bool is_before(const struct gossip_arrival *a, const struct gossip_arrival *b)
{
    return a->time_s < b->time_s || (a->time_s == b->time_s && a->node < b->node);
}

static bool push(struct gossip *gossip, struct gossip_arrival arrival)
{
    if (gossip->heap_count == gossip->heap_capacity) {
        size_t capacity = gossip->heap_capacity == 0 ? 1024 : 2 * gossip->heap_capacity;
        struct gossip_arrival *heap = realloc(gossip->heap, capacity * sizeof heap[0]);
        if (heap == NULL)
            return false;
        gossip->heap = heap;
        gossip->heap_capacity = capacity;
    }
    size_t place = gossip->heap_count++;
    for (; place > 0 && is_before(&arrival, &gossip->heap[(place - 1) / 2]); place = (place - 1) / 2)
        gossip->heap[place] = gossip->heap[(place - 1) / 2];
    gossip->heap[place] = arrival;
    return true;
}

static struct gossip_arrival pop(struct gossip *gossip)
{
    struct gossip_arrival first = gossip->heap[0], last = gossip->heap[--gossip->heap_count];
    size_t place = 0;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= gossip->heap_count)
            break;
        child += child + 1 < gossip->heap_count && is_before(&gossip->heap[child + 1], &gossip->heap[child]);
        if (!is_before(&gossip->heap[child], &last))
            break;
        gossip->heap[place] = gossip->heap[child];
        place = child;
    }
    gossip->heap[place] = last;
    return first;
}

/* ---- passage --------------------------------------------------------------------------------------------------- */

static double draw_legs_s(const struct gossip_config *config, gsl_rng *rng)
{
    double mu = log(config->leg_mean_s) - 0.5 * config->leg_sigma * config->leg_sigma, sum = 0.0;
    for (unsigned i = 0; i < LEGS; i++)
        sum += exp(mu + gsl_ran_gaussian_ziggurat(rng, config->leg_sigma));
    return sum;
}

/* Offers a version to a node. Nothing is stored that could not be the first to arrive there. */
static bool offer(struct gossip *gossip, struct gossip_arrival arrival)
{
    struct gossip_node *node = &gossip->nodes[arrival.node];
    if (arrival.time_s >= node->time_s)
        return true;
    *node = (struct gossip_node){.time_s = arrival.time_s, .version = arrival.version};
    return push(gossip, arrival);
}

/* A node has taken a version and announces it to all its peers. Legs are not drawn where they cannot matter. */
static bool pass_on(struct gossip *gossip, gsl_rng *rng, const struct gossip_arrival *taken)
{
    bool is_current = gossip->config.generation == GOSSIP_CURRENT;
    double shared_s = is_current ? gsl_ran_exponential(rng, TIMER_CAME_S) : 0.0;
    for (uint32_t i = gossip->first_peer[taken->node]; i < gossip->first_peer[taken->node + 1]; i++) {
        const struct gossip_peer *peer = &gossip->peers[i];
        double timer_s =
            peer->came && is_current ? shared_s : gsl_ran_exponential(rng, peer->came ? TIMER_CAME_S : TIMER_OPENED_S);
        /* For the peer we are one that came exactly when we opened the connection. */
        double asked_s = taken->time_s + timer_s + (is_current && !peer->came ? ASK_CAME_S : 0.0);
        if (asked_s >= gossip->nodes[peer->node].time_s)
            continue;
        struct gossip_arrival arrival = {
            .time_s = asked_s + draw_legs_s(&gossip->config, rng), .node = peer->node, .version = taken->version};
        if (!offer(gossip, arrival))
            return false;
    }
    return true;
}

bool gossip_run(struct gossip *gossip, gsl_rng *rng, const struct gossip_start *starts, size_t start_count)
{
    gossip->heap_count = 0;
    for (uint32_t i = 0; i < gossip->config.node_count; i++)
        gossip->nodes[i] = (struct gossip_node){.time_s = INFINITY};
    for (size_t i = 0; i < start_count; i++) {
        assert(starts[i].node < gossip->config.node_count && starts[i].time_s >= 0.0);
        if (!offer(gossip, (struct gossip_arrival){
                               .time_s = starts[i].time_s, .node = starts[i].node, .version = starts[i].version}))
            return false;
    }
    while (gossip->heap_count > 0) {
        struct gossip_arrival taken = pop(gossip);
        if (taken.time_s > gossip->nodes[taken.node].time_s)
            continue; /* another came earlier */
        if (!pass_on(gossip, rng, &taken))
            return false;
    }
    return true;
}

/* ---- results --------------------------------------------------------------------------------------------------- */

double gossip_conflict_share(const struct gossip *gossip)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < gossip->config.node_count; i++)
        count += gossip->nodes[i].version == GOSSIP_CONFLICT;
    return (double)count / gossip->config.node_count;
}

static int compare_times(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

bool gossip_quantile_s(const struct gossip *gossip, double *time_s, double share)
{
    assert(share > 0.0 && share <= 1.0);
    size_t count = gossip->config.node_count;
    double *times = malloc(count * sizeof times[0]);
    if (times == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        times[i] = gossip->nodes[i].time_s;
    qsort(times, count, sizeof times[0], compare_times);
    *time_s = times[(size_t)ceil(share * (double)count) - 1];
    free(times);
    return true;
}
