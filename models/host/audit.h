/* audit.h: what must hold of one node; of all, host_audit in host.h.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_HOST_AUDIT_H
#define KONSENTO_MODELS_HOST_AUDIT_H

#include "models/host/parts.h"

/* Its channels: as host_audit says, but for the coins. Limits: it is up. */
bool audit_node(const struct host *host, const struct host_node *node, char *why, size_t why_size);

#endif
