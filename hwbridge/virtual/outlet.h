/* outlet.h: a virtual outlet of whatever wire, as the loop of its process sees it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   tasmota.h, ocpp_point.h, ... ──tasmota_outlet()──► struct virtual_outlet ──► virtual_run (run.h)
 *
 * Each wire is a struct of its own that holds a struct plug (plug.h), reads and writes its own sockets and never
 * waits. It is run when one of its descriptors is ready or when it is due, and not otherwise.
 */
#ifndef KONSENTO_HWBRIDGE_VIRTUAL_OUTLET_H
#define KONSENTO_HWBRIDGE_VIRTUAL_OUTLET_H

#include "hwbridge/virtual/plug.h"

#include <poll.h>
#include <stddef.h>

#define VIRTUAL_DESCRIPTORS_MAX 8 /* of one outlet: a server's door and its visitors */

struct virtual_ops {
    const char *name; /* "tasmota" */
    /* Reads and writes what can be without waiting. In: CLOCK_MONOTONIC. Returns when it has something to do next,
     * INT64_MAX: not before a descriptor is ready. */
    int64_t (*run)(void *self, int64_t now_ns);
    /* To wait for. Out: fd and events of fds, at most VIRTUAL_DESCRIPTORS_MAX. Returns how many. */
    size_t (*descriptors)(const void *self, struct pollfd *fds);
    /* For the ground truth. */
    const struct plug *(*plug)(const void *self);
    void (*free)(void *self);
};

struct virtual_outlet {
    const struct virtual_ops *ops;
    void *self;
};

#endif
