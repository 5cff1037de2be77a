/* test_ln_graph_gossip.c: what a graph believes, forgets and tells: BOLT 7's rules one by one.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/bitcoin/hash.h"
#include "protocol/bitcoin/script.h"
#include "protocol/lightning/announcement.h"
#include "protocol/lightning/graph_gossip.h"
#include "protocol/lightning/scripts.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/network.h"

#define NOW_S       UINT64_C(1770000000)
#define AMOUNT_SAT  50000
#define MESSAGE_MAX 1024

/* A message as it is sent. */
struct wire {
    uint8_t bytes[MESSAGE_MAX];
    size_t length;
};

static struct btc_curve curve;
static struct counting memory;
static struct ln_graph graph;
static struct ln_listener listener = {.now_s = NOW_S};
static enum ln_gossip_result why;

/* ---- people and what they say ---- */

static void secret_of(uint8_t secret[32], unsigned kind, uint32_t number)
{
    memset(secret, 0, 32);
    secret[0] = (uint8_t)(1 + kind);
    memcpy(secret + 1, &number, sizeof number);
}

static void key_of(uint8_t key[33], unsigned kind, uint32_t number)
{
    uint8_t secret[32];
    secret_of(secret, kind, number);
    assert_true(btc_pubkey_wire_from_secret(&curve, key, secret));
}

static struct wire encode(const struct ln_message *message)
{
    struct wire wire;
    assert_int_equal(ln_message_encode(wire.bytes, sizeof wire.bytes, &wire.length, message), LN_WIRE_OK);
    return wire;
}

static void sign(struct wire *wire, enum ln_gossip_place place, unsigned kind, uint32_t number)
{
    uint8_t secret[32];
    secret_of(secret, kind, number);
    assert_int_equal(ln_gossip_sign(&curve, wire->bytes, wire->length, place, secret), LN_GOSSIP_OK);
}

/* The announcement of a channel between two nodes. In: scid, whose number is that of the bitcoin keys too. Out: look,
 * with its script. */
static struct wire announce(uint64_t scid, uint32_t a, uint32_t b, struct ln_funding_look *look, uint8_t script[34])
{
    struct ln_announced_end ends[2];
    struct ln_message message;
    uint8_t witness[LN_FUNDING_SCRIPT_BYTES], hash[32];
    uint32_t numbers[2] = {a, b};
    for (unsigned i = 0; i < 2; i++) {
        key_of(ends[i].node_id, 0, numbers[i]);
        key_of(ends[i].bitcoin_key, 1 + i, (uint32_t)scid);
    }
    enum ln_gossip_place place = ln_announcement_init(&message, graph.config.chain_hash, scid, &ends[0], &ends[1]);
    struct wire wire = encode(&message);
    for (unsigned i = 0; i < 2; i++) {
        enum ln_gossip_place node = i == 0 ? place : LN_GOSSIP_NODE_1 + LN_GOSSIP_NODE_2 - place;
        sign(&wire, node, 0, numbers[i]);
        sign(&wire, node + LN_GOSSIP_BITCOIN_1 - LN_GOSSIP_NODE_1, 1 + i, (uint32_t)scid);
    }
    ln_script_funding(witness, ends[0].bitcoin_key, ends[1].bitcoin_key);
    btc_sha256(hash, witness, sizeof witness);
    btc_script_p2wsh(script, hash);
    *look = (struct ln_funding_look){.state = LN_FUNDING_FOUND,
                                     .confirmations = 6,
                                     .amount_sat = AMOUNT_SAT,
                                     .script = btc_bytes(script, 34),
                                     .outpoint = {.txid = {(uint8_t)scid, 7}, .index = 1}};
    return wire;
}

/* The direction of a node in its channel with another. */
static unsigned side_of(uint32_t node, uint32_t other)
{
    uint8_t keys[2][33];
    key_of(keys[0], 0, node);
    key_of(keys[1], 0, other);
    return memcmp(keys[0], keys[1], 33) > 0;
}

static struct ln_message update_of(uint64_t scid, uint32_t node, uint32_t other, uint32_t timestamp)
{
    struct ln_message message = {.type = LN_CHANNEL_UPDATE};
    message.channel_update = (struct ln_channel_update){.short_channel_id = scid,
                                                        .timestamp = timestamp,
                                                        .message_flags = LN_UPDATE_MUST_BE_ONE,
                                                        .channel_flags = (uint8_t)side_of(node, other),
                                                        .cltv_expiry_delta_blocks = 40,
                                                        .htlc_minimum_msat = 1,
                                                        .fee_base_msat = 1000,
                                                        .fee_proportional_ppm = 100,
                                                        .htlc_maximum_msat = 40000000};
    memcpy(message.channel_update.chain_hash, graph.config.chain_hash, 32);
    return message;
}

