/* graph_read_gossmap.c: Core Lightning's compressed gossmap.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     magic | n | n first nodes | n second nodes | disabled directions (2 * channel + direction), ended by one >= 2n
 *     capacities: a table, n indexes
 *     htlc_minimum_msat, htlc_maximum_msat, base fee msat, fee ppm, cltv delta: each a table, 2n indexes
 *
 * All numbers are BigSize; a table is a count and as many values. An htlc_maximum_msat of 0 means the capacity, of 1 99
 * percent of it.
 */
#include "models/network/graph_read_parts.h"
#include "protocol/lightning/msat.h"
#include "protocol/lightning/scid.h"
#include "protocol/lightning/wire.h"
#include <stdlib.h>

struct row {
    uint32_t nodes[2];
    uint64_t capacity_sat;
    struct ln_policy policies[2];
};

struct gossmap {
    const struct graph_reader *reader;
    struct ln_reader wire;
    struct row *rows;
    uint32_t count;
};

/* Takes a number of at most most. Returns false after reporting what is wrong. */
static bool take(struct gossmap *map, uint64_t *value, uint64_t most, const char *what)
{
    size_t at = map->wire.at;
    *value = ln_read_bigsize(&map->wire);
    if (map->wire.fault != LN_WIRE_OK) {
        graph_reader_fault(map->reader, 0, "byte %zu: %s: %s", at, what, ln_wire_text(map->wire.fault));
        return false;
    }
    if (*value > most) {
        graph_reader_fault(map->reader, 0, "byte %zu: %s: %llu, at most %llu is allowed", at, what,
                           (unsigned long long)*value, (unsigned long long)most);
        return false;
    }
    return true;
}

static bool read_count(struct gossmap *map)
{
    uint64_t count;
    size_t left = ln_reader_left(&map->wire); /* each channel takes more than one byte */
    uint64_t most = left < map->reader->graph->config.channels_max ? left : map->reader->graph->config.channels_max;
    if (!take(map, &count, most, "number of channels"))
        return false;
    map->count = (uint32_t)count;
    map->rows = calloc(count == 0 ? 1 : count, sizeof *map->rows);
    if (map->rows == NULL)
        graph_reader_fault(map->reader, 0, "out of memory");
    return map->rows != NULL;
}

static bool read_nodes(struct gossmap *map)
{
    uint64_t node;
    for (unsigned end = 0; end < 2; end++)
        for (uint32_t i = 0; i < map->count; i++) {
            if (!take(map, &node, GRAPH_NODES_MAX - 1, end == 0 ? "first node" : "second node"))
                return false;
            map->rows[i].nodes[end] = (uint32_t)node;
        }
    return true;
}

static bool read_disabled(struct gossmap *map)
{
    uint64_t direction;
    for (;;) {
        if (!take(map, &direction, UINT64_MAX, "disabled direction"))
            return false;
        if (direction >= 2 * (uint64_t)map->count)
            return true;
        map->rows[direction / 2].policies[direction % 2].flags |= LN_POLICY_DISABLED;
    }
}

/* A column: where its values go. */
struct column {
    const char *name;
    uint64_t most;
    unsigned per_channel; /* values: one, or one per direction */
    void (*set)(struct row *row, unsigned direction, uint64_t value);
};

static bool read_indexes(struct gossmap *map, const struct column *column, const uint64_t *values, uint64_t value_count)
{
    uint64_t index;
    for (uint32_t i = 0; i < map->count; i++)
        for (unsigned direction = 0; direction < column->per_channel; direction++) {
            if (!take(map, &index, value_count - 1, column->name))
                return false;
            column->set(&map->rows[i], direction, values[index]);
        }
    return true;
}

