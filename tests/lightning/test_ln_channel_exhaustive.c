/* test_ln_channel_exhaustive.c: two ends, two HTLCs each way, one fee update: every order of everything.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A state is both channels, both queues, what each end has still to do, and how many connections may yet be lost. From
 * each state every possible action is tried; states that were seen before are not gone through again, but their paths
 * count. All paths must end in one state, and in each state the sums must be exact. Signatures are tokens; some walks
 * are gone with real ones, and every commitment then goes through the interpreter.
 */
#include <stdlib.h>

#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/lightning/duo.h"

#define SLOTS       16
#define DEPTH_MAX   400
#define QUEUE_SAVED 65536

enum action { DELIVER_0, DELIVER_1, COMMAND_0, COMMAND_1, COMMIT_0, COMMIT_1, REMOVE_0, REMOVE_1, CUT, JOIN, ACTIONS };

/* What is to be done, and how far it is. */
struct plan {
    unsigned adds[2];
    unsigned fees;
    unsigned cuts;
};

struct world {
    struct plan left;
    bool joined;
};

struct saved {
    struct world world;
    struct ln_channel channels[2];
    struct ln_pool pools[2];
    struct ln_slot slots[2][SLOTS];
    uint32_t queue[2][3];
    uint8_t bytes[2][QUEUE_SAVED];
};

struct seen {
    uint64_t hash[2];
    double paths;
};

static struct duo duo;
static struct world world;
static struct saved *stack[DEPTH_MAX];
static struct seen *table;
static size_t table_mask;
static uint64_t state_count;
static uint64_t transition_count;
static uint64_t end_hash[2];
static uint64_t end_count;

/* ---- states ---- */

static void save(struct saved *to)
{
    to->world = world;
    for (unsigned end = 0; end < 2; end++) {
        struct duo_end *at = &duo.ends[end];
        to->channels[end] = at->channel;
        to->pools[end] = at->pool;
        for (unsigned i = 0; i < SLOTS; i++) {
            memcpy(&to->slots[end][i], &at->slots[i], offsetof(struct ln_slot, blob) + at->slots[i].blob_length);
        }
        to->queue[end][0] = at->out.head;
        to->queue[end][1] = at->out.tail;
        to->queue[end][2] = at->out.count;
        assert_true(at->out.tail <= QUEUE_SAVED);
        memcpy(to->bytes[end] + at->out.head, at->out.bytes + at->out.head, at->out.tail - at->out.head);
    }
}

static void load(const struct saved *from)
{
    world = from->world;
    for (unsigned end = 0; end < 2; end++) {
        struct duo_end *at = &duo.ends[end];
        at->channel = from->channels[end];
        at->pool = from->pools[end];
        for (unsigned i = 0; i < SLOTS; i++) {
            const struct ln_slot *slot = &from->slots[end][i];
            memcpy(&at->slots[i], slot, offsetof(struct ln_slot, blob) + slot->blob_length);
        }
        at->out.head = from->queue[end][0];
        at->out.tail = from->queue[end][1];
        at->out.count = from->queue[end][2];
        memcpy(at->out.bytes + at->out.head, from->bytes[end] + at->out.head, at->out.tail - at->out.head);
    }
}

static void mix(uint64_t hash[2], uint64_t value)
{
    hash[0] = (hash[0] ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    hash[0] ^= hash[0] >> 29;
    hash[1] = (hash[1] + value) * UINT64_C(0xbf58476d1ce4e5b9);
    hash[1] ^= hash[1] >> 31;
}

static void mix_bytes(uint64_t hash[2], const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + 8 <= length; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        mix(hash, word);
    }
    for (size_t i = length / 8 * 8; i < length; i++) {
        mix(hash, bytes[i]);
    }
}

static void mix_channel(uint64_t hash[2], const struct duo_end *at)
{
    const struct ln_channel *channel = &at->channel;
    mix(hash, channel->stage + 256 * channel->connected + 512 * channel->reestablished +
                  1024 * channel->awaiting_revoke + 2048 * (channel->awaiting_revoke && channel->revoke_was_last));
    mix(hash, channel->local_number << 32 | channel->remote_number);
    mix(hash, channel->settled_msat[0]);
    mix(hash, channel->next_id[0] << 32 | channel->next_id[1]);
    for (unsigned i = 0; i <= LN_LIVE; i++) {
        mix(hash, channel->fees.rate_sat_per_kwu[i]);
    }
    mix(hash, channel->revoke_was_last);
    mix_bytes(hash, channel->their_signature, 64);
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = at->slots[i].next) {
        mix(hash, at->slots[i].id << 16 | at->slots[i].outcome << 8 | at->slots[i].state);
    }
}

