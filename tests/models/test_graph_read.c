/* test_graph_read.c: one graph in three formats, the real one, and what is wrong with files.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "models/chain/room.h"
#include "models/network/graph_read.h"
#include "protocol/lightning/scid.h"
#include "protocol/lightning/wire.h"
#include "tests/models/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define AS_OF_S 1770076800

static struct input_problem problems[INPUT_PROBLEMS_MAX];
static struct input_report report;
static struct ln_graph graph;

static bool read_bytes(const void *bytes, size_t length)
{
    const struct ln_graph_config config = {
        .allocator = &room_allocator, .nodes_max = GRAPH_NODES_MAX, .channels_max = GRAPH_CHANNELS_MAX};
    const struct graph_source source = {.name = "file", .bytes = bytes, .length = length, .as_of_s = AS_OF_S};
    input_report_init(&report, problems);
    bool good = graph_read(&graph, &report, &config, &source);
    input_report_finish(&report);
    assert_int_equal(good, report.error_count == 0);
    return good;
}

static bool read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void assert_fault(const char *text, unsigned line)
{
    assert_true(report.error_count > 0);
    assert_int_equal(problems[0].line, line);
    if (strstr(problems[0].text, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", problems[0].text, text);
}

/* ---- one graph, three times ---- */

#define ID(digit_) "02000000000000000000000000000000000000000000000000000000000000000" digit_

static const char csv[] =
    "short_channel_id,from,to,capacity_sat,base_fee_msat,fee_ppm,cltv_delta,htlc_min_msat,htlc_max_msat,disabled\n"
    "1x0x0,0,1,5000,1000,1,40,1000,,0\n"
    "1x0x0,1,0,5000,0,250,80,1,4000000,1\n"
    "2x0x0,1,2,70000,7,8,144,1,69300000,0\n"
    "2x0x0,2,1,70000,7,8,144,1,70000000,0\n";

#define POLICY(delta_, min_, base_, ppm_, disabled_, max_)                                                             \
    "{\"time_lock_delta\": " delta_ ", \"min_htlc\": \"" min_ "\", \"fee_base_msat\": \"" base_                        \
    "\", \"fee_rate_milli_msat\": \"" ppm_ "\", \"disabled\": " disabled_ ", \"max_htlc_msat\": \"" max_               \
    "\", \"last_update\": 1770076800}"

/* Nodes of the second edge stand in the other order. */
static const char lnd[] = "{\"nodes\": [], \"edges\": [\n"
                          "{\"channel_id\": \"1099511627776\", \"node1_pub\": \"" ID("0") "\", \"node2_pub\": \"" ID(
                              "1") "\","
                                   " \"capacity\": \"5000\", \"node1_policy\": " POLICY(
                                       "40", "1000", "1000", "1", "false",
                                       "5000000") ","
                                                  " \"node2_policy\": " POLICY(
                                                      "80", "1", "0", "250", "true",
                                                      "4000000") "},\n"
                                                                 "{\"channel_id\": \"2199023255552\", \"node1_pub\": "
                                                                 "\"" ID("2") "\", \"node2_pub\": \"" ID(
                                                                     "1") "\","
                                                                          " \"capacity\": \"70000\", "
                                                                          "\"node1_policy\": " POLICY(
                                                                              "144", "1", "7", "8", "false",
                                                                              "70000000") ","
                                                                                          " \"node2_policy\": " POLICY(
                                                                                              "144", "1", "7", "8",
                                                                                              "false",
                                                                                              "69300000") "}]}\n";

static uint8_t gossmap[512];

static void write_table(struct ln_writer *writer, const uint64_t *values, size_t count, const uint8_t *indexes,
                        size_t index_count)
{
    ln_write_bigsize(writer, count);
    for (size_t i = 0; i < count; i++)
        ln_write_bigsize(writer, values[i]);
    for (size_t i = 0; i < index_count; i++)
        ln_write_bigsize(writer, indexes[i]);
}

