/* devices_stay.c: a car's stay at an outlet that is a device.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/devices_stay.h"

#include "models/build.h"
#include "models/session_device.h"

void devices_come(struct world *world, struct session *session)
{
    const struct world_devices *devices = world->order->devices;
    const struct outlet *outlet = &world->outlets[session->stay.outlet];
    if (!outlet->is_device)
        return;
    session->is_device = true;
    session->may_feed = false;
    session->stop = world->is_closing ? SESSION_STOP_FULL : SESSION_STOP_NONE;
    for (uint32_t i = 0; i < devices->count; i++)
        if (devices->devices[i].outlet == outlet->number)
            session->guard_uj = outlet_config_power_w(outlet->site->config) * devices->devices[i].unseen_us;
}

bool devices_hold(struct world *world, uint32_t number, enum session_stop stop)
{
    const struct session *session = session_at(&world->sessions, number);
    bool is_plugged = session->stay.place == STAY_PLUGGED && session->is_device;
    if (!is_plugged || (world->outlets[session->stay.outlet].contact == CONTACT_OPEN && stop == SESSION_STOP_LEAVE))
        return false;
    sessions_stop(&world->sessions, number, stop);
    return true;
}
