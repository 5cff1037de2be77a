/* maze_state.c: states of two ends: kept, restored, named.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lightning/maze.h"

#define QUEUE_SAVED 65536

struct maze_saved {
    struct maze_plan left;
    bool joined;
    uint64_t closing[2];
    struct ln_channel channels[2];
    struct ln_pool pools[2];
    struct ln_slot slots[2][MAZE_SLOTS];
    uint32_t queue[2][3];
    uint8_t bytes[2][QUEUE_SAVED];
};

struct maze_saved *maze_saved_new(void)
{
    struct maze_saved *saved = malloc(sizeof *saved);
    assert(saved != NULL);
    return saved;
}

/* Copies records; the blobs of those that a channel has. */
static void copy_slots(struct ln_slot *to, const struct ln_slot *from, const struct ln_channel *channel)
{
    for (unsigned i = 0; i < MAZE_SLOTS; i++) {
        memcpy(&to[i], &from[i], offsetof(struct ln_slot, blob));
    }
    for (uint32_t i = channel->first_record; i != LN_RECORD_NONE; i = from[i].next) {
        memcpy(to[i].blob, from[i].blob, from[i].blob_length);
    }
}

void maze_save(struct maze_saved *to, const struct maze *maze)
{
    to->left = maze->left;
    to->joined = maze->joined;
    memcpy(to->closing, maze->closing, sizeof to->closing);
    for (unsigned end = 0; end < 2; end++) {
        const struct duo_end *at = &maze->duo.ends[end];
        to->channels[end] = at->channel;
        to->pools[end] = at->pool;
        copy_slots(to->slots[end], at->slots, &at->channel);
        to->queue[end][0] = at->out.head;
        to->queue[end][1] = at->out.tail;
        to->queue[end][2] = at->out.count;
        assert(at->out.tail <= QUEUE_SAVED);
        memcpy(to->bytes[end] + at->out.head, at->out.bytes + at->out.head, at->out.tail - at->out.head);
    }
}

void maze_load(struct maze *maze, const struct maze_saved *from)
{
    maze->left = from->left;
    maze->joined = from->joined;
    memcpy(maze->closing, from->closing, sizeof from->closing);
    for (unsigned end = 0; end < 2; end++) {
        struct duo_end *at = &maze->duo.ends[end];
        at->channel = from->channels[end];
        at->pool = from->pools[end];
        copy_slots(at->slots, from->slots[end], &from->channels[end]);
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

static void mix_shutdown(uint64_t hash[2], const struct ln_shutdown_state *shutdown)
{
    mix(hash, shutdown->wanted + 2 * shutdown->sent + 4 * shutdown->received + 8 * shutdown->fee_sent +
                  16 * shutdown->fee_received);
    if (shutdown->fee_sent) {
        mix(hash, shutdown->fee_sat);
        mix(hash, shutdown->range_sat[0] << 32 | shutdown->range_sat[1]);
    }
    if (shutdown->fee_received) {
        mix(hash, shutdown->their_fee_sat);
    }
}

static void mix_records(uint64_t hash[2], const struct duo_end *at, bool one_by_one)
{
    uint64_t sum[2] = {0, 0};
    for (uint32_t i = at->channel.first_record; i != LN_RECORD_NONE; i = at->slots[i].next) {
        uint64_t one[2] = {5, 6};
        mix(one_by_one ? hash : one, at->slots[i].id << 16 | at->slots[i].outcome << 8 | at->slots[i].state);
        sum[0] += one[0];
        sum[1] += one[1];
    }
    mix(hash, sum[0]);
    mix(hash, sum[1]);
}

static uint64_t at_most(uint64_t number, uint64_t most)
{
    return number < most ? number : most;
}

/* The first two numbers are special: channel_ready may have to be sent again. */
static void mix_numbers(uint64_t hash[2], const struct ln_channel *channel, const struct ln_channel *other,
                        bool one_by_one)
{
    if (one_by_one) {
        mix(hash, channel->local_number << 32 | channel->remote_number);
        mix_bytes(hash, channel->their_signature, 64);
    } else {
        mix(hash, at_most(channel->local_number, 2) << 8 | at_most(channel->remote_number, 2));
        mix(hash, channel->local_number - other->remote_number);
    }
}

static void mix_channel(uint64_t hash[2], const struct maze *maze, unsigned end)
{
    const struct duo_end *at = &maze->duo.ends[end];
    const struct duo_end *other = &maze->duo.ends[1 - end];
    const struct ln_channel *channel = &at->channel;
    bool order = channel->revoke_was_last && (channel->awaiting_revoke || maze->one_by_one);
    mix(hash, channel->stage + 256 * channel->connected + 512 * channel->reestablished +
                  1024 * channel->awaiting_revoke + 2048 * order);
    mix_numbers(hash, channel, &other->channel, maze->one_by_one);
    mix(hash, channel->settled_msat[0]);
    mix(hash, channel->next_id[0] << 32 | channel->next_id[1]);
    for (unsigned i = 0; i <= LN_LIVE; i++) {
        mix(hash, channel->fees.rate_sat_per_kwu[i]);
    }
    mix_records(hash, at, maze->one_by_one);
    mix_shutdown(hash, &channel->shutdown);
}

/* What of a message is not the same whenever the ends are the same. In: to, who gets it. */
static void mix_message(uint64_t hash[2], struct btc_bytes message, const struct ln_channel *to, bool one_by_one)
{
    const uint8_t *bytes = message.data;
    size_t length = message.length;
    unsigned type = (unsigned)bytes[0] << 8 | bytes[1];
    struct ln_reader reader = ln_reader_init(bytes + 34, 16);
    mix(hash, type << 20 | length);
    if (one_by_one) {
        mix_bytes(hash, bytes, length > 400 ? 90 : length);
    } else if (type == LN_CHANNEL_REESTABLISH) {
        mix(hash, ln_read_unsigned(&reader, 8) - to->remote_number);
        mix(hash, ln_read_unsigned(&reader, 8) - to->local_number);
    } else if (type != LN_COMMITMENT_SIGNED && type != LN_REVOKE_AND_ACK) {
        mix_bytes(hash, bytes + 34, length - 34 < 8 ? length - 34 : 8); /* id, feerate, fee, script */
    }
}

static void mix_queue(uint64_t hash[2], const struct maze *maze, unsigned end)
{
    const struct duo_queue *queue = &maze->duo.ends[end].out;
    mix(hash, queue->count);
    for (uint32_t at = queue->head; at < queue->tail;) {
        uint32_t length;
        memcpy(&length, queue->bytes + at, 4);
        mix_message(hash, btc_bytes(queue->bytes + at + 4, length), &maze->duo.ends[1 - end].channel, maze->one_by_one);
        at += 4 + length;
    }
}

void maze_hash(const struct maze *maze, uint64_t hash[2])
{
    hash[0] = 1;
    hash[1] = 2;
    mix(hash, maze->left.adds[0] | maze->left.adds[1] << 8 | maze->left.fees << 16 | maze->left.cuts << 20 |
                  (unsigned)maze->joined << 24 | maze->left.shutdowns << 25);
    for (unsigned end = 0; end < 2; end++) {
        mix_channel(hash, maze, end);
        mix_queue(hash, maze, end);
    }
}
