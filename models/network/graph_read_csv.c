/* graph_read_csv.c: a graph as a table, one line per direction.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/fleet/csv.h"
#include "models/network/graph_read_parts.h"
#include "protocol/lightning/msat.h"
#include <string.h>

enum column { SCID, FROM, TO, CAPACITY, BASE, PPM, DELTA, MINIMUM, MAXIMUM, DISABLED, COLUMNS };

static const char *const names[COLUMNS] = {
    "short_channel_id", "from",          "to",       "capacity_sat", "base_fee_msat", "fee_ppm", "cltv_delta",
    "htlc_min_msat",    "htlc_max_msat", "disabled",
};

struct table {
    const struct graph_reader *reader;
    struct csv csv;
    size_t places[COLUMNS]; /* of each column among the fields */
    size_t field_count;
};

/* A line that says the other direction of a channel that came before, or its first. */
struct line {
    uint8_t ids[2][33];
    uint64_t scid;
    uint64_t capacity_sat;
    struct ln_policy policy;
};

static const char *field(const struct table *table, enum column column)
{
    return table->csv.fields[table->places[column]];
}

static void fault(const struct table *table, enum column column, const char *what)
{
    graph_reader_fault(table->reader, table->csv.line, "%s: \"%.40s\": %s", names[column], field(table, column), what);
}

static bool take_number(const struct table *table, uint64_t *value, enum column column, uint64_t most)
{
    if (graph_reader_number(value, field(table, column), most))
        return true;
    graph_reader_fault(table->reader, table->csv.line, "%s: \"%.40s\": a whole number of at most %llu is allowed",
                       names[column], field(table, column), (unsigned long long)most);
    return false;
}

static bool take_id(const struct table *table, uint8_t id[33], enum column column)
{
    uint64_t number;
    const char *text = field(table, column);
    if (graph_reader_id(id, text))
        return true;
    if (strlen(text) < 66 && graph_reader_number(&number, text, GRAPH_NODES_MAX - 1)) {
        graph_read_node_id(id, (uint32_t)number);
        return true;
    }
    fault(table, column, "66 hexadecimal digits that begin with 02 or 03, or a number below 1000000, are allowed");
    return false;
}

static bool take_disabled(const struct table *table, uint8_t *flags)
{
    uint64_t value;
    if (!take_number(table, &value, DISABLED, 1))
        return false;
    *flags = (uint8_t)(LN_POLICY_KNOWN | (value == 1 ? LN_POLICY_DISABLED : 0));
    return true;
}

static bool take_policy(const struct table *table, struct line *line)
{
    uint64_t base, ppm, delta;
    struct ln_policy *policy = &line->policy;
    if (!take_number(table, &base, BASE, UINT32_MAX) || !take_number(table, &ppm, PPM, UINT32_MAX) ||
        !take_number(table, &delta, DELTA, UINT16_MAX) ||
        !take_number(table, &policy->htlc_minimum_msat, MINIMUM, LN_MSAT_MAX) || !take_disabled(table, &policy->flags))
        return false;
    policy->fee_base_msat = (uint32_t)base;
    policy->fee_proportional_ppm = (uint32_t)ppm;
    policy->cltv_expiry_delta_blocks = (uint16_t)delta;
    policy->timestamp_s = table->reader->source->as_of_s;
    policy->htlc_maximum_msat = line->capacity_sat * 1000;
    return field(table, MAXIMUM)[0] == '\0' || take_number(table, &policy->htlc_maximum_msat, MAXIMUM, LN_MSAT_MAX);
}

static bool take_line(const struct table *table, struct line *line)
{
    if (!graph_reader_scid(&line->scid, field(table, SCID))) {
        fault(table, SCID, "BLOCKxTRANSACTIONxOUTPUT or a whole number is allowed");
        return false;
    }
    return take_id(table, line->ids[0], FROM) && take_id(table, line->ids[1], TO) &&
           take_number(table, &line->capacity_sat, CAPACITY, LN_MSAT_MAX / 1000) && take_policy(table, line);
}

