/* graph_read_lnd.c: the graph as `lncli describegraph` prints it.   [measured]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     {"nodes": [{"pub_key", "last_update", "features": {"9": {...}, ...}}, ...],
 *      "edges": [{"channel_id", "chan_point", "node1_pub", "node2_pub", "capacity",
 *                 "node1_policy": {"time_lock_delta", "min_htlc", "fee_base_msat", "fee_rate_milli_msat", "disabled",
 *                                  "max_htlc_msat", "last_update"} or null, "node2_policy"}, ...]}
 *
 * 64-bit numbers are written as text there. Members of other names are not read.
 */
#include "models/network/graph_read_parts.h"
#include "protocol/lightning/msat.h"
#include <cjson/cJSON.h>
#include <string.h>

#define JSON_BYTES_MAX (256u << 20) /* the tree made of it takes several times that */

/* Where a value stands, for messages: "edges[7].node1_policy". */
struct place {
    const struct graph_reader *reader;
    const char *list;
    unsigned index;
    const char *part; /* "" or ".node1_policy" */
};

static void fault(const struct place *place, const char *member, const char *what)
{
    graph_reader_fault(place->reader, 0, "%s[%u]%s.%s: %s", place->list, place->index, place->part, member, what);
}

/* A whole number of at most most, as a JSON number or as text. Returns false after reporting what is wrong. */
static bool take_number(const struct place *place, uint64_t *value, const cJSON *object, const char *member,
                        uint64_t most)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);
    bool good = false;
    if (cJSON_IsString(item)) {
        good = graph_reader_number(value, item->valuestring, most);
    } else if (cJSON_IsNumber(item)) {
        double number = item->valuedouble;
        good =
            number >= 0 && number <= 9007199254740992.0 && number <= (double)most && number == (double)(uint64_t)number;
        *value = good ? (uint64_t)number : 0;
    }
    if (!good)
        graph_reader_fault(place->reader, 0, "%s[%u]%s.%s: %s; a whole number of at most %llu is allowed", place->list,
                           place->index, place->part, member, item == NULL ? "missing" : "not such a number",
                           (unsigned long long)most);
    return good;
}

static bool take_id(const struct place *place, uint8_t id[33], const cJSON *object, const char *member)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);
    bool good = cJSON_IsString(item) && graph_reader_id(id, item->valuestring);
    if (!good)
        fault(place, member, "not a node id: 66 hexadecimal digits that begin with 02 or 03 are allowed");
    return good;
}

/* "txid:index", the txid backwards as people write it. */
static bool take_outpoint(const struct place *place, struct btc_outpoint *outpoint, const cJSON *object)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "chan_point");
    uint64_t index = 0;
    bool good = cJSON_IsString(item) && strlen(item->valuestring) > 65 && item->valuestring[64] == ':' &&
                graph_reader_number(&index, item->valuestring + 65, UINT32_MAX);
    for (unsigned i = 0; i < 32 && good; i++)
        good = graph_reader_byte(&outpoint->txid[31 - i], item->valuestring + (size_t)2 * i);
    outpoint->index = (uint32_t)index;
    if (!good)
        fault(place, "chan_point",
              "not an outpoint: a txid of 64 hexadecimal digits, a colon and a number are allowed");
    return good;
}

static bool take_policy(const struct place *place, struct ln_policy *policy, const cJSON *object)
{
    uint64_t delta, base, ppm, stamp;
    if (!take_number(place, &delta, object, "time_lock_delta", UINT16_MAX) ||
        !take_number(place, &policy->htlc_minimum_msat, object, "min_htlc", LN_MSAT_MAX) ||
        !take_number(place, &policy->htlc_maximum_msat, object, "max_htlc_msat", LN_MSAT_MAX) ||
        !take_number(place, &base, object, "fee_base_msat", UINT32_MAX) ||
        !take_number(place, &ppm, object, "fee_rate_milli_msat", UINT32_MAX) ||
        !take_number(place, &stamp, object, "last_update", UINT32_MAX))
        return false;
    const cJSON *disabled = cJSON_GetObjectItemCaseSensitive(object, "disabled");
    if (disabled != NULL && !cJSON_IsBool(disabled)) {
        fault(place, "disabled", "not true or false");
        return false;
    }
    policy->cltv_expiry_delta_blocks = (uint16_t)delta;
    policy->fee_base_msat = (uint32_t)base;
    policy->fee_proportional_ppm = (uint32_t)ppm;
    policy->timestamp_s = (uint32_t)stamp;
    policy->flags = (uint8_t)(LN_POLICY_KNOWN | (cJSON_IsTrue(disabled) ? LN_POLICY_DISABLED : 0));
    return true;
}

/* A policy that is null or missing was never heard of. */
static void put_policy(const struct place *place, uint32_t channel, unsigned direction, const cJSON *object)
{
    struct ln_policy policy = {0};
    if (object == NULL || cJSON_IsNull(object))
        return;
    if (!cJSON_IsObject(object)) {
        fault(place, "", "neither an object nor null");
        return;
    }
    if (take_policy(place, &policy, object) &&
        ln_graph_set_policy(place->reader->graph, channel, direction, &policy) != LN_GRAPH_OK)
        fault(place, "", "out of memory");
}

