/* ocpp_calls.c: what the bridge still has to ask of one charge point.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "hwbridge/ocpp_calls.h"

#include <assert.h>
#include <string.h>

static bool is_same(const struct ocpp_call *a, const struct ocpp_call *b)
{
    return a->kind == b->kind && a->connector == b->connector && a->setting == b->setting;
}

static void remove_at(struct ocpp_calls *calls, size_t index)
{
    calls->count--;
    memmove(calls->waiting + index, calls->waiting + index + 1, (calls->count - index) * sizeof calls->waiting[0]);
}

bool ocpp_calls_add(struct ocpp_calls *calls, const struct ocpp_call *call)
{
    size_t at = 0;
    for (size_t i = 0; i < calls->count; i++) {
        if (is_same(&calls->waiting[i], call)) {
            calls->waiting[i].command = call->command;
            return true;
        }
        at = calls->waiting[i].kind <= call->kind ? i + 1 : at;
    }
    if (calls->count == OCPP_CALLS_MAX)
        return false;
    memmove(calls->waiting + at + 1, calls->waiting + at, (calls->count - at) * sizeof calls->waiting[0]);
    calls->waiting[at] = *call;
    calls->count++;
    return true;
}

void ocpp_calls_drop(struct ocpp_calls *calls, enum ocpp_call_kind kind, uint32_t connector)
{
    for (size_t i = calls->count; i-- > 0;)
        if (calls->waiting[i].kind == kind && calls->waiting[i].connector == connector)
            remove_at(calls, i);
}

bool ocpp_calls_has(const struct ocpp_calls *calls, enum ocpp_call_kind kind)
{
    for (size_t i = 0; i < calls->count; i++)
        if (calls->waiting[i].kind == kind)
            return true;
    return calls->is_out && calls->out.kind == kind;
}

bool ocpp_calls_take(struct ocpp_calls *calls, struct ocpp_call *call)
{
    if (calls->is_out || calls->count == 0)
        return false;
    *call = calls->waiting[0];
    remove_at(calls, 0);
    return true;
}

void ocpp_calls_sent(struct ocpp_calls *calls, const struct ocpp_call *call, int64_t now_ns)
{
    assert(!calls->is_out);
    calls->is_out = true;
    calls->out = *call;
    calls->out_ns = now_ns;
    calls->number++;
}

void ocpp_calls_answered(struct ocpp_calls *calls)
{
    assert(calls->is_out);
    calls->is_out = false;
}

void ocpp_calls_clear(struct ocpp_calls *calls)
{
    calls->count = 0;
    calls->is_out = false;
}