static size_t write_gossmap(void)
{
    struct ln_writer writer = ln_writer_init(gossmap, sizeof gossmap);
    ln_write_bytes(&writer, (const uint8_t *)"GOSSMAP_COMPRESSv1", 19);
    static const uint64_t head[] = {2, 0, 1, 1, 2, 1, 999}; /* two channels, 0-1 and 1-2, direction 1 disabled */
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        ln_write_bigsize(&writer, head[i]);
    write_table(&writer, (const uint64_t[]){70000, 5000}, 2, (const uint8_t[]){1, 0}, 2);
    write_table(&writer, (const uint64_t[]){1000, 1}, 2, (const uint8_t[]){0, 1, 1, 1}, 4);
    write_table(&writer, (const uint64_t[]){0, 4000000, 1}, 3, (const uint8_t[]){0, 1, 2, 0}, 4);
    write_table(&writer, (const uint64_t[]){1000, 0, 7}, 3, (const uint8_t[]){0, 1, 2, 2}, 4);
    write_table(&writer, (const uint64_t[]){1, 250, 8}, 3, (const uint8_t[]){0, 1, 2, 2}, 4);
    write_table(&writer, (const uint64_t[]){40, 80, 144}, 3, (const uint8_t[]){0, 1, 2, 2}, 4);
    assert_int_equal(writer.fault, LN_WIRE_OK);
    return writer.at;
}

static void assert_same(uint8_t digest[32], const void *bytes, size_t length)
{
    uint8_t other[32];
    if (!read_bytes(bytes, length))
        fail_msg("%s", problems[0].text);
    ln_graph_digest(other, &graph);
    assert_memory_equal(digest, other, 32);
    ln_graph_close(&graph);
}

static void three_formats_say_the_same(void **state)
{
    uint8_t digest[32];
    (void)state;
    assert_true(read_text(csv));
    assert_int_equal(ln_graph_channel_count(&graph), 2);
    assert_int_equal(ln_graph_node_count(&graph), 3);
    const struct ln_graph_channel *channel = ln_graph_channel(&graph, ln_graph_find_channel(&graph, ln_scid(2, 0, 0)));
    assert_int_equal(channel->policies[0].htlc_maximum_msat, 69300000);
    assert_int_equal(channel->policies[1].cltv_expiry_delta_blocks, 144);
    ln_graph_digest(digest, &graph);
    ln_graph_close(&graph);
    assert_same(digest, lnd, sizeof lnd - 1);
    assert_same(digest, gossmap, write_gossmap());
}

static void packed_files_are_unpacked(void **state)
{
    uint8_t digest[32], packed[4096];
    z_stream stream = {.next_in = (Bytef *)csv, .avail_in = sizeof csv - 1};
    (void)state;
    assert_true(read_text(csv));
    ln_graph_digest(digest, &graph);
    ln_graph_close(&graph);
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    size_t length = sizeof packed - stream.avail_out;
    assert_same(digest, packed, length);
    for (size_t cut = 2; cut < length; cut++) {
        assert_false(read_bytes(packed, cut));
        assert_fault("gzip: the packed data ends early", 0);
    }
    packed[length / 2] ^= 0x55;
    assert_false(read_bytes(packed, length));
    assert_fault("gzip: the packed data is damaged", 0);
}

/* ---- what is wrong with files ---- */

