/* ocpp_state.c: what is known of one charge point.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_state.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define SECOND_NS INT64_C(1000000000)
#define CLOCK_NS  (60 * SECOND_NS) /* how long the best look at the device's clock counts */
#define STALE_US  INT64_C(10000000)

void ocpp_tell_all(struct ocpp_point *point, enum hw_input_kind kind, uint64_t raw)
{
    for (size_t i = 0; i < point->connector_count; i++)
        point->sink.on_input(
            point->sink.self,
            &(struct hw_input){.kind = kind, .outlet = point->connectors[i].config.outlet, .raw = raw});
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static uint32_t place_of(const struct ocpp_point *point, const struct ocpp_connector *connector)
{
    return (uint32_t)(connector - point->connectors);
}

bool ocpp_ask(struct ocpp_point *point, const struct ocpp_connector *connector, enum ocpp_call_kind kind)
{
    const struct ocpp_call call = {
        .kind = kind, .connector = place_of(point, connector), .command = connector->command};
    return ocpp_calls_add(&point->calls, &call);
}

bool ocpp_ask_status(struct ocpp_point *point, const struct ocpp_connector *connector)
{
    return ocpp_ask(point, connector, point->lacks_status_trigger ? OCPP_CALL_PING : OCPP_CALL_TRIGGER_STATUS);
}

bool ocpp_ask_meter(struct ocpp_point *point, const struct ocpp_connector *connector)
{
    return point->lacks_meter_trigger || ocpp_ask(point, connector, OCPP_CALL_TRIGGER_METER);
}

void ocpp_ask_settings(struct ocpp_point *point)
{
    point->settings = (struct ocpp_settings){0};
    (void)ocpp_calls_add(&point->calls, &(struct ocpp_call){.kind = OCPP_CALL_GET});
}

/* Of one connection and one call. */
void ocpp_call_id(const struct ocpp_point *point, uint64_t number, char id[OCPP_ID_MAX])
{
    snprintf(id, OCPP_ID_MAX, "k%" PRIu64 "-%" PRIu64, point->sessions % 1000000000, number % 1000000000000000);
}

bool ocpp_send(const struct ocpp_point *point, const struct ocpp_text *text)
{
    assert(!text->is_full);
    return point->out.send(point->out.self, text->bytes, text->length);
}

/* ---- the device's clock ------------------------------------------------------------------------------------------ */

/* A message can only be late, so the latest time that was seen is the best. */
void ocpp_look_at_clock(struct ocpp_point *point, int64_t utc_us, const struct ocpp_now *now)
{
    if (utc_us == HW_UNKNOWN_VALUE)
        return;
    int64_t clock_us = utc_us - now->mono_ns / 1000;
    bool is_old = now->mono_ns - point->clock_ns > CLOCK_NS;
    if (point->has_clock && clock_us < point->clock_us && !is_old)
        return;
    point->has_clock = true;
    point->clock_us = clock_us;
    point->clock_ns = now->mono_ns;
}

/* What never told a time is taken to have the one that it was told. */
int64_t ocpp_device_utc_us(const struct ocpp_point *point, const struct ocpp_now *now)
{
    return point->has_clock ? now->mono_ns / 1000 + point->clock_us : now->utc_us;
}

bool ocpp_is_stale(const struct ocpp_point *point, int64_t utc_us, const struct ocpp_now *now)
{
    return utc_us != HW_UNKNOWN_VALUE && ocpp_device_utc_us(point, now) - utc_us > STALE_US;
}