/* Onions are left out: they follow from the HTLC. */
static void mix_queue(uint64_t hash[2], const struct duo_queue *queue)
{
    mix(hash, queue->count);
    for (uint32_t at = queue->head; at < queue->tail;) {
        uint32_t length;
        memcpy(&length, queue->bytes + at, 4);
        mix_bytes(hash, queue->bytes + at + 4, length > 400 ? 90 : length);
        at += 4 + length;
    }
}

static void hash_world(uint64_t hash[2])
{
    hash[0] = 1;
    hash[1] = 2;
    mix(hash, world.left.adds[0] | world.left.adds[1] << 8 | world.left.fees << 16 | world.left.cuts << 20 |
                  (unsigned)world.joined << 24);
    for (unsigned end = 0; end < 2; end++) {
        mix_channel(hash, &duo.ends[end]);
        mix_queue(hash, &duo.ends[end].out);
    }
}

/* ---- actions ---- */

static bool find_live(unsigned end, uint64_t *id)
{
    const struct duo_end *at = &duo.ends[end];
    for (uint32_t i = at->channel.first_record; i != LN_RECORD_NONE; i = at->slots[i].next) {
        if (at->slots[i].state == ln_htlc_state(LN_THEM, LN_LIVE)) {
            *id = at->slots[i].id;
            return true;
        }
    }
    return false;
}

static bool can_commit(unsigned end)
{
    const struct duo_end *at = &duo.ends[end];
    return ln_channel_is_live(&at->channel) && !at->channel.awaiting_revoke &&
           ln_channel_wants_commit(&at->channel, &at->shop);
}

static bool is_possible(enum action action)
{
    uint64_t id;
    unsigned end = action & 1;
    switch (action) {
    case DELIVER_0:
    case DELIVER_1:
        return duo.ends[end].out.count > 0;
    case COMMAND_0:
    case COMMAND_1:
        return ln_channel_is_live(&duo.ends[end].channel) &&
               (world.left.adds[end] > 0 || (end == 0 && world.left.fees > 0));
    case COMMIT_0:
    case COMMIT_1:
        return can_commit(end);
    case REMOVE_0:
    case REMOVE_1:
        return find_live(end, &id);
    case CUT:
        return world.joined && world.left.cuts > 0;
    case JOIN:
        return !world.joined;
    case ACTIONS:
        break;
    }
    return false;
}

/* End 0 changes the feerate between its adds. The first HTLC of each end is fulfilled, the second failed. */
static void command(unsigned end)
{
    if (end == 0 && world.left.fees > 0 && world.left.adds[0] <= 1) {
        world.left.fees--;
        enum ln_channel_result result = ln_channel_update_fee(&duo.ends[0].channel, &duo.ends[0].shop, 1500);
        assert_int_equal(result, LN_CHANNEL_OK);
        duo_take(&duo, 0);
        return;
    }
    world.left.adds[end]--;
    unsigned preimage = 10 * (end + 1) + (unsigned)duo.ends[end].channel.next_id[LN_US];
    assert_int_equal(duo_add(&duo, end, (end + 1) * UINT64_C(10000001), preimage), LN_CHANNEL_OK);
}

static void act(enum action action)
{
    uint64_t id = 0;
    unsigned end = action & 1;
    transition_count++;
    switch (action) {
    case DELIVER_0:
    case DELIVER_1:
        duo_deliver(&duo, end);
        break;
    case COMMAND_0:
    case COMMAND_1:
        command(end);
        break;
    case COMMIT_0:
    case COMMIT_1:
        duo_tick(&duo, end);
        break;
    case REMOVE_0:
    case REMOVE_1:
        find_live(end, &id);
        if (id % 2 == 0) {
            duo_fulfill(&duo, end, id, 10 * (2 - end) + (unsigned)id);
        } else {
            duo_fail(&duo, end, id);
        }
        break;
    case CUT:
        world.left.cuts--;
        world.joined = false;
        duo_disconnect(&duo);
        break;
    case JOIN:
        world.joined = true;
        duo_reconnect(&duo);
        break;
    case ACTIONS:
        break;
    }
    duo_audit(&duo);
}

/* ---- exploring ---- */

static struct seen *find_seen(const uint64_t hash[2])
{
    size_t slot = hash[0] & table_mask;
    while (table[slot].paths != 0 && (table[slot].hash[0] != hash[0] || table[slot].hash[1] != hash[1])) {
        slot = (slot + 1) & table_mask;
    }
    return &table[slot];
}

