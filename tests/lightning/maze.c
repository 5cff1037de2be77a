/* maze.c: two ends of a channel and what is still to be done.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/maze.h"

#include <assert.h>
#include <string.h>

#include "protocol/bitcoin/hash.h"

static bool find_live(const struct maze *maze, unsigned end, uint64_t *id)
{
    const struct duo_end *at = &maze->duo.ends[end];
    for (uint32_t i = at->channel.first_record; i != LN_RECORD_NONE; i = at->slots[i].next) {
        if (at->slots[i].state == ln_htlc_state(LN_THEM, LN_LIVE)) {
            *id = at->slots[i].id;
            return true;
        }
    }
    return false;
}

static bool can_commit(const struct maze *maze, unsigned end)
{
    const struct duo_end *at = &maze->duo.ends[end];
    return ln_channel_is_live(&at->channel) && !at->channel.awaiting_revoke &&
           ln_channel_wants_commit(&at->channel, &at->shop);
}

/* Who has shut down, or has seen it, adds nothing more; the feerate may change as long as there are HTLCs. */
static bool can_command(const struct maze *maze, unsigned end)
{
    const struct ln_channel *channel = &maze->duo.ends[end].channel;
    bool adds = maze->left.adds[end] > 0 && !channel->shutdown.wanted;
    bool fees = end == 0 && maze->left.fees > 0 &&
                !(channel->shutdown.sent && channel->shutdown.received && channel->first_record == LN_RECORD_NONE);
    return ln_channel_is_live(channel) && (adds || fees);
}

bool maze_is_possible(const struct maze *maze, enum maze_action action)
{
    uint64_t id;
    unsigned end = action & 1;
    switch (action) {
    case MAZE_DELIVER_0:
    case MAZE_DELIVER_1:
        return maze->duo.ends[end].out.count > 0;
    case MAZE_COMMAND_0:
    case MAZE_COMMAND_1:
        return can_command(maze, end);
    case MAZE_COMMIT_0:
    case MAZE_COMMIT_1:
        return can_commit(maze, end);
    case MAZE_REMOVE_0:
    case MAZE_REMOVE_1:
        return find_live(maze, end, &id);
    case MAZE_SHUTDOWN_0:
    case MAZE_SHUTDOWN_1:
        return maze->left.shutdowns > 0 && !maze->duo.ends[end].channel.shutdown.wanted;
    case MAZE_CUT:
        return maze->joined && maze->left.cuts > 0;
    case MAZE_JOIN:
        return !maze->joined;
    case MAZE_ACTIONS:
        break;
    }
    return false;
}

/* End 0 changes the feerate between its adds. The first HTLC of each end is fulfilled, the second failed. */
static void command(struct maze *maze, unsigned end)
{
    bool first = maze->left.adds[0] <= 1 || maze->duo.ends[0].channel.shutdown.wanted;
    if (end == 0 && maze->left.fees > 0 && first) {
        maze->left.fees--;
        enum ln_channel_result result =
            ln_channel_update_fee(&maze->duo.ends[0].channel, &maze->duo.ends[0].shop, 1500);
        assert(result == LN_CHANNEL_OK);
        duo_take(&maze->duo, 0);
        return;
    }
    maze->left.adds[end]--;
    unsigned preimage = 10 * (end + 1) + (unsigned)maze->duo.ends[end].channel.next_id[LN_US];
    enum ln_channel_result result = duo_add(&maze->duo, end, (end + 1) * UINT64_C(10000001), preimage);
    assert(result == LN_CHANNEL_OK);
}

/* A closing transaction pays both ends what is theirs; the opener, end 0, pays the fee. */
static void check_closing(struct maze *maze, unsigned end)
{
    static _Alignas(16) uint8_t memory[4096];
    struct btc_arena arena;
    struct btc_tx tx;
    uint8_t txid[32];
    btc_arena_init(&arena, memory, sizeof memory);
    struct btc_bytes bytes = btc_bytes(maze->duo.last_tx[end], maze->duo.last_tx_length[end]);
    enum btc_tx_error error = btc_tx_parse(&tx, &arena, bytes);
    assert(error == BTC_TX_OK && tx.output_count == 2);
    for (unsigned i = 0; i < 2; i++) {
        unsigned whose = (unsigned)(tx.outputs[i].script.data[2] - 0x50);
        uint64_t settled_sat = maze->duo.ends[end].channel.settled_msat[whose == end ? LN_US : LN_THEM] / 1000;
        uint64_t fee_sat = whose == 0 ? maze->duo.ends[end].channel.shutdown.fee_sat : 0;
        assert((uint64_t)tx.outputs[i].value_sat + fee_sat == settled_sat);
    }
    uint64_t name;
    btc_sha256(txid, maze->duo.last_tx[end], maze->duo.last_tx_length[end]);
    memcpy(&name, txid, 8);
    assert(maze->closing[end] == 0 || maze->closing[end] == name);
    maze->closing[end] = name;
}

