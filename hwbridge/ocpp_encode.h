/* ocpp_encode.h: what the bridge says in OCPP 1.6-J.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lease is a TxProfile of two periods: power, then none. With RemoteStartTransaction it is Relative, and runs from
 * the transaction's beginning. A renewal is Absolute, from the time at which the device itself said that the
 * transaction began: Relative means one thing to one charger and another to the next, once a transaction runs.
 * Underneath lies a TxDefaultProfile of no power: what starts without the bridge gets none.
 * Source: Open Charge Point Protocol 1.6, sections 3.13, 5.11, 5.16 and 7.8.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_ENCODE_H
#define KONSENTO_HWBRIDGE_OCPP_ENCODE_H

#include "hwbridge/ocpp_text.h"

enum ocpp_unit { OCPP_AMPERES, OCPP_WATTS };

/* Power on one connector, that ends. */
struct ocpp_grant {
    int64_t connector;
    const char *tag;      /* of a start */
    int64_t transaction;  /* of a renewal, as the two that follow */
    int64_t begun_utc_us; /* by the device's clock */
    int64_t elapsed_s;    /* since then */
    enum ocpp_unit unit;
    int64_t limit_ma, limit_w;
    int64_t lease_s;
};

/* Calls. Out: text, that was empty. */
void ocpp_write_start(struct ocpp_text *text, const char *id, const struct ocpp_grant *grant);
void ocpp_write_renewal(struct ocpp_text *text, const char *id, const struct ocpp_grant *grant);
void ocpp_write_no_default(struct ocpp_text *text, const char *id, const struct ocpp_grant *grant);
void ocpp_write_stop(struct ocpp_text *text, const char *id, int64_t transaction);
/* In: message, "StatusNotification" or "MeterValues" */
void ocpp_write_trigger(struct ocpp_text *text, const char *id, const char *message, int64_t connector);
void ocpp_write_get(struct ocpp_text *text, const char *id, const char *const *keys, size_t count);
void ocpp_write_change(struct ocpp_text *text, const char *id, const char *key, const char *value);

/* Answers. */
void ocpp_write_empty(struct ocpp_text *text, const char *id);
void ocpp_write_booted(struct ocpp_text *text, const char *id, int64_t utc_us, int64_t interval_s);
void ocpp_write_time(struct ocpp_text *text, const char *id, int64_t utc_us);
void ocpp_write_authorized(struct ocpp_text *text, const char *id, bool is_accepted);
void ocpp_write_started(struct ocpp_text *text, const char *id, int64_t transaction, bool is_accepted);
void ocpp_write_unknown_vendor(struct ocpp_text *text, const char *id);
/* In: code, as OCPP-J lists them */
void ocpp_write_error(struct ocpp_text *text, const char *id, const char *code);

#endif
