/* reach.c: a node's way to the chain.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/reach.h"

#include "models/chain/room.h"
#include "models/host/blocks.h"
#include "models/host/wallet.h"

#include <stdlib.h>
#include <string.h>

/* ---- what waits ------------------------------------------------------------------------------------------------ */

static bool read_txid(struct host *host, uint8_t txid[32], struct btc_bytes bytes)
{
    struct btc_tx tx;
    bool is_read = room_reserve(&host->parsing, BTC_TX_ARENA_BYTES(bytes.length)) &&
                   btc_tx_parse(&tx, &host->parsing, bytes) == BTC_TX_OK;
    if (is_read)
        btc_txid(txid, &tx);
    return is_read;
}

static void keep(struct host *host, struct reach *reach, struct btc_bytes bytes)
{
    struct waiting *waiting = malloc(sizeof *waiting + bytes.length);
    if (waiting == NULL || !read_txid(host, waiting->txid, bytes)) {
        free(waiting);
        trouble_memory(host->trouble);
        return;
    }
    waiting->next = NULL;
    waiting->bytes = btc_bytes(waiting + 1, bytes.length);
    memcpy(waiting + 1, bytes.data, bytes.length);
    if (reach->last == NULL)
        reach->first = waiting;
    else
        reach->last->next = waiting;
    reach->last = waiting;
}

static void drop(struct reach *reach, const uint8_t txid[32])
{
    struct waiting **place = &reach->first;
    reach->last = NULL;
    while (*place != NULL) {
        struct waiting *waiting = *place;
        if (memcmp(waiting->txid, txid, 32) != 0) {
            reach->last = waiting;
            place = &waiting->next;
            continue;
        }
        *place = waiting->next;
        free(waiting);
    }
}

static struct waiting *take(struct reach *reach)
{
    struct waiting *waiting = reach->first;
    if (waiting != NULL)
        reach->first = waiting->next;
    if (reach->first == NULL)
        reach->last = NULL;
    return waiting;
}

/* ---- there and gone -------------------------------------------------------------------------------------------- */

static void send_all(struct host *host, uint32_t number)
{
    struct waiting *waiting;
    while ((waiting = take(&host_node_at(host, number)->reach)) != NULL) {
        if (!host_is_over(host))
            wallet_broadcast(host, number, waiting->bytes);
        free(waiting);
    }
}

static void on_change(void *self, uint32_t coverage, bool is_there)
{
    struct reach *reach = self;
    struct host *host = reach->host;
    (void)coverage;
    reach->is_cut = !is_there;
    if (reach->is_cut || host_is_over(host) || !host->is_begun)
        return;
    wallet_send_due(host, reach->node);
    send_all(host, reach->node);
    if (host_node_at(host, reach->node)->is_up)
        blocks_catch_up(host, reach->node, host_node_at(host, reach->node)->block);
}

bool reach_open(struct host *host, uint32_t number, uint32_t coverage)
{
    struct reach *reach = &host_node_at(host, number)->reach;
    reach->is_cut = !coverage_is_there(host->links->coverages, coverage);
    return coverage_listen(host->links->coverages, coverage,
                           &(struct coverage_listener){.self = reach, .on_change = on_change});
}

void reach_close(struct host_node *node)
{
    struct waiting *waiting;
    while ((waiting = take(&node->reach)) != NULL)
        free(waiting);
}

/* ---- transactions ---------------------------------------------------------------------------------------------- */

void reach_forget(struct host *host, uint32_t number, const uint8_t txid[32])
{
    drop(&host_node_at(host, number)->reach, txid);
    wallet_forget(host, number, txid);
}

void reach_broadcast(struct host *host, uint32_t number, struct btc_bytes bytes, const uint8_t replaced[32])
{
    static const uint8_t nothing[32] = {0};
    struct reach *reach = &host_node_at(host, number)->reach;
    /* What a claim replaces will not be mined; if it is, blocks say so. */
    if (memcmp(replaced, nothing, 32) != 0)
        reach_forget(host, number, replaced);
    if (reach->is_cut)
        keep(host, reach, bytes);
    else
        wallet_broadcast(host, number, bytes);
}
