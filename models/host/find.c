/* find.c: nodes by their ids, and what else can be asked of a host at any time.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/host/parts.h"

#include <string.h>

const uint8_t *host_node_id(const struct host *host, uint32_t number)
{
    return host_node_at(host, number)->node_id;
}

static bool has_id(const void *context, uint32_t number, const void *key)
{
    return memcmp(host_node_at(context, number)->node_id, key, 33) == 0;
}

uint32_t host_find_node(const struct host *host, const uint8_t node_id[33])
{
    return btc_table_find(&host->by_id, btc_table_hash(&host->by_id, node_id, 33), has_id, host, node_id);
}

uint32_t host_height(const struct host *host)
{
    return host->tip == HOST_NONE ? host->base_height : host->blocks[host->tip].height;
}

const struct ln_backend *host_backend(const struct host *host)
{
    return &host->backend;
}

bool host_is_up(const struct host *host, uint32_t number)
{
    return host_node_at(host, number)->is_up;
}
