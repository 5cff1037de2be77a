/* fuzz_graph.c: libFuzzer target: any bytes as gossip of a sender that is believed, and as routes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each message stands behind a byte that says what to do and two that say its length: hear it, with one of two outputs
 * found or none; or let time pass, close a channel, tell a peer, look for a route.
 */
#include "protocol/lightning/graph_gossip.h"
#include "tests/fuzz/graph_check.h"

#define NOW_S UINT64_C(1770000000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct life {
    struct ln_graph graph;
    struct ln_listener listener;
    uint32_t height;
};

static void hear(struct life *life, struct btc_bytes message, uint8_t how)
{
    uint8_t before[32], after[32];
    const struct ln_funding_look look = {.state = how % 3 == 0 ? LN_FUNDING_UNCHECKED : LN_FUNDING_FOUND,
                                         .confirmations = 6,
                                         .amount_sat = 1000000,
                                         .script = message,
                                         .outpoint = {.txid = {how}}};
    ln_graph_digest(before, &life->graph);
    enum ln_hearing hearing = ln_graph_hear(&life->graph, NULL, &life->listener, message, &look);
    ln_graph_digest(after, &life->graph);
    assert(memcmp(before, after, 32) == 0 || hearing == LN_HEARING_OK || hearing == LN_HEARING_CONFLICT);
}

/* What is told is heard by a peer that knows nothing. */
static void tell(const struct life *life)
{
    struct life peer = {.listener = life->listener};
    struct ln_telling telling = {0};
    const struct ln_tell_filter filter = {0, UINT32_MAX};
    uint8_t bytes[LN_KEPT_BYTES_MAX];
    uint32_t told = 0;
    ln_graph_init(&peer.graph, &life->graph.config);
    for (size_t length; (length = ln_graph_tell(&life->graph, &telling, bytes, &filter)) > 0; told++) {
        hear(&peer, btc_bytes(bytes, length), 0);
    }
    assert(told <= 3 * ln_graph_channel_count(&life->graph) + ln_graph_node_count(&life->graph));
    check_graph(&peer.graph);
    ln_graph_close(&peer.graph);
}

static void step(struct life *life, uint8_t what, struct btc_bytes message)
{
    const struct btc_outpoint outpoint = {.txid = {what}};
    switch (what % 8) {
    case 0:
        life->listener.now_s += message.length * 1000;
        life->height += (uint32_t)message.length;
        ln_graph_forget(&life->graph, life->listener.now_s, life->height);
        break;
    case 1:
        ln_graph_hear_spent(&life->graph, &outpoint, life->height);
        break;
    case 2:
        tell(life);
        break;
    case 3:
        check_route(&life->graph, 1 + message.length * 1000);
        break;
    default:
        hear(life, message, what);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const struct ln_graph_config config = {
        .allocator = &room_allocator, .nodes_max = 50, .channels_max = 50, .kept_bytes_max = 20000};
    struct life life = {.listener = {.trust = LN_TRUST_SENDER, .now_s = NOW_S}, .height = 1000};
    ln_graph_init(&life.graph, &config);
    while (length >= 3) {
        size_t size = (size_t)bytes[1] << 8 | bytes[2];
        size = size < length - 3 ? size : length - 3;
        step(&life, bytes[0], btc_bytes(bytes + 3, size));
        bytes += 3 + size;
        length -= 3 + size;
    }
    check_graph(&life.graph);
    ln_graph_close(&life.graph);
    return 0;
}
