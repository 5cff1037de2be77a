/* onchain_news.h: what the chain tells the rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_ONCHAIN_NEWS_H
#define KONSENTO_MODELS_RAILS_ONCHAIN_NEWS_H

#include "models/rails/onchain_parts.h"

void onchain_hear(void *self, const struct chain_event *event);

#endif
