/* session.h: the charging session: energy is bought in portions, and the outlet delivers only against credit.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   plug in --> buy a portion --> credited --> switch on --> energy debits credit at the tariff's price
 *                  ^                            |
 *                  +--- reorder point reached --+--> credit used up: switch off, wait for credit
 *                                               +--> car done, or unplugged: switch off, refund what is left
 *
 * The controller knows an outlet only through its port and a rail only through its table: either may be modeled or
 * real. Credit is money, kept exactly (models/money.h); a price change counts from its moment on.
 *
 * Guard. The contactor needs its delay to open, the meter shows steps, and time has a resolution of one microsecond.
 * The controller therefore switches off while credit for `guard_uj` is left, and buys that much more than the car
 * asks for; what is not used is refunded. So no energy ever flows unpaid, whatever the hardware.
 *
 * Price. A session follows the tariff as long as it has usable credit. If a higher price uses the credit up at once,
 * what the contactor still lets through while it opens is sold at the old price.
 *
 * A failed payment is tried again after retry_us, at most retries_max times; then the session buys nothing more and
 * stays without power once its credit is used up. So does one whose payment was taken back.
 *
 * A car that may give power back stays on when it is full. What it gave is added to its demand.
 *
 * In arrears. Where a rail gives credit (struct rail_terms), the outlet delivers first: it asks for what has flowed
 * each time that a quantum of energy is unpaid, and for the rest at the end, and opens before what is unpaid is more
 * than the rail trusts. A payment that fails for good ends the delivery; the session is closed when the rest is paid or
 * lost.
 *
 * Idle fee. Where staying on with a full car costs, the session stays open until the car leaves; what was paid and not
 * used covers the fee, what is missing is one more payment. What of it never comes is no loss of energy.
 *
 * A rail may hold credit back (RAIL_LIMIT): the outlet then stops at the value it names, or at once if that was had
 * already, and goes on when the rail raises it.
 */
#ifndef KONSENTO_MODELS_SESSION_H
#define KONSENTO_MODELS_SESSION_H

#include "models/session_books.h"

struct sessions_options {
    struct trouble *trouble;
    const struct payment_config *payment;
    const struct outlet_config *outlet;
    const struct idle_config *idle;
    const struct ledger *ledger; /* of the rail */
    double yen_per_btc;
    int64_t price_uyen_per_kwh; /* at time 0 */
    struct sessions_listener listener;
};

void sessions_init(struct sessions *sessions, const struct sessions_options *options);
/* The rail raises its events here. */
struct rail_listener sessions_rail_listener(struct sessions *sessions);
void sessions_close(struct sessions *sessions);

/* A new session at arrival; the caller fills key, car, times, demand and battery. Returns its number, SLAB_NONE when
 * memory is out (told to trouble). */
uint32_t sessions_add(struct sessions *sessions);
/* Lends a number for a session of the rail that is no car's: its events go to sessions->guest, their fees are booked
 * here. Returns SLAB_NONE when memory is out (told to trouble). After CLOSED the number is given back. */
uint32_t sessions_lend(struct sessions *sessions, uint64_t key);
uint64_t sessions_guest(const struct sessions *sessions, uint32_t number);
void sessions_return(struct sessions *sessions, uint32_t number);
/* The car is plugged in and talks to the operator. */
void sessions_plug(struct sessions *sessions, uint32_t number, const struct outlet_port *port);
/* The car is gone (port's meter shows all it took); or it leaves without ever having had an outlet. */
void sessions_leave(struct sessions *sessions, uint32_t number);

/* What the outlet says about the session plugged into it. */
void sessions_on_closed(struct sessions *sessions, uint32_t number);
void sessions_on_energy(struct sessions *sessions, uint32_t number);
void sessions_on_idle(struct sessions *sessions, uint32_t number);
/* The car has given power and is to be charged again: the refill is bought like everything else. */
void sessions_on_fed(struct sessions *sessions, uint32_t number);
/* The tariff changes now. */
void sessions_set_price(struct sessions *sessions, int64_t price_uyen_per_kwh);

#endif
