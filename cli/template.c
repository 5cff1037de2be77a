/* template.c: the scenario that `konsento new` writes.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/template.h"

static const char head[] =
    "-- A scenario for konsento: one apartment house, its cars, and the ways to pay for their electricity.\n"
    "--   konsento check FILE             every error, nothing run\n"
    "--   konsento run FILE --set cars=20 a run with another number of cars\n"
    "--   konsento check --show FILE      this scenario with every default filled in\n"
    "--   konsento schema                 everything that can be said here\n"
    "local k = require \"konsento\"\n"
    "\n"
    "-- Parameters: set from outside by --set NAME=VALUE, checked, and stored with the results.\n"
    "local p = k.params {\n"
    "    cars = k.param { 12, min = 1, max = 400, help = \"electric cars of the house\" },\n"
    "    outlets = k.param { 6, min = 1, max = 400, help = \"outlets they share\" },\n"
    "}\n"
    "\n"
    "return k.scenario {\n"
    "    name = \"";

static const char tail[] =
    "\",\n"
    "    duration = \"28 days\", -- quantities carry their unit; a wrong one is an error\n"
    "    warmup = \"2 days\",    -- not counted: the house starts empty\n"
    "    replications = 20,    -- runs with other random numbers; each metric gets a 95 % interval\n"
    "\n"
    "    building = k.building {\n"
    "        flats = 40,\n"
    "        service_limit = \"63 A\",\n"
    "        outlets = k.outlets { count = p.outlets, voltage = \"200 V\", current = \"16 A\" },\n"
    "    },\n"
    "\n"
    "    -- Each car drives, comes home, and is perhaps plugged in.\n"
    "    fleet = k.fleet.cars {\n"
    "        count = p.cars,\n"
    "        daily_distance = \"16.5 km\",\n"
    "        car = k.car { battery = \"40 kWh\" },\n"
    "    },\n"
    "\n"
    "    -- A price may be a number, bands of the day, or a function of the civil time, asked once per tariff_step.\n"
    "    tariff = function(t)\n"
    "        if t.hour >= 8 and t.hour < 22 then return 35 end\n"
    "        return 20 -- JPY/kWh\n"
    "    end,\n"
    "\n"
    "    payment = k.payment { purchase = \"1 kWh\" }, -- energy bought with one payment\n"
    "\n"
    "    -- Every rail meets the same cars at the same times; differences between them are the rails' own.\n"
    "    rails = {\n"
    "        k.rail.cloud { name = \"card\", latency = \"2 s\", fee = \"3.25 %\" },\n"
    "        k.rail.cloud { name = \"account\", latency = \"300 ms\", fee = \"0.5 %\", outage_every = \"14 days\" },\n"
    "    },\n"
    "\n"
    "    -- Thresholds make the scenario a test: konsento run then ends with 0 (pass), 3 (fail) or 4 (undecided).\n"
    "    thresholds = {\n"
    "        \"time_to_power.p95 < 30 s\",\n"
    "        \"energy.delivered_share > 50 %\",\n"
    "    },\n"
    "}\n";

void template_write(FILE *out, const char *name)
{
    fputs(head, out);
    fputs(name, out);
    fputs(tail, out);
}
