/* lightning_presence.c: phones come and go.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/rails/lightning_presence.h"

#include "models/rails/lightning_books.h"

void presence_want(struct lightning *rail, uint32_t number)
{
    struct line *line = line_at(rail, number);
    if (line->is_wanted)
        return;
    line->is_wanted = true;
    link_want(&rail->links, line->link, true);
}

static bool is_busy(const struct phone *phone)
{
    return phone->session_count > 0 || phone->exchange_count > 0 || phone->opening_count > 0;
}

void presence_look(struct lightning *rail, uint32_t payer)
{
    struct phone *phone = &rail->phones[payer];
    if (is_busy(phone) || sim_is_pending(rail->sim, phone->leave))
        return;
    phone->leave = lightning_schedule(rail, rail->leave_kind, rail->config->linger_us, payer);
}

void presence_leave(struct lightning *rail, uint32_t payer)
{
    struct phone *phone = &rail->phones[payer];
    if (is_busy(phone))
        return;
    for (uint32_t i = phone->first_line; i != SLAB_NONE; i = line_at(rail, i)->next) {
        struct line *line = line_at(rail, i);
        line->is_wanted = false;
        line->is_up = false;
        link_want(&rail->links, line->link, false);
        host_part(rail->host, line->near, line->far);
    }
}