static struct wire signed_by(const struct ln_message *message, uint32_t node)
{
    struct wire wire = encode(message);
    sign(&wire, LN_GOSSIP_NODE_1, 0, node);
    return wire;
}

static struct wire update(uint64_t scid, uint32_t node, uint32_t other, uint32_t timestamp)
{
    struct ln_message message = update_of(scid, node, other, timestamp);
    return signed_by(&message, node);
}

static struct wire describe(uint32_t node, uint32_t timestamp, struct btc_bytes features)
{
    struct ln_message message = {.type = LN_NODE_ANNOUNCEMENT};
    message.node_announcement = (struct ln_node_announcement){.features = features, .timestamp = timestamp};
    key_of(message.node_announcement.node_id, 0, node);
    return signed_by(&message, node);
}

static enum ln_hearing hear(const struct wire *wire, const struct ln_funding_look *look)
{
    uint8_t before[32], after[32];
    ln_graph_digest(before, &graph);
    enum ln_hearing hearing = ln_graph_hear(&graph, &why, &listener, btc_bytes(wire->bytes, wire->length), look);
    ln_graph_digest(after, &graph);
    bool changes = hearing == LN_HEARING_OK || hearing == LN_HEARING_CONFLICT;
    assert_int_equal(memcmp(before, after, 32) != 0, changes);
    assert_int_equal(why != LN_GOSSIP_OK, hearing == LN_HEARING_FALSE);
    assert_string_not_equal(ln_hearing_text(hearing), "unknown");
    return hearing;
}

static void open_channel(uint64_t scid, uint32_t a, uint32_t b)
{
    struct ln_funding_look look;
    uint8_t script[34];
    struct wire wire = announce(scid, a, b, &look, script);
    assert_int_equal(hear(&wire, &look), LN_HEARING_OK);
}

static int begin(void **state)
{
    (void)state;
    counting_init(&memory);
    network_init(&graph, &memory.allocator);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ln_graph_close(&graph);
    assert_int_equal(memory.held, 0);
    return 0;
}

/* ---- channel_announcement ---- */

static void a_channel_is_believed_if_its_output_is_there(void **state)
{
    struct ln_funding_look look;
    uint8_t script[34];
    uint64_t scid;
    struct wire wire = announce(7, 1, 2, &look, script);
    (void)state;
    assert_true(ln_graph_asks_about(&graph, &scid, btc_bytes(wire.bytes, wire.length)));
    assert_int_equal(scid, 7);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OUTPUT);
    look.state = LN_FUNDING_ABSENT;
    assert_int_equal(hear(&wire, &look), LN_HEARING_OUTPUT);
    look.state = LN_FUNDING_FOUND;
    script[5] ^= 1;
    assert_int_equal(hear(&wire, &look), LN_HEARING_OUTPUT);
    script[5] ^= 1;
    look.confirmations = 5;
    assert_int_equal(hear(&wire, &look), LN_HEARING_SHALLOW);
    look.confirmations = 6;
    assert_int_equal(hear(&wire, &look), LN_HEARING_OK);
    assert_int_equal(hear(&wire, &look), LN_HEARING_OLD);
    assert_false(ln_graph_asks_about(&graph, &scid, btc_bytes(wire.bytes, wire.length)));
    const struct ln_graph_channel *channel = ln_graph_channel(&graph, ln_graph_find_channel(&graph, 7));
    assert_int_equal(channel->capacity_sat, AMOUNT_SAT);
    assert_int_equal(channel->heard_s, NOW_S);
    assert_true(ln_graph_find_outpoint(&graph, &look.outpoint) != LN_GRAPH_NONE);
}

