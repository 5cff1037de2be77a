/* market_parts.h: what the files of the market share among themselves.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_MARKET_MARKET_PARTS_H
#define KONSENTO_MODELS_MARKET_MARKET_PARTS_H

#include "models/market/market.h"

/* The interval is over: reads all meters, holds trades against them, writes down debts. */
void market_read(struct market *market);

#endif
