/* channel_result.h: what the operations of a channel answer.   [real]
 * SPDX-License-Identifier: MIT
 */
#ifndef KONSENTO_LIGHTNING_CHANNEL_RESULT_H
#define KONSENTO_LIGHTNING_CHANNEL_RESULT_H

#define LN_MUST_USE __attribute__((warn_unused_result))

/* What an operation answers. Unless it is OK nothing has changed and nothing is to be done. What to do about a peer
 * that causes one is ln_channel_verdict's to say. */
enum ln_channel_result {
    LN_CHANNEL_OK,
    /* commands, at the wrong time */
    LN_CHANNEL_OFFLINE,  /* disconnected, or not yet reestablished */
    LN_CHANNEL_STAGE,    /* not in this stage of the channel's life */
    LN_CHANNEL_WAIT,     /* a revoke_and_ack is awaited first */
    LN_CHANNEL_NOTHING,  /* there is nothing to commit */
    LN_CHANNEL_PENDING,  /* commit first: our updates are pending */
    LN_CHANNEL_DOUBTFUL, /* the snapshot may be old: ask the peer first */
    LN_CHANNEL_NO_ROOM,  /* the pool, or the lent memory, is full */
    /* limits; the same for both sides */
    LN_CHANNEL_AMOUNT,    /* nothing, below the minimum, or beyond 21 million bitcoin */
    LN_CHANNEL_EXPIRY,    /* not a height */
    LN_CHANNEL_TOO_MANY,  /* more HTLCs than the other accepts */
    LN_CHANNEL_IN_FLIGHT, /* more value than the other accepts */
    LN_CHANNEL_RESERVE,   /* who offers would fall below the reserve */
    LN_CHANNEL_FEE,       /* the opener could not pay the commitment's fee */
    LN_CHANNEL_DUST,      /* more dust than we want at risk */
    LN_CHANNEL_FEERATE,   /* too low or too high, by our policy */
    LN_CHANNEL_OPENER,    /* only the opener may change the feerate */
    /* HTLCs */
    LN_CHANNEL_NO_HTLC,  /* no such HTLC, or not in a state to be removed */
    LN_CHANNEL_PREIMAGE, /* does not hash to the payment hash */
    LN_CHANNEL_CODE,     /* update_fail_malformed_htlc without BADONION, or a reason too long to keep */
    /* messages */
    LN_CHANNEL_ID,        /* another channel's, or an HTLC id out of order */
    LN_CHANNEL_MESSAGE,   /* a message of no kind that channels have, or that stands where it must not */
    LN_CHANNEL_TERMS,     /* the peer's terms break BOLT 2 or are not ours to accept */
    LN_CHANNEL_TYPE,      /* channel_type is missing, unknown, or not the one offered */
    LN_CHANNEL_POINT,     /* a point that is not on the curve */
    LN_CHANNEL_SIGNATURE, /* wrong, of the commitment, an HTLC, or the closing */
    LN_CHANNEL_COUNT,     /* number of HTLC signatures */
    LN_CHANNEL_SECRET,    /* not the one that was due */
    LN_CHANNEL_NUMBERS,   /* channel_reestablish cannot be true */
    LN_CHANNEL_SCRIPT,    /* no form of shutdown script, or not the one announced */
    LN_CHANNEL_RANGE,     /* closing fees that do not meet: no fee is in both ranges */
    LN_CHANNEL_BETWEEN,   /* closing fee that is not strictly between what both offered last */
    LN_CHANNEL_OFFER,     /* closing fee outside both ranges, or not the one that we chose from them */
    LN_CHANNEL_RESULTS
};

/* The word for it in a message. */
const char *ln_channel_result_text(enum ln_channel_result result);

/* What to do about a message that was not accepted. */
enum ln_verdict {
    LN_VERDICT_NONE, /* it was */
    LN_VERDICT_WARN, /* warning, and disconnect: it may be a slip that reestablishment mends */
    LN_VERDICT_FAIL, /* ln_channel_fail */
};
enum ln_verdict ln_channel_verdict(enum ln_channel_result result);

#endif