static void other_chains_and_false_signatures_are_refused(void **state)
{
    struct ln_funding_look look;
    uint8_t script[34];
    struct wire wire = announce(7, 1, 2, &look, script);
    (void)state;
    graph.config.chain_hash[3] ^= 1;
    assert_int_equal(hear(&wire, &look), LN_HEARING_CHAIN);
    graph.config.chain_hash[3] ^= 1;
    for (unsigned place = 0; place < 4; place++) {
        wire.bytes[2 + 64 * place + 10] ^= 1;
        assert_int_equal(hear(&wire, &look), LN_HEARING_FALSE);
        assert_int_equal(why, LN_GOSSIP_SIGNATURE);
        wire.bytes[2 + 64 * place + 10] ^= 1;
    }
    wire.bytes[2 + 256 + 1] = 1; /* a length of features that are not there */
    assert_int_equal(hear(&wire, &look), LN_HEARING_BYTES);
    wire.length = 1;
    assert_int_equal(hear(&wire, &look), LN_HEARING_BYTES);
    listener.trust = LN_TRUST_SENDER;
    wire = announce(7, 1, 2, &look, script);
    wire.bytes[20] ^= 1;
    assert_int_equal(hear(&wire, &look), LN_HEARING_OK);
    listener.trust = LN_TRUST_NOBODY;
}

static void two_pairs_of_nodes_for_one_output_are_blacklisted(void **state)
{
    struct ln_funding_look look, other;
    uint8_t script[34], id[33];
    struct wire first = announce(7, 1, 2, &look, script), second = announce(7, 1, 3, &other, script);
    (void)state;
    open_channel(8, 2, 4);
    open_channel(9, 4, 5);
    assert_int_equal(hear(&first, &look), LN_HEARING_OK);
    second.bytes[9] ^= 1;
    assert_int_equal(hear(&second, &other), LN_HEARING_FALSE); /* a forger bans nobody */
    second.bytes[9] ^= 1;
    struct ln_funding_look unchecked = {.state = LN_FUNDING_UNCHECKED};
    assert_int_equal(hear(&second, &unchecked), LN_HEARING_OLD); /* nor who has not looked */
    assert_int_equal(hear(&second, &other), LN_HEARING_CONFLICT);
    assert_int_equal(ln_graph_channel_count(&graph), 1); /* 4 and 5 */
    for (uint32_t node = 1; node <= 3; node++) {
        key_of(id, 0, node);
        assert_true(ln_graph_node(&graph, ln_graph_find_node(&graph, id))->flags & LN_GRAPH_BLACKLISTED);
    }
    assert_int_equal(hear(&first, &look), LN_HEARING_BANNED);
    struct wire described = describe(3, NOW_S, btc_bytes(NULL, 0));
    assert_int_equal(hear(&described, NULL), LN_HEARING_BANNED);
}

static void without_a_chain_capacities_stay_unknown(void **state)
{
    struct ln_funding_look look = {.state = LN_FUNDING_UNCHECKED}, ignored;
    uint8_t script[34];
    struct wire wire = announce(7, 1, 2, &ignored, script);
    (void)state;
    assert_int_equal(hear(&wire, &look), LN_HEARING_OK);
    assert_int_equal(ln_graph_channel(&graph, ln_graph_find_channel(&graph, 7))->capacity_sat, 0);
    wire = update(7, 1, 2, NOW_S);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    struct ln_edge edge;
    assert_true(ln_graph_is_usable(ln_graph_channel(&graph, ln_graph_find_channel(&graph, 7)), side_of(1, 2), &edge));
    assert_int_equal(edge.capacity_msat, 40000000);
}

/* ---- channel_update ---- */

static void updates_come_after_announcements_and_only_newer_ones_count(void **state)
{
    (void)state;
    struct wire early = update(7, 1, 2, NOW_S - 5), late = update(7, 1, 2, NOW_S), same = late;
    assert_int_equal(hear(&early, NULL), LN_HEARING_UNKNOWN);
    open_channel(7, 1, 2);
    assert_int_equal(hear(&late, NULL), LN_HEARING_OK);
    assert_int_equal(hear(&early, NULL), LN_HEARING_OLD);
    assert_int_equal(hear(&same, NULL), LN_HEARING_OLD);
    struct ln_message changed = update_of(7, 1, 2, NOW_S);
    changed.channel_update.fee_base_msat++;
    same = signed_by(&changed, 1);
    assert_int_equal(hear(&same, NULL), LN_HEARING_OLD);
    late = update(7, 2, 1, NOW_S);
    assert_int_equal(hear(&late, NULL), LN_HEARING_OK); /* each end has its own */
    early = update(7, 1, 2, 0);
    assert_int_equal(hear(&early, NULL), LN_HEARING_OLD);
}