static void faults_of_tables_are_told_with_their_line(void **state)
{
    static const struct {
        const char *from, *to, *says;
        unsigned line;
    } rows[] = {
        {"fee_ppm,", "fee,", "column \"fee_ppm\" is missing", 1},
        {"1x0x0,0,1,5000", "1x0,0,1,5000", "short_channel_id: \"1x0\"", 2},
        {"1x0x0,0,1,5000", "1x0x0,0,1,-5", "capacity_sat: \"-5\": a whole number of at most 2100000000000000", 2},
        {"1x0x0,0,1,5000", "1x0x0,0,0,5000", "both ends are one node", 2},
        {"1x0x0,0,1,5000", "1x0x0,0,zz,5000", "to: \"zz\": 66 hexadecimal digits", 2},
        {"250,80,1", "250,65536,1", "cltv_delta: \"65536\": a whole number of at most 65535", 3},
        {"4000000,1\n", "4000000,2\n", "disabled: \"2\": a whole number of at most 1", 3},
        {"1x0x0,1,0,5000", "1x0x0,1,0,5001", "another capacity", 3},
        {"1x0x0,1,0,5000", "1x0x0,2,0,5000", "other nodes", 3},
        {"1x0x0,1,0,5000", "1x0x0,0,1,5000", "an earlier line tells of this direction", 3},
        {"69300000,0\n", "69300000\n", "9 fields, the first line has 10", 4},
        {"2x0x0,1,2", "\"2x0x0,1,2", "quotes do not match", 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[sizeof csv + 64];
        const char *at = strstr(csv, rows[i].from);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - csv), csv, rows[i].to, at + strlen(rows[i].from));
        if (read_text(text))
            fail_msg("not refused: %s", rows[i].says);
        assert_fault(rows[i].says, rows[i].line);
    }
    assert_false(read_text(""));
    assert_fault("the file is empty", 0);
    assert_false(read_text("hello\n"));
    assert_fault("neither a compressed gossmap", 0);
}

static void faults_of_lnd_are_told_with_their_path(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } rows[] = {
        {"\"edges\"", "\"egdes\"", "\"edges\": missing; a list is allowed"},
        {"\"channel_id\": \"1099511627776\"", "\"channel_id\": true", "edges[0].channel_id: not such a number"},
        {"\"channel_id\": \"2199023255552\"", "\"channel_id\": 1099511627776",
         "edges[1].channel_id: a channel with this"},
        {"\"capacity\": \"5000\"", "\"capacity\": \"2100000000000001\"",
         "edges[0].capacity: not such a number; a whole"},
        {"\"capacity\": \"70000\"", "\"cap\": 1", "edges[1].capacity: missing"},
        {"\"time_lock_delta\": 80", "\"time_lock_delta\": 80.5", "edges[0].node2_policy.time_lock_delta"},
        {"\"disabled\": true", "\"disabled\": 1", "edges[0].node2_policy.disabled: not true or false"},
        {"\"node1_policy\": {", "\"node1_policy\": 3, \"x\": {", "edges[0].node1_policy.: neither an object nor null"},
        {ID("2"), "04", "edges[1].node1_pub: not a node id"},
        {"\"nodes\": []", "\"nodes\": [{\"pub_key\": \"\"}]", "nodes[0].pub_key"},
        {"\"nodes\": []", "\"nodes\": [7]", "nodes[0]: not an object"},
        {"}]}\n", "}]} x", "something follows the JSON"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[sizeof lnd + 256];
        const char *at = strstr(lnd, rows[i].from);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - lnd), lnd, rows[i].to, at + strlen(rows[i].from));
        assert_false(read_text(text));
        assert_fault(rows[i].says, i + 1 == sizeof rows / sizeof rows[0] ? 3 : 0);
    }
    assert_false(read_text("{\"edges\":\n\n [}"));
    assert_fault("not JSON from byte", 3);
}

static void what_lnd_leaves_out_is_unknown(void **state)
{
    static const char text[] = "{\"nodes\": [{\"pub_key\": \"" ID(
        "0") "\", \"last_update\": 77, \"features\": {\"9\": {}, \"126\": {}}},"
             "             {\"pub_key\": \"" ID(
                 "7") "\", \"last_update\": 77}],"
                      " \"edges\": [{\"channel_id\": \"5\", \"node1_pub\": \"" ID("0") "\", \"node2_pub\": \"" ID(
                          "1") "\","
                               " \"chan_point\": "
                               "\"00000000000000000000000000000000000000000000000000000000000000ff:1\","
                               " \"capacity\": 0, \"node1_policy\": null}]}";
    const struct btc_outpoint outpoint = {.txid = {0xff}, .index = 1};
    uint8_t id[33];
    (void)state;
    assert_true(read_text(text));
    uint32_t channel = ln_graph_find_outpoint(&graph, &outpoint);
    assert_int_equal(channel, ln_graph_find_channel(&graph, 5));
    assert_int_equal(ln_graph_channel(&graph, channel)->policies[0].flags, 0);
    graph_read_node_id(id, 0);
    const struct ln_graph_node *node = ln_graph_node(&graph, ln_graph_find_node(&graph, id));
    assert_int_equal(node->timestamp_s, 77);
    assert_true(node->flags & LN_GRAPH_UNKNOWN_FEATURE);
    assert_true(ln_features_has_bit(&node->features, 9));
    assert_int_equal(ln_graph_node_count(&graph), 2); /* 7 has no channel */
    ln_graph_close(&graph);
}

