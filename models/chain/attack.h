/* attack.h: the attacker's race in secret, and branches that are forced on everybody.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_CHAIN_ATTACK_H
#define KONSENTO_MODELS_CHAIN_ATTACK_H

#include "models/chain/parts.h"

/* An attack was asked for, or is to be published: the event that chain_attack and its timers plan. */
enum attack_argument { ATTACK_BEGINS, ATTACK_IS_PUBLISHED };
void attack_handle(struct chain *chain, enum attack_argument argument);

/* Does the attacker keep what he finds to himself? */
bool attack_is_secret(const struct chain *chain);
/* He finds a block. */
void attack_mine(struct chain *chain);
/* The public chain or his own has grown: publish, give up, or go on? */
void attack_consider(struct chain *chain);

#endif