static void updates_are_signed_by_the_end_that_they_name(void **state)
{
    struct ln_message message = update_of(7, 1, 2, NOW_S);
    (void)state;
    open_channel(7, 1, 2);
    struct wire wire = signed_by(&message, 2);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_FALSE);
    message.channel_update.channel_flags ^= LN_UPDATE_DIRECTION;
    wire = signed_by(&message, 2);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    const struct ln_graph_channel *channel = ln_graph_channel(&graph, ln_graph_find_channel(&graph, 7));
    assert_true(channel->policies[side_of(2, 1)].flags & LN_POLICY_KNOWN);
    assert_false(channel->policies[side_of(1, 2)].flags & LN_POLICY_KNOWN);
    message.channel_update.chain_hash[0] ^= 1;
    wire = signed_by(&message, 2);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_CHAIN);
}

static void updates_of_another_time_are_ignored(void **state)
{
    (void)state;
    open_channel(7, 1, 2);
    struct wire stale = update(7, 1, 2, NOW_S - LN_GRAPH_STALE_S - 1), future = update(7, 1, 2, NOW_S + 86401);
    assert_int_equal(hear(&stale, NULL), LN_HEARING_STALE);
    assert_int_equal(hear(&future, NULL), LN_HEARING_FUTURE);
    stale = update(7, 1, 2, NOW_S - LN_GRAPH_STALE_S);
    future = update(7, 1, 2, NOW_S + 86400);
    assert_int_equal(hear(&stale, NULL), LN_HEARING_OK);
    assert_int_equal(hear(&future, NULL), LN_HEARING_OK);
}

static bool is_usable(uint64_t scid, uint32_t node, uint32_t other)
{
    return ln_graph_is_usable(ln_graph_channel(&graph, ln_graph_find_channel(&graph, scid)), side_of(node, other),
                              NULL);
}

static void what_an_update_says_decides_whether_it_is_routed_over(void **state)
{
    struct ln_message message = update_of(7, 1, 2, NOW_S);
    struct ln_channel_update *what = &message.channel_update;
    (void)state;
    open_channel(7, 1, 2);
    assert_false(is_usable(7, 1, 2));
    struct wire wire = signed_by(&message, 1);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_true(is_usable(7, 1, 2));
    what->timestamp++;
    what->channel_flags |= LN_UPDATE_DISABLE;
    wire = signed_by(&message, 1);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_false(is_usable(7, 1, 2));
    what->timestamp++;
    what->channel_flags ^= LN_UPDATE_DISABLE;
    what->htlc_minimum_msat = what->htlc_maximum_msat + 1;
    wire = signed_by(&message, 1);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_false(is_usable(7, 1, 2));
    what->timestamp++;
    what->htlc_maximum_msat = AMOUNT_SAT * 1000 + 1; /* above capacity */
    wire = signed_by(&message, 1);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_false(is_usable(7, 1, 2));
    what->timestamp++;
    what->htlc_maximum_msat--;
    wire = signed_by(&message, 1);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_true(is_usable(7, 1, 2));
}

/* ---- node_announcement ---- */

static void nodes_are_known_by_their_channels(void **state)
{
    static const uint8_t unknown_even[16] = {0x40}, unknown_odd[16] = {0x80};
    uint8_t id[33];
    struct wire wire = describe(1, NOW_S, btc_bytes(NULL, 0));
    (void)state;
    key_of(id, 0, 1);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_UNKNOWN);
    open_channel(7, 1, 2);
    wire.bytes[12] ^= 1;
    assert_int_equal(hear(&wire, NULL), LN_HEARING_FALSE);
    wire.bytes[12] ^= 1;
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OLD);
    wire = describe(1, NOW_S + 1, btc_bytes(unknown_even, 16)); /* bit 126 */
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_true(ln_graph_node(&graph, ln_graph_find_node(&graph, id))->flags & LN_GRAPH_UNKNOWN_FEATURE);
    wire = describe(1, NOW_S + 2, btc_bytes(unknown_odd, 16));
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_false(ln_graph_node(&graph, ln_graph_find_node(&graph, id))->flags & LN_GRAPH_UNKNOWN_FEATURE);
    wire = describe(1, NOW_S + 86401, btc_bytes(NULL, 0));
    assert_int_equal(hear(&wire, NULL), LN_HEARING_FUTURE);
}

/* ---- forgetting ---- */

