/* settlement.h: a UNIX socket on which another Lightning node's hook script tells of payments.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   hook script ──"short_channel_id node_id payment_hash preimage\n"──► socket ──► checks ──► on_settlement
 *               ◄──────────────"ok\n" or "no: why\n"───────────────────┘
 *
 * short_channel_id is BLOCKxINDEXxOUTPUT or a decimal number, 0 if the node does not say it; the others are small
 * hexadecimal: 33, 32 and 32 bytes. The preimage is the proof: its SHA-256 is the payment hash, and nobody knows it but
 * who was paid. What is not of this form, proves nothing, is not awaited or has counted already is answered with the
 * reason and counted by it.
 *
 * Who may write to the socket is who may enter the folder it lies in: it is made for its owner alone. Its clients are
 * few, their lines short, and who floods it or falls asleep on it is hung up on.
 */
#ifndef KONSENTO_HWBRIDGE_SETTLEMENT_H
#define KONSENTO_HWBRIDGE_SETTLEMENT_H

#include "hwbridge/driver.h"
#include "hwbridge/journal.h"

#define SETTLEMENT_LINE_MAX   256 /* with its end */
#define SETTLEMENT_CLIENTS    8
#define SETTLEMENT_LINES_MAX  100 /* from one client in a second */
#define SETTLEMENT_PATIENCE_S 10  /* with a client that says nothing */

enum settlement_result {
    SETTLEMENT_OK,
    SETTLEMENT_OVERSIZED, /* longer than a line */
    SETTLEMENT_SYNTAX,    /* not four words of that form */
    SETTLEMENT_PREIMAGE,  /* it is not the hash's */
    SETTLEMENT_STRANGER,  /* nobody awaits this hash */
    SETTLEMENT_REPEATED,  /* it has counted already */
    SETTLEMENT_BUSY,      /* too many wait, or it could not be written down: to be told again */
    SETTLEMENT_FLOOD      /* more than its share */
};
#define SETTLEMENT_RESULTS 8
const char *settlement_result_name(enum settlement_result result);

/* One line without its end. */
enum settlement_result settlement_parse(struct journal_settlement *settlement, const char *line, size_t length);

struct settlement_options {
    const char *path; /* of the socket; one that nobody listens on is taken away */
    void *self;
    /* A proven payment. Returns SETTLEMENT_OK, STRANGER, REPEATED or BUSY. */
    enum settlement_result (*on_settlement)(void *self, const struct journal_settlement *settlement);
};

/* Listens. Returns false, and why. Owns: driver->ops->close, which takes the socket away. */
bool settlement_open(struct hw_driver *driver, const struct settlement_options *options, char *why, size_t why_size)
    __attribute__((warn_unused_result));
/* By enum settlement_result. */
const uint64_t *settlement_counts(const struct hw_driver *driver);

#endif
