/* lightning_holding.h: what each owner of the Lightning rail has, and what is still open between owners.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     has    coins of his wallets in blocks, and of each channel what both its ends agree is his
 *     open   what is nobody's yet, of which he may get a part: to the millisatoshi
 *              HTLCs          from when they are offered until they are taken out, at both ends
 *              channels       whose ends do not agree, or have been given up: the whole, until both have forgotten it
 *              fundings       in a block, of channels that are not usable yet
 *              payments       under way, held, or not heard of by who pays: amount and fees
 *
 * With nothing open an owner has what the books say, exactly; else he is off by no more than what is open. In each
 * channel that both ends keep up, what both have and its HTLCs, found in the records of both, are its capacity.
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_HOLDING_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_HOLDING_H

#include "models/rails/lightning_parts.h"

struct holding {
    int64_t has_msat, open_msat;
};

struct holding holding_of_phone(const struct lightning *rail, uint32_t payer);
struct holding holding_of_operator(const struct lightning *rail);
/* Whether each channel that both ends keep up holds its capacity. */
bool holding_audit_ties(const struct lightning *rail, char *why, size_t why_size);

#endif