static void closed_channels_are_forgotten_after_72_blocks(void **state)
{
    struct ln_funding_look look;
    uint8_t script[34];
    struct wire wire = announce(7, 1, 2, &look, script), late = update(7, 1, 2, NOW_S), last;
    (void)state;
    assert_int_equal(hear(&wire, &look), LN_HEARING_OK);
    open_channel(8, 2, 3);
    ln_graph_hear_spent(&graph, &look.outpoint, 1000);
    assert_int_equal(hear(&late, NULL), LN_HEARING_SPENT);
    struct ln_message message = update_of(7, 1, 2, NOW_S);
    message.channel_update.channel_flags |= LN_UPDATE_DISABLE;
    last = signed_by(&message, 1);
    assert_int_equal(hear(&last, NULL), LN_HEARING_OK);
    assert_int_equal(ln_graph_forget(&graph, NOW_S, 1071), 0);
    ln_graph_hear_spent(&graph, &look.outpoint, 0); /* the block was taken back */
    assert_int_equal(ln_graph_forget(&graph, NOW_S, 1072), 0);
    ln_graph_hear_spent(&graph, &look.outpoint, 1001);
    assert_int_equal(ln_graph_forget(&graph, NOW_S, 1072), 0);
    assert_int_equal(ln_graph_forget(&graph, NOW_S, 1073), 1);
    assert_int_equal(ln_graph_find_channel(&graph, 7), LN_GRAPH_NONE);
    assert_int_equal(ln_graph_node_count(&graph), 2);
}

static void channels_of_which_one_end_is_silent_are_forgotten_after_two_weeks(void **state)
{
    (void)state;
    for (uint64_t scid = 1; scid <= 3; scid++) {
        open_channel(scid, 1, 2);
        struct wire wire = update(scid, 1, 2, NOW_S + 80000);
        assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    }
    struct wire wire = update(1, 2, 1, NOW_S + 80000);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    wire = update(2, 2, 1, NOW_S - 100);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_int_equal(ln_graph_forget(&graph, NOW_S - 100 + LN_GRAPH_STALE_S, 0), 0);
    assert_int_equal(ln_graph_forget(&graph, NOW_S - 99 + LN_GRAPH_STALE_S, 0), 1); /* 2: an end's word is too old */
    assert_int_equal(ln_graph_forget(&graph, NOW_S + 1 + LN_GRAPH_STALE_S, 0), 1);  /* 3: an end never spoke */
    assert_true(ln_graph_find_channel(&graph, 1) != LN_GRAPH_NONE);
}

/* ---- telling ---- */

/* Tells another graph all that the filter passes. Returns how many messages. */
static unsigned tell(struct ln_graph *peer, const struct ln_tell_filter *filter)
{
    struct ln_telling telling = {0};
    uint8_t bytes[LN_KEPT_BYTES_MAX];
    unsigned count = 0;
    for (size_t length; (length = ln_graph_tell(&graph, &telling, bytes, filter)) > 0; count++) {
        uint64_t scid;
        struct ln_funding_look look = {0}, *asked = NULL;
        uint8_t script[34];
        if (ln_graph_asks_about(peer, &scid, btc_bytes(bytes, length))) {
            (void)announce(scid, 1, 2, &look, script); /* the look does not depend on the nodes */
            asked = &look;
        }
        assert_int_equal(ln_graph_hear(peer, NULL, &listener, btc_bytes(bytes, length), asked), LN_HEARING_OK);
    }
    return count;
}

static void a_peer_that_asks_for_all_learns_all(void **state)
{
    struct dice dice = {1};
    struct ln_graph peer;
    uint8_t ours[32], theirs[32];
    unsigned messages = 0;
    (void)state;
    for (uint64_t scid = 1; scid <= 20; scid++) {
        uint32_t a = dice_below(&dice, 8), b = (a + 1 + dice_below(&dice, 7)) % 8;
        open_channel(scid * 1000, a, b);
        struct wire wire = update(scid * 1000, a, b, NOW_S - dice_below(&dice, 1000));
        assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
        wire = update(scid * 1000, b, a, NOW_S - dice_below(&dice, 1000));
        assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
        messages += 3;
    }
    for (uint32_t node = 0; node < 8; node += 2) {
        struct wire wire = describe(node, NOW_S, btc_bytes(NULL, 0));
        messages += hear(&wire, NULL) == LN_HEARING_OK;
    }
    network_init(&peer, &memory.allocator);
    assert_int_equal(tell(&peer, &(struct ln_tell_filter){0, UINT32_MAX}), messages);
    ln_graph_digest(ours, &graph);
    ln_graph_digest(theirs, &peer);
    assert_memory_equal(ours, theirs, 32);
    ln_graph_close(&peer);
}

