/* lightning_news.h: what nodes, the chain and timers say to the rail.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_RAILS_LIGHTNING_NEWS_H
#define KONSENTO_MODELS_RAILS_LIGHTNING_NEWS_H

#include "models/rails/lightning_parts.h"

/* Kinds of events of the rail; listens to the host. */
void news_open(struct lightning *rail);
/* Listens to the chain; behind chain_begin. Channels that are opened at the start are wanted from now on. */
void news_begin(struct lightning *rail);

#endif
