/* outlet_wires.h: the wires that konsento outlet speaks.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_CLI_OUTLET_WIRES_H
#define KONSENTO_CLI_OUTLET_WIRES_H

#include "cli/address.h"
#include "cli/options.h"
#include "hwbridge/virtual/outlet.h"

/* What was asked for, for any wire. */
struct outlet_request {
    const struct arguments *arguments;
    const char *text;       /* what stands behind the wire's option */
    struct address address; /* for the wire to keep it in */
    struct plug_config plug;
    const struct faults *faults;
    struct plug_truth truth;
    int64_t period_ns;           /* between two readings that it tells of */
    const char *user, *password; /* NULL: none */
};

struct outlet_wire {
    enum option_id option; /* --tasmota */
    const char *name;      /* without dashes */
    /* Returns false, and why. The request outlives the outlet. Owns: outlet->ops->free. */
    bool (*open)(struct virtual_outlet *outlet, struct outlet_request *request, char *why, size_t why_size);
};

extern const struct outlet_wire outlet_wires[];
extern const size_t outlet_wire_count;

#endif