static bool read_column(struct gossmap *map, const struct column *column)
{
    uint64_t count;
    if (!take(map, &count, ln_reader_left(&map->wire), column->name))
        return false;
    if (count == 0 && map->count > 0) {
        graph_reader_fault(map->reader, 0, "byte %zu: %s: a table without values", map->wire.at, column->name);
        return false;
    }
    uint64_t *values = calloc(count == 0 ? 1 : count, sizeof *values);
    bool good = values != NULL;
    if (!good)
        graph_reader_fault(map->reader, 0, "out of memory");
    for (uint64_t i = 0; i < count && good; i++)
        good = take(map, &values[i], column->most, column->name);
    good = good && read_indexes(map, column, values, count);
    free(values);
    return good;
}

static void set_capacity(struct row *row, unsigned direction, uint64_t value)
{
    (void)direction;
    row->capacity_sat = value;
}

static void set_minimum(struct row *row, unsigned direction, uint64_t value)
{
    row->policies[direction].htlc_minimum_msat = value;
}

static void set_maximum(struct row *row, unsigned direction, uint64_t value)
{
    uint64_t capacity_msat = row->capacity_sat * 1000;
    row->policies[direction].htlc_maximum_msat = value == 0   ? capacity_msat
                                                 : value == 1 ? capacity_msat / 100 * 99
                                                              : value;
}

static void set_base(struct row *row, unsigned direction, uint64_t value)
{
    row->policies[direction].fee_base_msat = (uint32_t)value;
}

static void set_ppm(struct row *row, unsigned direction, uint64_t value)
{
    row->policies[direction].fee_proportional_ppm = (uint32_t)value;
}

static void set_delta(struct row *row, unsigned direction, uint64_t value)
{
    row->policies[direction].cltv_expiry_delta_blocks = (uint16_t)value;
}

static bool read_columns(struct gossmap *map)
{
    static const struct column columns[] = {
        {"capacity_sat", LN_MSAT_MAX / 1000, 1, set_capacity},   {"htlc_minimum_msat", LN_MSAT_MAX, 2, set_minimum},
        {"htlc_maximum_msat", LN_MSAT_MAX, 2, set_maximum},      {"fee_base_msat", UINT32_MAX, 2, set_base},
        {"fee_proportional_millionths", UINT32_MAX, 2, set_ppm}, {"cltv_expiry_delta", UINT16_MAX, 2, set_delta},
    };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (!read_column(map, &columns[i]))
            return false;
    if (ln_reader_left(&map->wire) > 0) {
        graph_reader_fault(map->reader, 0, "byte %zu: bytes left over behind the last table", map->wire.at);
        return false;
    }
    return true;
}

/* Puts one channel into the graph. Returns false after reporting what is wrong. */
static bool put(const struct gossmap *map, uint32_t i)
{
    const struct row *row = &map->rows[i];
    uint8_t ids[2][33];
    uint32_t channel;
    unsigned first;
    graph_read_node_id(ids[0], row->nodes[0]);
    graph_read_node_id(ids[1], row->nodes[1]);
    const struct ln_graph_opening opening = {
        .short_channel_id = ln_scid(i + 1, 0, 0), .capacity_sat = row->capacity_sat, .node_ids = {ids[0], ids[1]}};
    const char *fault = graph_reader_add(map->reader, &channel, &first, &opening);
    for (unsigned direction = 0; direction < 2 && fault == NULL; direction++) {
        struct ln_policy policy = row->policies[direction];
        policy.flags |= LN_POLICY_KNOWN;
        policy.timestamp_s = map->reader->source->as_of_s;
        if (ln_graph_set_policy(map->reader->graph, channel, direction ^ first, &policy) != LN_GRAPH_OK)
            fault = "out of memory";
    }
    if (fault != NULL)
        graph_reader_fault(map->reader, 0, "channel %u: %s", i, fault);
    return fault == NULL;
}

void graph_read_gossmap(const struct graph_reader *reader)
{
    struct gossmap map = {
        .reader = reader,
        .wire = ln_reader_init(reader->bytes + GOSSMAP_MAGIC_BYTES, reader->length - GOSSMAP_MAGIC_BYTES)};
    bool good = read_count(&map) && read_nodes(&map) && read_disabled(&map) && read_columns(&map);
    for (uint32_t i = 0; i < map.count && good; i++)
        good = put(&map, i);
    free(map.rows);
}
