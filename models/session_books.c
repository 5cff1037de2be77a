/* session_books.c: what a session has paid, what it has cost, what that leaves.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/session_books.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static int64_t now_us(const struct sessions *sessions)
{
    return sim_now_us(sessions->trouble->sim);
}

struct session *session_at(const struct sessions *sessions, uint32_t number)
{
    return slab_at(&sessions->slab, number);
}

int64_t session_demand_uj(const struct session *session)
{
    return session->demand_uj + session->battery.refill_uj;
}

int64_t session_kept_msat(const struct session *session)
{
    return session->paid_msat - session->refunded_msat - session->reversed_msat;
}

int64_t session_cost_msat(const struct sessions *sessions, const struct session *session)
{
    return money_owed_msat(&sessions->money, session->cost_parts);
}

/* ---- credit ---------------------------------------------------------------------------------------------------- */

bool session_is_plugged(const struct session *session)
{
    return session->is_used && session->plugged_us != SESSION_NEVER_US && !session->has_left;
}

/* Levels before and after a change at one time are looked at by two calls. */
void session_look(struct sessions *sessions, struct session *session)
{
    int64_t now = now_us(sessions), kept_msat = session_kept_msat(session);
    int64_t cost_msat = session_cost_msat(sessions, session);
    int64_t used_msat = cost_msat < kept_msat ? cost_msat : kept_msat;
    int64_t final_msat = used_msat < session->final_msat ? used_msat : session->final_msat;
    int64_t unpaid_msat = session->trust_msat == 0 ? 0 : cost_msat - used_msat;
    struct session_hold *hold = &session->hold;
    int64_t exposed_msat = used_msat - final_msat + unpaid_msat;
    int64_t locked_msat = used_msat - final_msat + (kept_msat - used_msat) + session->in_flight_msat +
                          (session->refunded_msat - session->returned_msat);
    __int128 half_us = now - hold->at_us;
    sessions->exposed_msat_us += (hold->exposed_msat + exposed_msat) * half_us / 2;
    sessions->locked_msat_us += (hold->locked_msat + locked_msat) * half_us / 2;
    if (exposed_msat > sessions->exposed_most_msat)
        sessions->exposed_most_msat = exposed_msat;
    *hold = (struct session_hold){exposed_msat, locked_msat, now};
}

void session_settle(struct sessions *sessions, struct session *session)
{
    int64_t reading_uj = session->port.ops->meter_uj(session->port.self);
    int64_t energy_uj = reading_uj - session->reading_uj;
    assert(energy_uj >= 0);
    session->reading_uj = reading_uj;
    session->metered_uj += energy_uj;
    session->cost_parts += money_cost_parts(energy_uj, session->price_uyen_per_kwh);
    session_look(sessions, session);
}

void sessions_settle(struct sessions *sessions, uint32_t number)
{
    struct session *session = session_at(sessions, number);
    if (session_is_plugged(session))
        session_settle(sessions, session);
    else
        session_look(sessions, session);
}

void sessions_restart(struct sessions *sessions)
{
    for (uint32_t number = 0; number < sessions->slab.limit; number++)
        if (session_at(sessions, number)->is_used)
            sessions_settle(sessions, number);
    sessions->exposed_msat_us = sessions->locked_msat_us = 0;
    sessions->exposed_most_msat = 0;
    for (uint32_t number = 0; number < sessions->slab.limit; number++)
        if (session_at(sessions, number)->hold.exposed_msat > sessions->exposed_most_msat)
            sessions->exposed_most_msat = session_at(sessions, number)->hold.exposed_msat;
}

/* Energy that the session's money still buys at the present price, the meter being settled. */
int64_t session_available_uj(const struct sessions *sessions, const struct session *session)
{
    __int128 parts = money_parts(&sessions->money, session_kept_msat(session)) - session->cost_parts;
    return money_energy_uj(parts, sessions->price_uyen_per_kwh);
}

/* The same, less what the rail holds back. */
int64_t session_deliverable_uj(const struct sessions *sessions, const struct session *session)
{
    int64_t may_msat = session_kept_msat(session) + session->trust_msat;
    int64_t free_msat = may_msat < session->limit_msat ? may_msat : session->limit_msat;
    return money_energy_uj(money_parts(&sessions->money, free_msat) - session->cost_parts,
                           sessions->price_uyen_per_kwh);
}