static void a_gossmap_that_is_cut_or_changed_is_refused(void **state)
{
    size_t length = write_gossmap();
    (void)state;
    for (size_t cut = 19; cut < length; cut++) {
        assert_false(read_bytes(gossmap, cut));
        assert_true(strstr(problems[0].text, "byte ") != NULL);
    }
    gossmap[length] = 0;
    assert_false(read_bytes(gossmap, length + 1));
    assert_fault("bytes left over", 0);
    gossmap[length - 1] = 3;
    assert_false(read_bytes(gossmap, length));
    assert_fault("cltv_expiry_delta: 3, at most 2 is allowed", 0);
    write_gossmap();
    gossmap[19] = 0xfc;
    assert_false(read_bytes(gossmap, length));
    assert_fault("number of channels: 252, at most", 0);
    write_gossmap();
    gossmap[20] = 1; /* the first channel begins where it ends */
    assert_false(read_bytes(gossmap, length));
    assert_fault("channel 0: both ends are one node", 0);
}

/* ---- the real one ---- */

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static uint32_t median(uint32_t *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void the_public_graph_is_what_its_publishers_say(void **state)
{
    static uint8_t bytes[1 << 21];
    static uint32_t base[110000], ppm[110000], delta[110000];
    (void)state;
    FILE *file = fopen(KONSENTO_SHARED "/data/ln_graph_2026-02-03.cln-gossmap.gz", "rb");
    if (file == NULL)
        skip();
    size_t length = fread(bytes, 1, sizeof bytes, file), enabled = 0;
    uint64_t capacity_sat = 0;
    fclose(file);
    assert_true(read_bytes(bytes, length));
    for (uint32_t rank = 0; rank < ln_graph_channel_count(&graph); rank++) {
        const struct ln_graph_channel *channel = ln_graph_channel(&graph, ln_graph_channel_at(&graph, rank));
        capacity_sat += channel->capacity_sat;
        for (unsigned i = 0; i < 2; i++)
            if (!(channel->policies[i].flags & LN_POLICY_DISABLED)) {
                base[enabled] = channel->policies[i].fee_base_msat;
                ppm[enabled] = channel->policies[i].fee_proportional_ppm;
                delta[enabled++] = channel->policies[i].cltv_expiry_delta_blocks;
            }
    }
    assert_int_equal(ln_graph_node_count(&graph), 17324);
    assert_int_equal(ln_graph_channel_count(&graph), 50808);
    assert_int_equal(2 * 50808 - enabled, 35806);
    assert_int_equal((capacity_sat + 50000000) / 100000000, 5362);
    assert_int_equal(median(base, enabled), 33);
    assert_int_equal(median(ppm, enabled), 100);
    assert_int_equal(median(delta, enabled), 80);
    ln_graph_close(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_formats_say_the_same),
        cmocka_unit_test(packed_files_are_unpacked),
        cmocka_unit_test(faults_of_tables_are_told_with_their_line),
        cmocka_unit_test(faults_of_lnd_are_told_with_their_path),
        cmocka_unit_test(what_lnd_leaves_out_is_unknown),
        cmocka_unit_test(a_gossmap_that_is_cut_or_changed_is_refused),
        cmocka_unit_test(the_public_graph_is_what_its_publishers_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