/* All has been done. What end states have in common: balances, feerate, nothing left over. */
static void check_end(void)
{
    uint64_t hash[2] = {3, 4};
    for (unsigned end = 0; end < 2; end++) {
        const struct duo_end *at = &duo.ends[end];
        assert_true(ln_channel_is_quiet(&at->channel, &at->shop));
        assert_int_equal(at->pool.used, 0);
        mix(hash, at->channel.settled_msat[LN_US]);
        mix(hash, at->channel.fees.rate_sat_per_kwu[LN_LIVE]);
        mix(hash, at->channel.next_id[LN_US]);
    }
    if (end_count++ == 0) {
        memcpy(end_hash, hash, sizeof hash);
    }
    assert_memory_equal(end_hash, hash, sizeof hash);
}

static double explore(unsigned depth)
{
    uint64_t hash[2];
    hash_world(hash);
    struct seen *seen = find_seen(hash);
    if (seen->paths != 0) {
        return seen->paths;
    }
    assert_true(depth < DEPTH_MAX);
    if (stack[depth] == NULL) {
        stack[depth] = malloc(sizeof *stack[depth]);
    }
    save(stack[depth]);
    double paths = 0;
    bool only_cut = true;
    for (unsigned action = 0; action < ACTIONS; action++) {
        if (is_possible((enum action)action)) {
            only_cut &= action == CUT;
            act((enum action)action);
            paths += explore(depth + 1);
            load(stack[depth]);
        }
    }
    if (only_cut) {
        check_end();
        paths += 1;
    }
    state_count++;
    assert_true(state_count < table_mask / 2);
    seen = find_seen(hash);
    memcpy(seen->hash, hash, sizeof seen->hash);
    seen->paths = paths;
    return paths;
}

static const struct duo_setup setup = {.backend = LN_BACKEND_TOKEN,
                                       .flags = LN_CHANNEL_ANCHORS,
                                       .slots = SLOTS,
                                       .feerate_sat_per_kwu = 1000,
                                       .funding_sat = 1000000,
                                       .push_msat = 400000000};

static void explore_plan(const char *name, struct plan plan, bool at_once)
{
    memset(table, 0, (table_mask + 1) * sizeof *table);
    state_count = transition_count = end_count = 0;
    duo_init(&duo, &setup);
    world = (struct world){plan, true};
    for (unsigned end = 0; at_once && end < 2; end++) {
        while (is_possible((enum action)(COMMAND_0 + end))) {
            command(end);
        }
    }
    double paths = explore(0);
    printf("%s: %llu states, %llu transitions, %.3g interleavings\n", name, (unsigned long long)state_count,
           (unsigned long long)transition_count, paths);
    assert_true(end_count > 0);
}

static void every_order_of_two_htlcs_each_way_and_a_fee_ends_alike(void **state)
{
    (void)state;
    explore_plan("two each way and a fee", (struct plan){{2, 2}, 1, 0}, true);
}

static void every_loss_of_the_connection_ends_alike(void **state)
{
    (void)state;
    explore_plan("two each way and a fee, one loss", (struct plan){{2, 2}, 1, 1}, true);
    explore_plan("two each way and a fee, two losses", (struct plan){{2, 2}, 1, 2}, true);
    explore_plan("one each way and a fee, at any time, two losses", (struct plan){{1, 1}, 1, 2}, false);
    explore_plan("two one way and a fee, at any time, two losses", (struct plan){{2, 0}, 1, 2}, false);
}

/* Random walks through the same world with real signatures, any number of losses. */
static void some_orders_with_real_signatures_pass_the_interpreter(void **state)
{
    struct dice dice = {77};
    struct duo_setup real = setup;
    uint64_t interpreted = 0;
    (void)state;
    for (unsigned walk = 0; walk < 24; walk++) {
        real.backend = walk % 2 ? LN_BACKEND_MEMO : LN_BACKEND_REAL;
        real.flags = walk % 4 < 2 ? LN_CHANNEL_ANCHORS : 0;
        duo_init(&duo, &real);
        world = (struct world){{{2, 2}, 1, walk % 3}, true};
        end_count = 0;
        for (bool moved = true; moved;) {
            unsigned first = dice_below(&dice, ACTIONS);
            moved = false;
            for (unsigned i = 0; i < ACTIONS && !moved; i++) {
                enum action action = (enum action)((first + i) % ACTIONS);
                moved = is_possible(action);
                if (moved) {
                    act(action);
                }
            }
        }
        check_end();
        interpreted += duo.interpreted;
    }
    printf("%llu transactions went through the interpreter\n", (unsigned long long)interpreted);
    assert_true(interpreted > 200);
}

int main(void)
{
    table_mask = (1u << 20) - 1;
    table = malloc((table_mask + 1) * sizeof *table);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_two_htlcs_each_way_and_a_fee_ends_alike),
        cmocka_unit_test(every_loss_of_the_connection_ends_alike),
        cmocka_unit_test(some_orders_with_real_signatures_pass_the_interpreter),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (unsigned i = 0; i < DEPTH_MAX; i++) {
        free(stack[i]);
    }
    free(table);
    return failed;
}
