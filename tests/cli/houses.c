/* houses.c: small scenarios for the tests of the commands.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/cli/houses.h"

#include "tests/cli/program.h"

void house_write(void)
{
    file_write("house.lua", "local k = require \"konsento\"\n"
                            "local p = k.params {\n"
                            "    cars = k.param { 5, min = 1, max = 1000, help = \"cars\" },\n"
                            "    limit = k.param { \"energy.delivered_share > 1 %\", help = \"the threshold\" },\n"
                            "}\n"
                            "return k.scenario {\n"
                            "    name = \"Small house\", duration = \"7 days\", replications = 8,\n"
                            "    building = k.building { flats = 10, outlets = k.outlets { count = 3 } },\n"
                            "    fleet = k.fleet.cars { count = p.cars },\n"
                            "    rails = {\n"
                            "        k.rail.cloud { name = \"card\", latency = \"2 s\" },\n"
                            "        k.rail.cloud { name = \"account\", latency = \"300 ms\" },\n"
                            "    },\n"
                            "    thresholds = { p.limit },\n"
                            "}\n");
}

void sessions_write(const char *text)
{
    file_write("sessions.csv", text);
}

void garage_write(void)
{
    sessions_write("evse,arrival_min,departure_min,energy_kwh,battery_kwh\n"
                   "1,60,300,5.5,40\n"
                   "2,90,400,7.25,40\n"
                   "1,500,900,3,40\n");
    file_write("garage.lua", "local k = require \"konsento\"\n"
                             "return k.scenario {\n"
                             "    name = \"Garage\", duration = \"2 days\", replications = 8,\n"
                             "    fleet = k.fleet.replay { sessions = \"sessions.csv\" },\n"
                             "    rails = { k.rail.cloud { latency_sigma = 0, decline = \"0 %\",\n"
                             "                             chargeback = \"0 %\", outage_every = \"never\" } },\n"
                             "}\n");
}

int houses_enter(void **state)
{
    static struct folder folder;
    folder_enter(&folder);
    house_write();
    garage_write();
    *state = &folder;
    return 0;
}

int houses_leave(void **state)
{
    folder_leave(*state);
    return 0;
}
