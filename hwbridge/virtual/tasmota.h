/* tasmota.h: the virtual outlet as a Tasmota plug behind an MQTT broker.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers as the firmware does: POWER on both RESULT and POWER, an empty POWER of its own when it connects, no state
 * of its own after a reconnection, telemetry at its period, Online and Offline as a retained will, INFO1 at its start.
 * A retained command counts as any other: that is what makes it dangerous.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_TASMOTA_H
#define KONSENTO_HWBRIDGE_VIRTUAL_TASMOTA_H

#include "hwbridge/virtual/outlet.h"

struct tasmota_config {
    const char *host; /* address, numbers only */
    uint16_t port;
    const char *topic;
    const char *user, *password; /* NULL: none */
    int64_t telemetry_ns;
    struct plug_config plug;
    struct plug_truth truth;
};

struct tasmota;

/* Returns NULL when memory is out. Owns: tasmota_free. */
struct tasmota *tasmota_new(const struct tasmota_config *config, const struct faults *faults, int64_t now_ns);
void tasmota_free(struct tasmota *tasmota);
/* Reads and writes what can be without waiting. Returns when it has something to do next. */
int64_t tasmota_run(struct tasmota *tasmota, int64_t now_ns);
/* To wait for; -1: none. Out: events, of poll. */
int tasmota_descriptor(const struct tasmota *tasmota, short *events);
/* When it was last written of: for the ground truth. */
const struct plug *tasmota_plug(const struct tasmota *tasmota);

/* For virtual_run; its free is tasmota_free. */
struct virtual_outlet tasmota_outlet(struct tasmota *tasmota);

#endif
