/* link_parts.h: inside a link; for link_make.c, link_dial.c and link_state.c.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_MODELS_NETWORK_LINK_PARTS_H
#define KONSENTO_MODELS_NETWORK_LINK_PARTS_H

#include "models/network/link.h"
#include "models/network/link_way.h"

struct link_side {
    struct links *links; /* its port's self is here */
    uint32_t link;
    uint8_t end;
    bool is_present;
    bool is_up;     /* as it knows */
    bool is_alone;  /* up, and the other end of that connection is not there any more */
    uint32_t epoch; /* of the connection it has or had last */
    int64_t patience_us;
    struct sim_handle loss; /* it gives the connection up */
    int64_t loss_us;        /* when */
    struct link_listener listener;
    uint64_t downs;
};

enum link_dial { LINK_DIAL_NOT, LINK_DIAL_PAUSES, LINK_DIAL_CALLS };

struct link {
    struct link_side sides[2];
    struct way ways[2]; /* ways[i] leads away from end i */
    struct sim_handle arrivals[2];
    struct way_timer timer;
    uint32_t gone_count; /* of its coverages that are gone */
    uint32_t breaks;     /* ever */
    uint32_t epoch;      /* of the newest connection */
    bool is_wanted;
    bool is_dead; /* a packet of the connection never comes: nothing does any more */
    enum link_dial dial_state;
    struct sim_handle dial;
    uint32_t dial_count;                 /* since the last connection */
    uint32_t dial_breaks, dial_absences; /* when it was dialled */
    uint32_t absences;                   /* how often the answering machine stopped */
    int64_t dial_trip_us;
    bool dial_fails;
    int64_t dial_timeout_us, pause_first_us, pause_most_us;
    struct sim_stream pauses;
    uint64_t lost, sent, delivered, sent_bytes, delivered_bytes, dials;
};

static inline struct link *link_at(const struct links *links, uint32_t number)
{
    return slab_at(&links->slab, number);
}

/* ---- link_state.c: a connection that stands ---- */

void link_on_arrive(struct sim *sim, void *object, uint32_t entity, uint64_t argument);
void link_on_loss(struct sim *sim, void *object, uint32_t entity, uint64_t argument);

/* Plans the arrival of the first message of a way, if the link holds. */
void link_aim(struct links *links, uint32_t number, uint32_t way);
/* Puts an entry into a way, of its end's connection, and plans it. False: memory is out. */
bool link_put(struct links *links, uint32_t number, uint32_t way, enum way_what what, const uint8_t *bytes,
              uint32_t length);
/* A packet never comes: both ends find out in their time. */
void link_die(struct links *links, uint32_t number);
/* All but the first entries of a way are lost. */
void link_drop_from(struct links *links, uint32_t number, uint32_t way, uint32_t kept);
/* An end has no connection any more: what it had to say is lost. Whether it is told is the caller's business. */
void link_forget(struct links *links, uint32_t number, uint32_t end);
/* The same, and it is told. */
void link_lose(struct links *links, uint32_t number, uint32_t end);
/* It will know, at that time if not before. */
void link_lose_at(struct links *links, uint32_t number, uint32_t end, int64_t at_us);
/* What holds the other end's connection answers its packets with a refusal: it knows a little later. */
void link_refuse(struct links *links, uint32_t number, uint32_t end);
/* A connection begins at an end. */
void link_rise(struct links *links, uint32_t number, uint32_t end, uint32_t epoch);

/* The event of dialling is due so much later. */
void link_dial_at(struct links *links, uint32_t number, int64_t after_us);
/* End 0 has no connection: dials again, after a pause, if one is wanted. */
void link_pause(struct links *links, uint32_t number);

/* ---- link_dial.c: how a connection comes to be ---- */

void link_dial_now(struct links *links, uint32_t number);
void link_dial_stop(struct links *links, uint32_t number);
void link_on_dial(struct sim *sim, void *object, uint32_t entity, uint64_t argument);

#endif