static void a_filter_is_by_time(void **state)
{
    struct ln_graph peer;
    (void)state;
    for (uint64_t scid = 1; scid <= 4; scid++) {
        open_channel(scid, 1, 2);
        struct wire wire = update(scid, 1, 2, (uint32_t)(NOW_S - 100 * scid));
        assert_int_equal(scid == 4 ? LN_HEARING_OK : hear(&wire, NULL), LN_HEARING_OK); /* 4 has none */
    }
    struct wire wire = describe(1, NOW_S - 200, btc_bytes(NULL, 0));
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    network_init(&peer, &memory.allocator);
    assert_int_equal(tell(&peer, &(struct ln_tell_filter){UINT32_MAX, 0}), 0);
    assert_int_equal(tell(&peer, &(struct ln_tell_filter){NOW_S - 199, 100}), 2); /* 1's: its update at -100 */
    assert_int_equal(ln_graph_channel_count(&peer), 0 + 1);
    ln_graph_close(&peer);
    network_init(&peer, &memory.allocator);
    assert_int_equal(tell(&peer, &(struct ln_tell_filter){NOW_S - 200, 100}), 3); /* 2's, and node 1 */
    ln_graph_close(&peer);
    network_init(&peer, &memory.allocator);
    ln_graph_mark_spent(&graph, ln_graph_find_channel(&graph, 2), 5);
    assert_int_equal(tell(&peer, &(struct ln_tell_filter){0, UINT32_MAX}), 2 * 2 + 1); /* 2 is closing */
    ln_graph_close(&peer);
}

static void what_is_not_for_others_is_not_told(void **state)
{
    struct ln_graph peer;
    struct ln_message message = update_of(7, 1, 2, NOW_S);
    (void)state;
    message.channel_update.message_flags |= LN_UPDATE_DONT_FORWARD;
    struct wire wire = signed_by(&message, 1);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_PRIVATE);
    open_channel(7, 1, 2);
    assert_int_equal(hear(&wire, NULL), LN_HEARING_OK);
    assert_true(is_usable(7, 1, 2));
    network_init(&peer, &memory.allocator);
    assert_int_equal(tell(&peer, &(struct ln_tell_filter){0, UINT32_MAX}), 0);
    ln_graph_close(&peer);
}

/* Whatever bytes: no crash, and unless they are believed nothing changes. */
static void any_byte_changed_is_noticed(void **state)
{
    struct dice dice = {9};
    struct ln_funding_look look;
    uint8_t script[34];
    (void)state;
    open_channel(7, 1, 2);
    struct wire wires[3] = {announce(8, 1, 3, &look, script), update(7, 1, 2, NOW_S),
                            describe(1, NOW_S, btc_bytes(NULL, 0))};
    for (unsigned i = 0; i < 600; i++) {
        struct wire wire = wires[i % 3];
        wire.bytes[dice_below(&dice, (uint32_t)wire.length)] ^= (uint8_t)(1u << dice_below(&dice, 8));
        assert_int_not_equal(hear(&wire, &look), LN_HEARING_OK);
        wire.length = dice_below(&dice, (uint32_t)wire.length);
        assert_int_not_equal(hear(&wire, &look), LN_HEARING_OK);
    }
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_channel_is_believed_if_its_output_is_there),
        TEST(other_chains_and_false_signatures_are_refused),
        TEST(two_pairs_of_nodes_for_one_output_are_blacklisted),
        TEST(without_a_chain_capacities_stay_unknown),
        TEST(updates_come_after_announcements_and_only_newer_ones_count),
        TEST(updates_are_signed_by_the_end_that_they_name),
        TEST(updates_of_another_time_are_ignored),
        TEST(what_an_update_says_decides_whether_it_is_routed_over),
        TEST(nodes_are_known_by_their_channels),
        TEST(closed_channels_are_forgotten_after_72_blocks),
        TEST(channels_of_which_one_end_is_silent_are_forgotten_after_two_weeks),
        TEST(a_peer_that_asks_for_all_learns_all),
        TEST(a_filter_is_by_time),
        TEST(what_is_not_for_others_is_not_told),
        TEST(any_byte_changed_is_noticed),
    };
    btc_curve_init(&curve);
    listener.curve = &curve;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
