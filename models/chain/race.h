/* race.h: can an attacker with a share of the hash rate catch up: closed forms, and the race itself.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Convention of all functions here: the merchant has seen z confirmations; the attacker has mined in secret since the
 * payment and succeeds when his branch has as many blocks as the honest one ("catches up from z behind", one block
 * mined beforehand in Rosenfeld's words). To replace the honest branch he then still needs one block more, which the
 * published tables do not ask for; the simulated race uses the same rule, or it would be off by one.
 *
 * Sources: Nakamoto 2008 section 11; Rosenfeld 2014 (arXiv 1402.2009); Gruenspan and Perez-Marco 2018.
 */
#ifndef KONSENTO_MODELS_CHAIN_RACE_H
#define KONSENTO_MODELS_CHAIN_RACE_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* In: share q of the attacker, 0 <= q < 1; confirmations z. Returns a probability; 1 for q >= 1/2. */
double race_nakamoto(double q, unsigned z);  /* Poisson approximation of the paper's section 11 */
double race_rosenfeld(double q, unsigned z); /* exact: negative binomial sum */
double race_beta(double q, unsigned z);      /* exact: regularised incomplete beta I_{4pq}(z, 1/2) */

/* Fewest confirmations at which the exact probability is below risk. In: 0 <= q < 1/2, 0 < risk < 1. */
unsigned race_confirmations(double q, double risk);

/* One race, block by block. Returns 1 if the attacker catches up, 0 once he is give_up blocks behind. */
int race_run(gsl_rng *rng, double q, unsigned z, unsigned give_up);

/* Quantile of the waiting time for n blocks at a constant mean interval: Erlang(n, mean). */
double race_wait_quantile_s(unsigned n, double mean_interval_s, double p);

#endif
