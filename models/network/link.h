/* link.h: a line between two machines: one connection at a time, as TCP would show it.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     end 0, dials ──way 0──► end 1, answers      each way: a queue at the link's rate, a delay for each packet,
 *             ◄──way 1──                          packets that are lost come later, what is behind them waits for them
 *
 *     dial: a round trip, then up at end 0; half a round trip later at end 1. Both are told of everything: up, down.
 *
 * A stream of bytes in order, cut where messages were sent. Lost packets are sent again after the timeout of RFC 6298,
 * which doubles; fast retransmission is left out: messages here are one packet or two. While a coverage (coverage.h) is
 * gone nothing arrives; afterwards what waits is sent again when its timer says. An end that has had no sign of life
 * for its patience gives the connection up: what was on the way is lost, and it is told. A machine that goes without a
 * word (link_present) is noticed in the same manner, or, when it is back, by its refusals. Whoever dials dials again,
 * after pauses that double, with jitter, for as long as a connection is wanted.
 *
 * Conservation: messages sent = delivered + lost + under way; none is lost but with its connection.
 * Left out: congestion, slow start, the retransmission of a message's packets apart from each other's.
 * Source: RFC 9293, 6298; pauses of 1 s to 300 s as Core Lightning makes them.
 */
#ifndef KONSENTO_MODELS_NETWORK_LINK_H
#define KONSENTO_MODELS_NETWORK_LINK_H

#include "models/network/coverage.h"
#include "models/network/link_class.h"
#include "sim/ports.h"

#define LINK_COVERAGES_MAX 4
#define LINK_QUEUE_MAX     (4 << 20) /* bytes that wait in one way */

enum link_end { LINK_DIALLER = 0, LINK_ANSWERER = 1 };

struct link_config {
    const struct link_class *class; /* outlives the link */
    uint32_t coverages[LINK_COVERAGES_MAX];
    uint32_t coverage_count;
    int64_t patience_us[2]; /* by end */
    int64_t dial_timeout_us;
    int64_t pause_first_us; /* before dialling again */
    int64_t pause_most_us;
    uint64_t key; /* names its streams, the same on every rail */
};
/* Patience 30 s, dialling 10 s, pauses from 1 s to 300 s; no coverage. */
void link_config_init(struct link_config *config, const struct link_class *class, uint64_t key);

/* All links of one run, by number from 0. */
struct links {
    struct sim *sim;
    struct trouble *trouble;
    struct coverages *coverages;
    struct slab slab;
    uint8_t *carried; /* the message that is being delivered */
    size_t carried_capacity;
    uint16_t arrive_kind, dial_kind, loss_kind;
};

void links_open(struct links *links, struct coverages *coverages);
void links_close(struct links *links);
/* Returns its number; SLAB_NONE when memory is out (told to trouble). It is down, and nobody wants it up. */
uint32_t link_add(struct links *links, const struct link_config *config);

void link_listen(struct links *links, uint32_t link, enum link_end end, const struct link_listener *listener);
struct link_port link_port(struct links *links, uint32_t link, enum link_end end);

/* Whether end 0 keeps a connection: dials now, and whenever it is lost. Taken back, one that stands goes on. */
void link_want(struct links *links, uint32_t link, bool is_wanted);
/* Whether the machine at an end runs; both do at first. One that stops hears nothing, says nothing, and has no
 * connection any more; its port takes nothing. */
void link_present(struct links *links, uint32_t link, enum link_end end, bool is_present);
/* As that end knows it. */
bool link_is_up(const struct links *links, uint32_t link, enum link_end end);
/* Delay that a message of so many bytes has without queue and loss, by the class's mean. */
int64_t link_usual_us(const struct links *links, uint32_t link, size_t bytes);

struct link_tally {
    uint64_t sent, delivered, lost, under_way; /* messages */
    uint64_t sent_bytes, delivered_bytes;
    uint64_t packets, packets_lost; /* that carried them, and how many of these came only later */
    uint64_t dials, connections;
    uint64_t downs[2]; /* told to each end */
};
/* Counts since the beginning. */
void link_tally(struct link_tally *tally, const struct links *links, uint32_t link);

/* Auditor (sim/kernel.h) over struct links: conservation, order of what is under way. */
bool links_audit(const void *links, char *why, size_t why_size);

#endif
