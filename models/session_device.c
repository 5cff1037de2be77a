/* session_device.c: sessions at devices wait for the last reading, and bear faults.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/session_device.h"

#include <assert.h>

static void handle_again(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    (void)sim, (void)entity;
    sessions_on_energy(object, (uint32_t)argument); /* decides anew */
}

void sessions_device_init(struct sessions *sessions)
{
    sessions->again_kind = sim_kind_add(sessions->trouble->sim, "session.again", handle_again);
}

void sessions_stop(struct sessions *sessions, uint32_t number, enum session_stop stop)
{
    struct session *session = session_at(sessions, number);
    assert(session->is_device && session_is_plugged(session) && stop != SESSION_STOP_NONE);
    bool is_first = session->stop == SESSION_STOP_NONE;
    session->stop = stop;
    if (!is_first)
        return;
    sim_cancel(sessions->trouble->sim, session->retry);
    sim_cancel(sessions->trouble->sim, session->again);
    session->is_on = false;
    session->port.ops->watch(session->port.self, INT64_MAX);
    session->port.ops->switch_off(session->port.self);
}

void sessions_on_fault(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    struct sim *sim = sessions->trouble->sim;
    bool is_waiting = sim_is_pending(sim, session->again);
    if (!session_is_plugged(session) || session->is_done || session->stop != SESSION_STOP_NONE || is_waiting)
        return;
    session->is_on = false;
    session->again =
        sim_schedule(sim, sim_now_us(sim) + SESSION_AGAIN_US, SIM_TIMER,
                     &(struct sim_action){
                         .kind = sessions->again_kind, .entity = session->car, .object = sessions, .argument = number});
}