static void put_edge(const struct graph_reader *reader, const cJSON *object, unsigned index)
{
    struct place place = {reader, "edges", index, ""};
    struct btc_outpoint outpoint;
    uint8_t ids[2][33];
    struct ln_graph_opening opening = {.node_ids = {ids[0], ids[1]}};
    uint32_t channel;
    unsigned first;
    if (!take_number(&place, &opening.short_channel_id, object, "channel_id", UINT64_MAX) ||
        !take_number(&place, &opening.capacity_sat, object, "capacity", LN_MSAT_MAX / 1000) ||
        !take_id(&place, ids[0], object, "node1_pub") || !take_id(&place, ids[1], object, "node2_pub"))
        return;
    if (cJSON_GetObjectItemCaseSensitive(object, "chan_point") != NULL) {
        if (!take_outpoint(&place, &outpoint, object))
            return;
        opening.outpoint = &outpoint;
    }
    const char *what = graph_reader_add(reader, &channel, &first, &opening);
    if (what != NULL) {
        fault(&place, "channel_id", what);
        return;
    }
    place.part = ".node1_policy";
    put_policy(&place, channel, first, cJSON_GetObjectItemCaseSensitive(object, "node1_policy"));
    place.part = ".node2_policy";
    put_policy(&place, channel, 1 - first, cJSON_GetObjectItemCaseSensitive(object, "node2_policy"));
}

/* Features are members whose names are bit numbers. Nodes without channels are not kept. */
static void put_node(const struct graph_reader *reader, const cJSON *object, unsigned index)
{
    const struct place place = {reader, "nodes", index, ""};
    struct ln_features features = {0};
    uint8_t id[33], flags = 0;
    uint64_t stamp, bit;
    if (!take_id(&place, id, object, "pub_key") || !take_number(&place, &stamp, object, "last_update", UINT32_MAX))
        return;
    const cJSON *item, *set = cJSON_GetObjectItemCaseSensitive(object, "features");
    cJSON_ArrayForEach(item, set)
    {
        if (item->string == NULL || !graph_reader_number(&bit, item->string, UINT16_MAX)) {
            fault(&place, "features", "not an object whose names are numbers of bits");
            return;
        }
        bool is_unknown = bit >= LN_FEATURE_BITS || ln_feature_name((unsigned)bit) == NULL;
        flags |= is_unknown && bit % 2 == 0 ? LN_GRAPH_UNKNOWN_FEATURE : 0;
        if (bit < LN_FEATURE_BITS)
            ln_features_set(&features, (unsigned)bit);
    }
    uint32_t node = ln_graph_find_node(reader->graph, id);
    if (node != LN_GRAPH_NONE)
        ln_graph_describe_node(reader->graph, node, (uint32_t)stamp, &features, flags);
}

static unsigned line_of(const struct graph_reader *reader, const char *at)
{
    unsigned line = 1;
    for (const char *c = (const char *)reader->bytes; c < at; c++)
        line += *c == '\n';
    return line;
}

static void read_list(const struct graph_reader *reader, const cJSON *root, const char *name,
                      void (*put)(const struct graph_reader *reader, const cJSON *object, unsigned index))
{
    const cJSON *item, *list = cJSON_GetObjectItemCaseSensitive(root, name);
    unsigned index = 0;
    if (!cJSON_IsArray(list)) {
        graph_reader_fault(reader, 0, "\"%s\": %s; a list is allowed", name, list == NULL ? "missing" : "not a list");
        return;
    }
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsObject(item))
            graph_reader_fault(reader, 0, "%s[%u]: not an object", name, index);
        else
            put(reader, item, index);
        index++;
    }
}

void graph_read_lnd(const struct graph_reader *reader)
{
    const char *end = (const char *)reader->bytes;
    if (reader->length > JSON_BYTES_MAX) {
        graph_reader_fault(reader, 0, "the file is larger than 256 MiB, unpacked");
        return;
    }
    cJSON *root = cJSON_ParseWithLengthOpts((const char *)reader->bytes, reader->length, &end, false);
    if (root == NULL) {
        graph_reader_fault(reader, line_of(reader, end), "not JSON from byte %zu on",
                           (size_t)(end - (const char *)reader->bytes));
        return;
    }
    size_t rest = (size_t)(end - (const char *)reader->bytes);
    while (rest < reader->length && memchr(" \t\r\n", reader->bytes[rest], 4) != NULL)
        rest++;
    if (rest < reader->length)
        graph_reader_fault(reader, line_of(reader, (const char *)reader->bytes + rest),
                           "something follows the JSON, from byte %zu on", rest);
    read_list(reader, root, "edges", put_edge);
    read_list(reader, root, "nodes", put_node);
    cJSON_Delete(root);
}
