/* ocpp_state.h: what is known of one charge point, and what is asked of it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A connector is one outlet. A profile's renewal is told in the device's own time: how far that is from ours is seen
 * from the times in its messages. Those times order nothing; they only show which readings are left over from an
 * outage.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_STATE_H
#define KONSENTO_HWBRIDGE_OCPP_STATE_H

#include "hwbridge/ocpp_calls.h"
#include "hwbridge/ocpp_frame.h"
#include "hwbridge/ocpp_settings.h"

#define OCPP_CONNECTORS_MAX 8
#define OCPP_TAG            "KONSENTO" /* of all transactions that the bridge starts */

struct ocpp_now {
    int64_t mono_ns, utc_us;
};

/* Takes a text to be sent. Returns false if the connection has no room. */
struct ocpp_out {
    void *self;
    bool (*send)(void *self, const char *text, size_t length);
};

struct ocpp_connector_config {
    uint32_t outlet;
    int64_t number;   /* as the charge point counts, from 1 */
    int64_t limit_va; /* voltage times phases: W for each A */
};

struct ocpp_connector {
    struct ocpp_connector_config config;
    enum ocpp_status status;
    bool has_status;
    bool has_wish, is_wanted_on; /* the last ON or OFF */
    bool is_off_told;            /* it has confirmed the last OFF */
    uint64_t command;            /* number of the last ON or OFF */
    int64_t limit_ma, lease_us;
    int64_t transaction; /* OCPP_NO_TRANSACTION: none yet */
    bool is_running;     /* it has begun and not ended */
    bool has_begun_utc;
    int64_t begun_utc_us;   /* by the device's clock */
    int64_t begun_uj;       /* its counter then */
    int64_t start_until_ns; /* a remote start may become a transaction until then; 0: none is under way */
    int64_t stop_until_ns;  /* likewise, a remote stop that was accepted */
    int64_t ended_ns;       /* the last transaction; 0: there was none */
    int64_t start_again_ns; /* a start that came too early is sent again then; 0: none */
    int64_t energy_uj;      /* last told, HW_UNKNOWN_VALUE: never */
    int plug;               /* 0, 1; -1: not told */
};

struct ocpp_point {
    struct hw_sink sink;
    struct ocpp_out out;
    int64_t *transactions; /* the last number given, of all charge points */
    struct ocpp_connector connectors[OCPP_CONNECTORS_MAX];
    size_t connector_count;
    bool is_connected, was_seen;
    bool lacks_status_trigger, lacks_meter_trigger;
    bool has_clock;
    int64_t clock_us, clock_ns; /* the device's UTC minus our monotonic time, and when it was seen */
    struct ocpp_calls calls;
    uint64_t sessions; /* connections so far */
    struct ocpp_settings settings;
    int64_t bucket_ns; /* of messages that may still come */
    int64_t interval_s;
};

void ocpp_tell_all(struct ocpp_point *point, enum hw_input_kind kind, uint64_t raw);
/* Returns false if too much is asked already. */
bool ocpp_ask(struct ocpp_point *point, const struct ocpp_connector *connector, enum ocpp_call_kind kind);
/* The same, with what the charge point has instead. */
bool ocpp_ask_status(struct ocpp_point *point, const struct ocpp_connector *connector);
bool ocpp_ask_meter(struct ocpp_point *point, const struct ocpp_connector *connector);
/* Reads back its settings, changes those that are not safe, and reads again. */
void ocpp_ask_settings(struct ocpp_point *point);
/* Of one connection and one call. */
void ocpp_call_id(const struct ocpp_point *point, uint64_t number, char id[OCPP_ID_MAX]);
bool ocpp_send(const struct ocpp_point *point, const struct ocpp_text *text);

/* In: utc_us, HW_UNKNOWN_VALUE: not told. */
void ocpp_look_at_clock(struct ocpp_point *point, int64_t utc_us, const struct ocpp_now *now);
int64_t ocpp_device_utc_us(const struct ocpp_point *point, const struct ocpp_now *now);
/* Whether what was so then is left over from an outage. */
bool ocpp_is_stale(const struct ocpp_point *point, int64_t utc_us, const struct ocpp_now *now);

#endif
