/* audit.h: what must hold of the chain at any moment, at a price that a long run can pay.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_CHAIN_AUDIT_H
#define KONSENTO_MODELS_CHAIN_AUDIT_H

#include "models/chain/parts.h"

#define AUDIT_WINDOW 256u /* own transactions */

/* A sim_auditor: as chain_audit, but of own transactions it looks at the newest and, turn by turn, at some others. */
bool audit_recent(const void *chain, char *why, size_t why_size);

#endif
