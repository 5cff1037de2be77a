/* lightning_undo.h: a payment that its payee had taken, and that the chain gave back to its payer.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     payer --HTLC--> hub --HTLC--> payee, who gives the preimage away; an HTLC ends on the chain before it is claimed
 *
 * Whoever could not claim has lost: the payee, or the operator whose nodes both are; over the graph a stranger, as long
 * as the payee's own channel stands.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_UNDO_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_UNDO_H

#include "models/rails/lightning_parts.h"

/* Books it, and tells. Its session may be over, and the session's number another's. */
void undo_exchange(struct lightning *rail, const struct exchange *exchange);

#endif
