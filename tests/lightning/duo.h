/* duo.h: two ends of a channel, two queues between them, and everything checked that can be at each step.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_DUO_H
#define KONSENTO_TESTS_LIGHTNING_DUO_H

#include "protocol/lightning/channel.h"
#include "tests/lightning/court_channel.h"

#define DUO_HTLCS       966
#define DUO_QUEUE_BYTES (2u << 20)
#define DUO_EVENTS      4096

enum duo_mask {
    DUO_ALL_BYTES,
    DUO_NO_SIGNATURES,
    DUO_NO_TOKENS, /* nor points that stand for secrets */
};

struct duo_queue {
    uint32_t head;
    uint32_t tail;
    uint32_t count;
    uint8_t bytes[DUO_QUEUE_BYTES]; /* length (4 bytes), message */
};

struct duo_event {
    uint8_t end;
    enum ln_event_kind kind;
    uint8_t owner;
    uint64_t id;
};

struct duo_end {
    struct ln_channel channel;
    struct ln_pool pool;
    struct ln_slot slots[2 * DUO_HTLCS];
    struct ln_workshop shop;
    struct duo_queue out;
    uint64_t transactions; /* that it wants broadcast */
};

struct duo {
    struct btc_curve curve;
    struct ln_backend backend;
    struct ln_memo memo;
    struct duo_end ends[2];
    struct ln_effects effects;
    struct btc_arena scratch;
    struct ln_effect list[LN_EFFECTS_LIST(2 * DUO_HTLCS)];
    _Alignas(16) uint8_t effect_memory[LN_EFFECTS_BYTES(2 * DUO_HTLCS)];
    _Alignas(16) uint8_t scratch_memory[LN_SCRATCH_BYTES(2 * DUO_HTLCS)];
    struct duo_event events[DUO_EVENTS];
    uint32_t event_count;
    struct court court;         /* judges each commitment that an end receives and all that it broadcasts */
    uint8_t last_tx[2][100000]; /* that an end wanted broadcast */
    size_t last_tx_length[2];
    uint64_t interpreted; /* transactions that did */
    uint64_t delivered;
    uint8_t transcript[32]; /* hash chain over all messages, points and signatures blanked as masked says */
    enum duo_mask masked;
};

struct duo_setup {
    enum ln_backend_kind backend;
    bool share;    /* tokens with a memo */
    uint8_t flags; /* enum ln_channel_flag */
    uint32_t slots;
    uint32_t feerate_sat_per_kwu;
    uint64_t funding_sat;
    uint64_t push_msat;
};

/* Makes both ends and their channel, ready for payments. */
void duo_init(struct duo *duo, const struct duo_setup *setup);
/* Two new ends, not yet acquainted. */
void duo_begin(struct duo *duo, const struct duo_setup *setup);
struct ln_channel_policy duo_policy(const struct duo_setup *setup, unsigned end);

/* Takes what a call left in the list: messages to the queue, events to the log. */
void duo_take(struct duo *duo, unsigned end);
/* Delivers the oldest message that an end sent; it must be accepted. Returns false if there is none. */
bool duo_deliver(struct duo *duo, unsigned from);
/* The same; returns what the receiver answers. */
enum ln_channel_result duo_try(struct duo *duo, unsigned from);
/* Delivers and ticks until nothing moves. */
void duo_settle(struct duo *duo);
void duo_disconnect(struct duo *duo);
void duo_reconnect(struct duo *duo);

/* Commands; each must succeed, but for add. preimage n is 32 bytes of n. */
enum ln_channel_result duo_add(struct duo *duo, unsigned end, uint64_t amount_msat, unsigned preimage);
void duo_fulfill(struct duo *duo, unsigned end, uint64_t id, unsigned preimage);
void duo_fail(struct duo *duo, unsigned end, uint64_t id);
void duo_tick(struct duo *duo, unsigned end);

/* Sums of all looks at both ends; when nothing is under way, that both ends have the same commitments. */
void duo_audit(struct duo *duo);
/* Judges the commitment that an end could broadcast, and its second stages; done already when it received it. */
void duo_interpret(struct duo *duo, unsigned end);
/* Flips each bit of the witnesses of the commitment that an end could broadcast and of its second stages: none may
 * pass. Returns how many were flipped. */
unsigned duo_flip(struct duo *duo, unsigned end);
unsigned duo_count(const struct duo *duo, unsigned end, enum ln_event_kind kind);

#endif