/* The second line of a channel must speak of the same one, the other way round. */
static const char *check_second(const struct ln_graph *graph, const struct ln_graph_channel *channel,
                                const struct line *line, unsigned direction)
{
    if (channel->capacity_sat != line->capacity_sat)
        return "an earlier line gives this channel another capacity";
    for (unsigned i = 0; i < 2; i++)
        if (memcmp(ln_graph_node(graph, channel->nodes[i ^ direction])->id, line->ids[i], 33) != 0)
            return "an earlier line gives this channel other nodes";
    return channel->policies[direction].flags & LN_POLICY_KNOWN ? "an earlier line tells of this direction" : NULL;
}

static const char *put_line(const struct graph_reader *reader, const struct line *line)
{
    const struct ln_graph_opening opening = {
        .short_channel_id = line->scid, .capacity_sat = line->capacity_sat, .node_ids = {line->ids[0], line->ids[1]}};
    uint32_t number = ln_graph_find_channel(reader->graph, line->scid);
    unsigned direction = memcmp(line->ids[0], line->ids[1], 33) > 0;
    const char *what = number == LN_GRAPH_NONE
                           ? graph_reader_add(reader, &number, &direction, &opening)
                           : check_second(reader->graph, ln_graph_channel(reader->graph, number), line, direction);
    if (what == NULL && ln_graph_set_policy(reader->graph, number, direction, &line->policy) != LN_GRAPH_OK)
        what = "out of memory";
    return what;
}

/* The place of a column among the fields, their number if it is not there. */
static size_t find_column(const struct csv *csv, const char *name)
{
    size_t at = 0;
    while (at < csv->field_count && strcmp(csv->fields[at], name) != 0)
        at++;
    return at;
}

static bool find_columns(struct table *table)
{
    unsigned missing = 0;
    table->field_count = table->csv.field_count;
    for (unsigned column = 0; column < COLUMNS; column++) {
        table->places[column] = find_column(&table->csv, names[column]);
        missing += table->places[column] == table->field_count;
    }
    if (missing == COLUMNS)
        graph_reader_fault(
            table->reader, 0,
            "neither a compressed gossmap, nor JSON of lnd, nor a table with the columns short_channel_id, "
            "from, to, capacity_sat, base_fee_msat, fee_ppm, cltv_delta, htlc_min_msat, htlc_max_msat, "
            "disabled");
    for (unsigned column = 0; column < COLUMNS && missing < COLUMNS; column++)
        if (table->places[column] == table->field_count)
            graph_reader_fault(table->reader, table->csv.line, "column \"%s\" is missing", names[column]);
    return missing == 0;
}

static void read_record(const struct table *table)
{
    struct line line = {0};
    if (table->csv.field_count != table->field_count) {
        graph_reader_fault(table->reader, table->csv.line, "%zu fields, the first line has %zu", table->csv.field_count,
                           table->field_count);
        return;
    }
    if (take_line(table, &line)) {
        const char *what = put_line(table->reader, &line);
        if (what != NULL)
            fault(table, SCID, what);
    }
}

void graph_read_csv(const struct graph_reader *reader)
{
    struct table table = {.reader = reader};
    enum csv_result result;
    bool has_columns = false;
    csv_init(&table.csv, (const char *)reader->bytes, reader->length, ',');
    while ((result = csv_next(&table.csv)) != CSV_END) {
        if (result != CSV_RECORD) {
            graph_reader_fault(reader, table.csv.line, "%s", csv_result_text(result));
            if (!has_columns)
                return;
        } else if (has_columns) {
            read_record(&table);
        } else if (find_columns(&table)) {
            has_columns = true;
        } else {
            return;
        }
    }
    if (!has_columns)
        graph_reader_fault(reader, 0, "the file is empty");
}
