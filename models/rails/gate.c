/* gate.c: a rail whose payers and outlets cannot always be reached.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/access.h"

#include <assert.h>
#include <stdlib.h>

/* A payment that was asked for in vain. */
struct vain {
    uint32_t session, payment;
    int64_t amount_msat, asked_us;
};

struct entrance {
    uint32_t payer;
    uint32_t vain_count; /* that are still to fail */
    bool is_closing;
};

struct gate {
    struct rail inner;
    const struct access *access;
    struct trouble *trouble;
    struct sim *sim;
    struct rail_listener listener;
    struct slab vains;
    struct entrance *entrances; /* by session */
    size_t entrance_count;
    uint16_t fail_kind;
};

static bool grow(struct gate *gate, size_t count)
{
    size_t larger = gate->entrance_count == 0 ? 256 : gate->entrance_count;
    while (larger < count)
        larger *= 2;
    struct entrance *grown = realloc(gate->entrances, larger * sizeof grown[0]);
    if (grown == NULL)
        return false;
    gate->entrances = grown;
    gate->entrance_count = larger;
    return true;
}

static void session_open(void *self, const struct rail_opening *opening)
{
    struct gate *gate = self;
    if (opening->session >= gate->entrance_count && !grow(gate, (size_t)opening->session + 1)) {
        trouble_memory(gate->trouble);
        return;
    }
    gate->entrances[opening->session] = (struct entrance){.payer = opening->payer};
    gate->inner.ops->session_open(gate->inner.self, opening);
}

static void pay(void *self, const struct rail_order *order)
{
    struct gate *gate = self;
    if (gate->trouble->is_memory_out)
        return;
    struct entrance *entrance = &gate->entrances[order->session];
    if (access_is_there(gate->access, entrance->payer)) {
        gate->inner.ops->pay(gate->inner.self, order);
        return;
    }
    uint32_t number = slab_take(&gate->vains);
    if (number == SLAB_NONE) {
        trouble_memory(gate->trouble);
        return;
    }
    *(struct vain *)slab_at(&gate->vains, number) =
        (struct vain){order->session, order->payment, order->amount_msat, sim_now_us(gate->sim)};
    entrance->vain_count++;
    sim_schedule(gate->sim, sim_now_us(gate->sim) + gate->access->config->patience_us, SIM_MESSAGE,
                 &(struct sim_action){.kind = gate->fail_kind, .entity = number, .object = gate});
}

static void close_inner(struct gate *gate, uint32_t session)
{
    struct entrance *entrance = &gate->entrances[session];
    if (entrance->is_closing && entrance->vain_count == 0)
        gate->inner.ops->session_close(gate->inner.self, session);
}

static void handle_fail(struct sim *sim, void *object, uint32_t entity, uint64_t argument)
{
    struct gate *gate = object;
    const struct vain vain = *(struct vain *)slab_at(&gate->vains, entity);
    (void)sim, (void)argument;
    slab_return(&gate->vains, entity);
    gate->listener.on_event(gate->listener.self, &(struct rail_event){.kind = RAIL_FAILED,
                                                                      .cause = RAIL_CAUSE_OFFLINE,
                                                                      .session = vain.session,
                                                                      .payment = vain.payment,
                                                                      .amount_msat = vain.amount_msat,
                                                                      .asked_us = vain.asked_us});
    assert(gate->entrances[vain.session].vain_count > 0);
    gate->entrances[vain.session].vain_count--;
    close_inner(gate, vain.session);
}

static void refund(void *self, uint32_t session, int64_t amount_msat)
{
    struct gate *gate = self;
    gate->inner.ops->refund(gate->inner.self, session, amount_msat);
}

static void record(void *self, uint32_t session, int64_t energy_uj, int64_t cost_msat)
{
    struct gate *gate = self;
    if (gate->inner.ops->record != NULL)
        gate->inner.ops->record(gate->inner.self, session, energy_uj, cost_msat);
}

/* The rail hears of it when nothing is to fail any more: its last word comes behind that. */
static void session_close(void *self, uint32_t session)
{
    struct gate *gate = self;
    if (gate->trouble->is_memory_out)
        return;
    gate->entrances[session].is_closing = true;
    close_inner(gate, session);
}

static int64_t exposure_msat(const void *self)
{
    const struct gate *gate = self;
    return gate->inner.ops->exposure_msat(gate->inner.self);
}

static bool audit(const void *self, char *why, size_t why_size)
{
    const struct gate *gate = self;
    return gate->inner.ops->audit(gate->inner.self, why, why_size);
}

static void report(const void *self, struct rail_report *report)
{
    const struct gate *gate = self;
    if (gate->inner.ops->report != NULL)
        gate->inner.ops->report(gate->inner.self, report);
}

static void gate_free(void *self)
{
    struct gate *gate = self;
    gate->inner.ops->free(gate->inner.self);
    slab_close(&gate->vains);
    free(gate->entrances);
    free(gate);
}

static const struct rail_ops ops = {.session_open = session_open,
                                    .pay = pay,
                                    .refund = refund,
                                    .record = record,
                                    .session_close = session_close,
                                    .exposure_msat = exposure_msat,
                                    .audit = audit,
                                    .report = report,
                                    .free = gate_free};

bool gate_open(struct rail *rail, const struct access *access, struct trouble *trouble,
               const struct rail_listener *listener)
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (gate == NULL)
        return false;
    gate->inner = *rail;
    gate->access = access;
    gate->trouble = trouble;
    gate->sim = trouble->sim;
    gate->listener = *listener;
    slab_init(&gate->vains, sizeof(struct vain));
    gate->fail_kind = sim_kind_add(gate->sim, "gate.fail", handle_fail);
    *rail = (struct rail){.ops = &ops, .self = gate};
    return true;
}
