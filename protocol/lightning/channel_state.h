/* channel_state.h: one end of a channel: all that it is.   [real]
 * SPDX-License-Identifier: MIT
 *
 * Plain data without pointers: it can be copied, compared and kept as bytes. HTLCs are records of a pool, in the order
 * in which they came. Balances are those of all HTLCs that are gone; what a commitment shows follows from them, the
 * records' states and the table in htlc_state.h, so there is nothing that could get out of step.
 *
 *     establish.h ──► channel_update.h, channel_commit.h, channel_close.h ──► channel.h (all of it by message)
 *     reestablish.h, snapshot.h                                channel_view.h, channel_limits.h: what they reckon with
 */
#ifndef KONSENTO_LIGHTNING_CHANNEL_STATE_H
#define KONSENTO_LIGHTNING_CHANNEL_STATE_H

#include "protocol/lightning/backend.h"
#include "protocol/lightning/channel_result.h"
#include "protocol/lightning/closing.h"
#include "protocol/lightning/effects.h"
#include "protocol/lightning/msat.h"
#include "protocol/lightning/pool.h"
#include "protocol/lightning/secrets.h"

#define LN_HTLCS_MAX           483 /* each way; BOLT 2 */
#define LN_FUNDING_MAX_SAT     ((UINT64_C(1) << 24) - 1)
#define LN_DUST_LIMIT_MIN_SAT  354
#define LN_EXPIRY_BEHIND       500000000 /* from here on it would be a time */
#define LN_CHANNEL_IDLE_BYTES  8192
#define LN_SNAPSHOT_HEAD_BYTES 4608 /* what a channel without HTLCs takes at most */

enum ln_stage {
    LN_STAGE_NEW,
    LN_STAGE_SENT_OPEN,    /* opener: accept_channel is awaited */
    LN_STAGE_ACCEPTED,     /* opener: the funding outpoint is awaited from its owner */
    LN_STAGE_SENT_CREATED, /* opener: funding_signed is awaited */
    LN_STAGE_SENT_ACCEPT,  /* accepter: funding_created is awaited */
    LN_STAGE_FUNDED,       /* both sign: channel_ready is awaited from one or both */
    LN_STAGE_NORMAL,       /* also while shutting down */
    LN_STAGE_CLOSED,       /* a closing transaction is agreed */
    LN_STAGE_FAILED,       /* our commitment is on its way to the chain */
    LN_STAGE_LOST,         /* we have forgotten states: nothing of ours may be broadcast */
    LN_STAGE_DEAD,         /* given up before there was anything to lose */
};

/* What a side asks for in open_channel or accept_channel. The dust limit is that of its own commitment, all others bind
 * the other side. */
struct ln_terms {
    uint64_t dust_limit_sat;
    uint64_t max_in_flight_msat;
    uint64_t reserve_sat;
    uint64_t htlc_minimum_msat;
    uint16_t to_self_delay_blocks;
    uint16_t max_accepted_htlcs;
};

enum ln_channel_flag {
    LN_CHANNEL_ANCHORS = 1,
    LN_CHANNEL_SCID_ALIAS = 2, /* option_scid_alias in channel_type */
    LN_CHANNEL_ZERO_CONF = 4,  /* option_zeroconf in channel_type */
    LN_CHANNEL_ANNOUNCE = 8,
    LN_CHANNEL_ANY_SEGWIT = 16, /* option_shutdown_anysegwit is negotiated */
};

/* What we want; not told to the peer unless it is. */
struct ln_channel_policy {
    struct ln_terms terms;
    uint8_t chain_hash[32];
    uint8_t flags; /* enum ln_channel_flag: opening, what is asked for; accepting, what is allowed */
    uint8_t shutdown_length;
    uint8_t shutdown_script[LN_SHUTDOWN_SCRIPT_MAX];
    uint16_t max_to_self_delay_blocks;
    uint32_t minimum_depth_blocks;
    uint32_t max_minimum_depth_blocks; /* that an accepter may ask for; 0: any */
    uint32_t feerate_min_sat_per_kwu;
    uint32_t feerate_max_sat_per_kwu;
    uint32_t closing_feerate_sat_per_kwu;
    uint32_t fulfill_deadline_blocks; /* before an HTLC that we fulfilled expires, the channel is given up */
    uint32_t timeout_grace_blocks;    /* after one of ours has expired, likewise */
    uint32_t closing_patience_blocks; /* after the last HTLC of a shutdown, likewise; 0: for ever */
    uint64_t max_dust_exposure_msat;
    uint64_t funding_min_sat;
    uint64_t alias; /* what we call the channel before it has a short_channel_id */
};