int64_t session_unpaid_msat(const struct sessions *sessions, const struct session *session)
{
    int64_t unpaid_msat = session_cost_msat(sessions, session) - session_kept_msat(session);
    return unpaid_msat > 0 ? unpaid_msat : 0;
}

/* Energy that was paid first and whose payment was taken back is not asked for again. */
int64_t session_rest_msat(const struct sessions *sessions, const struct session *session)
{
    int64_t owed_msat = session_cost_msat(sessions, session) + session->idle_msat - session_kept_msat(session);
    int64_t most_msat = session->trust_msat > 0 ? owed_msat : session->idle_msat;
    int64_t rest_msat = owed_msat < most_msat ? owed_msat : most_msat;
    return rest_msat > 0 ? rest_msat : 0;
}

/* ---- audit ------------------------------------------------------------------------------------------------------ */

/* Metered since it was booked last. */
static int64_t unbooked_energy_uj(const struct session *session)
{
    return session_is_plugged(session) ? session->port.ops->meter_uj(session->port.self) - session->reading_uj : 0;
}

__int128 sessions_metered_uj(const struct sessions *sessions)
{
    __int128 metered_uj = sessions->past_metered_uj;
    for (uint32_t number = 0; number < sessions->slab.limit; number++) {
        const struct session *session = session_at(sessions, number);
        if (session->is_used)
            metered_uj += session->metered_uj + unbooked_energy_uj(session);
    }
    return metered_uj;
}

/* Energy metered up to now is covered by what was paid, and what is trusted: what is taken back later, the guard
 * included, was there when the energy flowed. */
static bool is_covered(const struct sessions *sessions, const struct session *session)
{
    int64_t unbooked_uj = unbooked_energy_uj(session);
    __int128 parts = session->cost_parts + money_cost_parts(unbooked_uj, session->price_uyen_per_kwh);
    return parts <= money_parts(&sessions->money, session->paid_msat - session->refunded_msat + session->trust_msat);
}

bool session_audit_over(const struct sessions *sessions, const struct session *session, char *why, size_t why_size)
{
    int64_t due_msat = session_cost_msat(sessions, session) + session->idle_msat;
    int64_t kept_msat = session_kept_msat(session), lost_msat = due_msat > kept_msat ? due_msat - kept_msat : 0;
    int64_t owed_msat = session->refunded_msat - session->returned_msat;
    if (due_msat == kept_msat + lost_msat && owed_msat >= 0 && session->in_flight_msat == 0)
        return true;
    snprintf(why, why_size,
             "session %" PRIu64 " ends: due %" PRId64 " msat, kept %" PRId64 ", to go back %" PRId64
             ", under way %" PRId64,
             session->key, due_msat, kept_msat, owed_msat, session->in_flight_msat);
    return false;
}

bool sessions_audit(const struct sessions *sessions, const struct ledger *ledger, char *why, size_t why_size)
{
    int64_t kept_msat = sessions->past_kept_msat;
    for (uint32_t number = 0; number < sessions->slab.limit; number++) {
        const struct session *session = session_at(sessions, number);
        kept_msat += session_kept_msat(session);
        if (!session->is_device && !is_covered(sessions, session)) {
            snprintf(why, why_size,
                     "session %" PRIu64 " of car %" PRIu32 " has energy beyond its credit of %" PRId64 " msat",
                     session->key, session->car, session_kept_msat(session));
            return false;
        }
    }
    int64_t spent_msat = ledger_spent_msat(ledger), income_msat = ledger_balance_msat(ledger, LEDGER_PROVIDER);
    kept_msat += sessions->guest_msat;
    if (kept_msat + sessions->payer_fee_msat == spent_msat && sessions->fee_msat == income_msat)
        return true;
    snprintf(why, why_size,
             "sessions and guests kept %" PRId64 " msat, payers' fees were %" PRId64 " msat, payers spent %" PRId64
             " msat; all fees %" PRId64 " msat, the provider has %" PRId64 " msat",
             kept_msat, sessions->payer_fee_msat, spent_msat, sessions->fee_msat, income_msat);
    return false;
}
