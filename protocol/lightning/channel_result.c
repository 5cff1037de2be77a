/* channel_result.c: what the operations of a channel answer.   [real]
 * SPDX-License-Identifier: MIT
 */
#include "protocol/lightning/channel_result.h"

#include <stdbool.h>

const char *ln_channel_result_text(enum ln_channel_result result)
{
    static const char *const texts[LN_CHANNEL_RESULTS] = {
        [LN_CHANNEL_OK] = "done",
        [LN_CHANNEL_OFFLINE] = "not connected",
        [LN_CHANNEL_STAGE] = "not in this stage of the channel",
        [LN_CHANNEL_WAIT] = "revoke_and_ack is awaited",
        [LN_CHANNEL_NOTHING] = "nothing to commit",
        [LN_CHANNEL_PENDING] = "updates are pending",
        [LN_CHANNEL_DOUBTFUL] = "the snapshot may be old",
        [LN_CHANNEL_NO_ROOM] = "no memory for it",
        [LN_CHANNEL_AMOUNT] = "amount out of range",
        [LN_CHANNEL_EXPIRY] = "expiry is no height",
        [LN_CHANNEL_TOO_MANY] = "too many HTLCs",
        [LN_CHANNEL_IN_FLIGHT] = "too much in flight",
        [LN_CHANNEL_RESERVE] = "below the reserve",
        [LN_CHANNEL_FEE] = "the opener cannot pay the fee",
        [LN_CHANNEL_DUST] = "too much dust",
        [LN_CHANNEL_FEERATE] = "feerate out of range",
        [LN_CHANNEL_OPENER] = "only the opener changes the feerate",
        [LN_CHANNEL_NO_HTLC] = "no such HTLC to remove",
        [LN_CHANNEL_PREIMAGE] = "wrong preimage",
        [LN_CHANNEL_CODE] = "failure that cannot be",
        [LN_CHANNEL_ID] = "wrong id",
        [LN_CHANNEL_MESSAGE] = "message out of place",
        [LN_CHANNEL_TERMS] = "terms not acceptable",
        [LN_CHANNEL_TYPE] = "channel_type not acceptable",
        [LN_CHANNEL_POINT] = "point not on the curve",
        [LN_CHANNEL_SIGNATURE] = "wrong signature",
        [LN_CHANNEL_COUNT] = "wrong number of HTLC signatures",
        [LN_CHANNEL_SECRET] = "wrong secret",
        [LN_CHANNEL_NUMBERS] = "numbers in channel_reestablish cannot be",
        [LN_CHANNEL_SCRIPT] = "shutdown script not acceptable",
        [LN_CHANNEL_RANGE] = "closing fees do not meet",
        [LN_CHANNEL_BETWEEN] = "closing fee not strictly between the last two",
        [LN_CHANNEL_OFFER] = "closing fee outside the ranges",
    };
    return texts[result];
}

enum ln_verdict ln_channel_verdict(enum ln_channel_result result)
{
    if (result == LN_CHANNEL_OK) {
        return LN_VERDICT_NONE;
    }
    bool hopeless = result == LN_CHANNEL_SECRET || result == LN_CHANNEL_NUMBERS || result == LN_CHANNEL_POINT ||
                    result == LN_CHANNEL_TERMS || result == LN_CHANNEL_TYPE || result == LN_CHANNEL_OFFER;
    return hopeless ? LN_VERDICT_FAIL : LN_VERDICT_WARN;
}