struct ln_shutdown_state {
    bool wanted; /* to be sent as soon as nothing is pending */
    bool sent;
    bool received;
    bool fee_sent;     /* closing_signed, since the last connection */
    bool fee_received; /* likewise */
    uint8_t their_length;
    uint8_t their_script[LN_SHUTDOWN_SCRIPT_MAX];
    uint64_t fee_sat; /* what we offered last */
    uint64_t their_fee_sat;
    uint64_t range_sat[2];
    uint32_t ripe_height; /* since when nothing but a closing_signed is missing, 0: it is not so */
};

struct ln_channel {
    struct ln_keyring keyring;
    struct ln_secrets their_secrets;
    struct ln_channel_policy policy;
    struct ln_terms their_terms;
    uint8_t id[32]; /* temporary until funded */
    uint8_t stage;  /* enum ln_stage */
    uint8_t opener; /* enum ln_side */
    uint8_t flags;  /* enum ln_channel_flag, as agreed */
    struct btc_outpoint funding;
    uint64_t funding_sat;
    uint64_t push_msat;
    uint32_t minimum_depth_blocks; /* as accept_channel has it */
    uint64_t their_alias;
    bool connected;
    bool reestablished;
    bool ready_sent;
    bool ready_received;
    bool awaiting_revoke; /* commitment number remote_number is signed, the one before not yet revoked */
    bool revoke_was_last; /* of commitment_signed and revoke_and_ack we sent the second later */
    bool doubtful;        /* restored from a snapshot that may be old */
    bool has_their_upfront;
    uint64_t local_number;       /* our commitment, signed by them */
    uint64_t remote_number;      /* their commitment, the newest that we signed */
    struct ln_point our_next;    /* per-commitment point for local_number + 1 */
    struct ln_point their_point; /* of the oldest commitment that is not revoked */
    struct ln_point their_next;  /* of the one behind it */
    uint8_t their_signature[64]; /* on our commitment */
    uint64_t settled_msat[2];    /* by enum ln_side, when all HTLCs have gone */
    struct ln_fee_states fees;
    uint64_t next_id[2];
    uint32_t first_record; /* LN_RECORD_NONE: none */
    uint32_t last_record;
    uint32_t record_count;
    struct ln_shutdown_state shutdown;
    uint64_t persists; /* how often LN_EFFECT_PERSIST was emitted */
};

_Static_assert(sizeof(struct ln_channel) <= LN_CHANNEL_IDLE_BYTES, "an idle end of a channel is small");

/* What operations work with; all of it lent by the caller, shared by as many channels as it likes. */
struct ln_workshop {
    const struct ln_backend *backend;
    struct ln_pool *pool;
    struct btc_arena *scratch; /* LN_SCRATCH_BYTES(HTLCs) will do; given back when a call returns */
    struct ln_effects *effects;
};

#define LN_SCRATCH_BYTES(htlcs) (600 * (size_t)(htlcs) + 8192)

static inline enum ln_side ln_other_side(enum ln_side side)
{
    return side == LN_US ? LN_THEM : LN_US;
}

static inline const struct ln_terms *ln_channel_terms(const struct ln_channel *channel, enum ln_side side)
{
    return side == LN_US ? &channel->policy.terms : &channel->their_terms;
}

static inline enum ln_channel_form ln_channel_form_of(const struct ln_channel *channel)
{
    return channel->flags & LN_CHANNEL_ANCHORS ? LN_ANCHORS : LN_STATIC_REMOTEKEY;
}

/* The record with a number. */
static inline struct ln_slot *ln_record_of(const struct ln_workshop *shop, uint32_t number)
{
    return &shop->pool->records[number];
}

/* Whether updates may be sent and received. */
bool ln_channel_is_live(const struct ln_channel *channel);
/* Finds an HTLC. Returns NULL if there is none. */
struct ln_slot *ln_channel_find(const struct ln_channel *channel, const struct ln_workshop *shop, enum ln_side owner,
                                uint64_t id);
/* Puts a record behind all others. */
void ln_channel_append(struct ln_channel *channel, const struct ln_workshop *shop, uint32_t number);
/* Takes out and gives back every record in a state. */
void ln_channel_sweep(struct ln_channel *channel, const struct ln_workshop *shop, uint8_t state);
/* Emits LN_EFFECT_PERSIST, the second with a record in the effects' memory. */
void ln_channel_persist(struct ln_channel *channel, const struct ln_workshop *shop);
void ln_channel_persist_with(struct ln_channel *channel, const struct ln_workshop *shop, struct btc_bytes record);
/* Emits an event about the channel, with bytes or without. */
void ln_channel_event(const struct ln_workshop *shop, enum ln_event_kind kind, struct btc_bytes bytes);
/* Emits an event about an HTLC. */
void ln_channel_htlc_event(const struct ln_workshop *shop, enum ln_event_kind kind, const struct ln_slot *record);

#endif
