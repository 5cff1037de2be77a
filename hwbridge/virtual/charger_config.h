/* charger_config.h: what a virtual charger is made with.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_CHARGER_CONFIG_H
#define KONSENTO_HWBRIDGE_VIRTUAL_CHARGER_CONFIG_H

#include "hwbridge/virtual/plug.h"

struct charger_config {
    const char *host; /* address, numbers only */
    uint16_t port;
    const char *path;      /* that it dials: "/CP1"; its name is the last part of it */
    const char *password;  /* NULL: none */
    int64_t meter_s;       /* MeterValueSampleInterval that it comes with */
    int64_t voltage_v;     /* between ampere and watt */
    int64_t clock_skew_us; /* what its clock is ahead */
    struct plug_config plug;
    struct plug_truth truth;
};

#endif
