/* schema_reach.c: the schema's rows for routers and radios.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "scenarios/lang/schema_reach.h"

#define AT(member) .offset = offsetof(struct access_config, member)
#define SPAN       RANGE("1 s", "366 days")

const struct schema_field schema_reach_fields[SCHEMA_REACH_FIELDS] = {
    {"router_every", TIME_US, AT(router_every_us), RANGE("1 min", "3660 days"), WORD("never", 0), DEFAULT("never", ""),
     .help = "mean time between outages of the building's router that come by chance"},
    {"router_mean", TIME_US, AT(router_mean_us), SPAN, DEFAULT("10 min", ASSUMED), .help = "their mean duration"},
    {"router_outages", LIST(struct access_config, router_outages, router_outage_count, CONFIG_OUTAGES_MAX),
     .classes = {"outage"}, DEFAULT("", ""), .help = "its outages at fixed times"},
    {"garage_every", TIME_US, AT(garage_every_us), RANGE("1 min", "3660 days"), WORD("never", 0), DEFAULT("never", ""),
     .help = "mean time between losses of a phone's radio in the garage, each phone by itself"},
    {"garage_mean", TIME_US, AT(garage_mean_us), SPAN, DEFAULT("2 min", ASSUMED), .help = "their mean duration"},
    {"patience", TIME_US, AT(patience_us), RANGE("0 s", "1 h"), DEFAULT("10 s", ASSUMED),
     .help = "who asks a provider or a wallet in vain gives up after so long"},
};
#undef AT
