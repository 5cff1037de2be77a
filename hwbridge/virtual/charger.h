/* charger.h: the virtual outlet as a charger that speaks OCPP 1.6-J.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One connector with a car at it. It does as chargers do: it tells Charging before StartTransaction; it keeps what
 * belongs to a transaction while nobody can be reached, and forgets statuses; profiles are carried out by itself, in
 * its own time, whether anybody is there or not: a TxProfile beats a TxDefaultProfile, a period of nothing opens the
 * contactor and the transaction goes on; a restart ends it. Its own codec (ws_wire.h, json_wire.h): nothing is the
 * bridge's.
 * Source: Open Charge Point Protocol 1.6, sections 3.5 to 3.13, 4 and 5.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_CHARGER_H
#define KONSENTO_HWBRIDGE_VIRTUAL_CHARGER_H

#include "hwbridge/virtual/charger_config.h"
#include "hwbridge/virtual/outlet.h"

struct charger;

/* Returns NULL when memory is out. Owns: charger_free. */
struct charger *charger_new(const struct charger_config *config, const struct faults *faults, int64_t now_ns);
void charger_free(struct charger *charger);
/* For virtual_run; its free is charger_free. */
struct virtual_outlet charger_outlet(struct charger *charger);

#endif
