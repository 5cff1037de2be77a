/* ocpp_reading.h: what a list of sampled values says of energy and power.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each sampled value is a decimal text with a measurand, a unit, a phase and a place; what is left away means energy
 * imported at the outlet, in Wh, over all phases. A figure over all phases beats the sum of its phases. Values of other
 * places than the outlet, of other measurands and signed ones are passed over.
 * Source: Open Charge Point Protocol 1.6, sections 7.42 to 7.46.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_READING_H
#define KONSENTO_HWBRIDGE_OCPP_READING_H

#include "hwbridge/guard.h"

struct ocpp_reading {
    int64_t energy_uj, power_w; /* HW_UNKNOWN_VALUE: not told */
};

/* Returns GUARD_OK or an enum hw_reject; reading is set in any case. */
int ocpp_reading_read(struct ocpp_reading *reading, struct guard_node values);

#endif
