/* ocpp_settings.h: settings of a charge point without which it is not safe.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   GetConfiguration ──► what differs ──ChangeConfiguration──► GetConfiguration: what it says now is what counts
 *
 * Nothing may start or go on without the bridge; leases must work; the meter must speak often enough. A key that the
 * standard leaves to the maker and that is not there is no fault.
 * Source: Open Charge Point Protocol 1.6, section 9.
 */
#ifndef KONSENTO_HWBRIDGE_OCPP_SETTINGS_H
#define KONSENTO_HWBRIDGE_OCPP_SETTINGS_H

#include "hwbridge/guard.h"

#define OCPP_SETTINGS           14
#define OCPP_SETTING_NO_DEFAULT 13 /* not a key: the profile of no power that lies under all others */

struct ocpp_settings {
    uint32_t good, bad; /* bits: what was read back */
    uint32_t tried;     /* bits: what was asked to be changed since preflight began */
    bool wants_watts;   /* limits in A are not understood */
    bool is_read;
};

/* In: a setting, < OCPP_SETTING_NO_DEFAULT. Returns its key; what it should be set to. */
const char *ocpp_setting_key(uint32_t setting);
const char *ocpp_setting_value(uint32_t setting);
/* Takes the answer to GetConfiguration. Out: change, bits of those that should and can be changed and were not tried
 * yet. Returns GUARD_OK or an enum hw_reject. */
int ocpp_settings_take(struct ocpp_settings *settings, uint32_t *change, struct guard_node payload);
void ocpp_settings_judge(struct ocpp_settings *settings, uint32_t setting, bool is_good);
/* One line for each. Returns whether all are known and good. */
bool ocpp_settings_print(const struct ocpp_settings *settings, char *text, size_t text_size);

#endif