static void check_broadcasts(struct maze *maze, const uint64_t before[2])
{
    for (unsigned end = 0; end < 2; end++) {
        if (maze->duo.ends[end].transactions != before[end]) {
            assert(maze->duo.ends[end].channel.stage == LN_STAGE_CLOSED);
            check_closing(maze, end);
        }
    }
}

void maze_act(struct maze *maze, enum maze_action action)
{
    uint64_t before[2] = {maze->duo.ends[0].transactions, maze->duo.ends[1].transactions};
    uint64_t id = 0;
    enum ln_channel_result result = LN_CHANNEL_OK;
    unsigned end = action & 1;
    switch (action) {
    case MAZE_DELIVER_0:
    case MAZE_DELIVER_1:
        duo_deliver(&maze->duo, end);
        break;
    case MAZE_COMMAND_0:
    case MAZE_COMMAND_1:
        command(maze, end);
        break;
    case MAZE_COMMIT_0:
    case MAZE_COMMIT_1:
        duo_tick(&maze->duo, end);
        break;
    case MAZE_REMOVE_0:
    case MAZE_REMOVE_1:
        find_live(maze, end, &id);
        if (id % 2 == 0) {
            duo_fulfill(&maze->duo, end, id, 10 * (2 - end) + (unsigned)id);
        } else {
            duo_fail(&maze->duo, end, id);
        }
        break;
    case MAZE_SHUTDOWN_0:
    case MAZE_SHUTDOWN_1:
        maze->left.shutdowns--;
        result = ln_channel_shutdown(&maze->duo.ends[end].channel, &maze->duo.ends[end].shop);
        assert(result == LN_CHANNEL_OK);
        duo_take(&maze->duo, end);
        break;
    case MAZE_CUT:
        maze->left.cuts--;
        maze->joined = false;
        duo_disconnect(&maze->duo);
        break;
    case MAZE_JOIN:
        maze->joined = true;
        duo_reconnect(&maze->duo);
        break;
    case MAZE_ACTIONS:
        break;
    }
    check_broadcasts(maze, before);
    duo_audit(&maze->duo);
}

/* What an end has when all is over: the first HTLC of each end was fulfilled, the second failed. */
static uint64_t expected_msat(const struct maze *maze, unsigned end)
{
    uint64_t start_msat = end == 0 ? 600000000 : 400000000;
    uint64_t paid_msat = maze->duo.ends[end].channel.next_id[LN_US] > 0 ? (end + 1) * UINT64_C(10000001) : 0;
    uint64_t got_msat = maze->duo.ends[end].channel.next_id[LN_THEM] > 0 ? (2 - end) * UINT64_C(10000001) : 0;
    return start_msat - paid_msat + got_msat;
}

/* All has been done. What end states have in common: balances, feerate, nothing left over; the closing. */
uint64_t maze_check_end(const struct maze *maze)
{
    const struct duo_end *ends = maze->duo.ends;
    bool closes = ends[0].channel.shutdown.wanted;
    for (unsigned end = 0; end < 2; end++) {
        const struct ln_channel *channel = &ends[end].channel;
        assert(ln_channel_is_quiet(channel, &ends[end].shop) && ends[end].pool.used == 0);
        assert(channel->stage == (closes ? LN_STAGE_CLOSED : LN_STAGE_NORMAL));
        assert(channel->settled_msat[LN_US] == expected_msat(maze, end));
        assert(channel->next_id[LN_US] == ends[1 - end].channel.next_id[LN_THEM]);
        assert(closes || maze->left.adds[end] == 0);
    }
    uint32_t rate_sat_per_kwu = ends[0].channel.fees.rate_sat_per_kwu[LN_LIVE];
    assert(rate_sat_per_kwu == ends[1].channel.fees.rate_sat_per_kwu[LN_LIVE]);
    assert(maze->closing[0] == maze->closing[1] && (maze->closing[0] != 0) == closes);
    return closes ? maze->closing[0] : rate_sat_per_kwu;
}

void maze_begin(struct maze *maze, const struct duo_setup *setup, const struct maze_plan *plan, bool at_once)
{
    duo_init(&maze->duo, setup);
    maze->left = *plan;
    maze->joined = true;
    maze->closing[0] = maze->closing[1] = 0;
    for (unsigned end = 0; at_once && end < 2; end++) {
        while (can_command(maze, end)) {
            command(maze, end);
        }
    }
}
