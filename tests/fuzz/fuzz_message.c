/* fuzz_message.c: any bytes as a Lightning message.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What decodes must encode into the same bytes, its extension must be framed as a second reader here understands BOLT
 * 1, and stays decodable with an unknown odd record more, but not with an even one or one twice. Then the message goes
 * to whoever reads it further: features, addresses, arrays of queries; gossip is signed and must verify.
 */
#include "protocol/lightning/control.h"
#include "protocol/lightning/gossip.h"
#include "protocol/lightning/node_address.h"
#include "protocol/lightning/query.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct btc_curve curve;
static uint8_t again[LN_MESSAGE_BYTES_MAX];
static uint8_t longer[LN_MESSAGE_BYTES_MAX + 16];

/* ---- a second reader of TLV streams ---- */

struct walk {
    const uint8_t *at;
    const uint8_t *end;
    unsigned __int128 behind; /* the least type that may come next */
    bool good;
};

/* A number in its shortest form: the limits of BOLT 1's table say which mark belongs to which values. */
static uint64_t walk_number(struct walk *walk)
{
    static const struct {
        uint8_t bytes;
        uint64_t least;
    } marks[] = {{2, 0xfd}, {4, 0x10000}, {8, UINT64_C(0x100000000)}};
    if (walk->at == walk->end) {
        walk->good = false;
        return 0;
    }
    uint8_t first = *walk->at++;
    if (first < 0xfd) {
        return first;
    }
    uint64_t value = 0;
    unsigned bytes = marks[first - 0xfd].bytes;
    if ((size_t)(walk->end - walk->at) < bytes) {
        walk->good = false;
        return 0;
    }
    while (bytes-- > 0) {
        value = value << 8 | *walk->at++;
    }
    walk->good &= value >= marks[first - 0xfd].least;
    return value;
}

static bool is_known(const struct ln_rules *rules, uint64_t type)
{
    bool known = false;
    for (size_t i = 0; i < rules->count; i++) {
        known |= rules->rules[i].type == type;
    }
    return known;
}

static void walk_record(struct walk *walk, const struct ln_rules *rules)
{
    uint64_t type = walk_number(walk);
    uint64_t length = walk->good ? walk_number(walk) : 0;
    walk->good &= type >= walk->behind && (type % 2 == 1 || is_known(rules, type));
    if (length > (size_t)(walk->end - walk->at)) {
        walk->good = false;
        return;
    }
    walk->at += length;
    walk->behind = (unsigned __int128)type + 1;
}

static bool is_gossip(uint16_t type)
{
    return type == LN_CHANNEL_ANNOUNCEMENT || type == LN_NODE_ANNOUNCEMENT || type == LN_CHANNEL_UPDATE;
}

/* Puts an empty record behind a message. */
static enum ln_wire with_record(const uint8_t *bytes, size_t length, uint64_t type)
{
    struct ln_message message;
    struct ln_writer writer = ln_writer_init(longer, sizeof longer);
    ln_write_bytes(&writer, bytes, length);
    ln_write_bigsize(&writer, type);
    ln_write_bigsize(&writer, 0);
    assert(writer.fault == LN_WIRE_OK);
    return ln_message_decode(&message, NULL, longer, writer.at);
}

static void check_extension(const struct ln_message *message, const uint8_t *bytes, size_t length)
{
    struct ln_message plain = *message;
    const struct ln_rules *rules = ln_message_rules(message->type);
    size_t fields = 0;
    plain.tlvs = (struct ln_tlvs){0};
    assert(ln_message_encode(again, sizeof again, &fields, &plain) == LN_WIRE_OK && fields <= length);
    struct walk walk = {.at = bytes + fields, .end = bytes + length, .good = true};
    while (walk.good && walk.at < walk.end) {
        walk_record(&walk, rules);
    }
    assert(walk.good);
    uint64_t next = (uint64_t)walk.behind | 1;
    if (length + 10 > LN_MESSAGE_BYTES_MAX || walk.behind > UINT64_MAX - 2 || is_known(rules, next)) {
        return;
    }
    assert(with_record(bytes, length, next) == LN_WIRE_OK);
    if (walk.behind > 0) {
        assert(with_record(bytes, length, (uint64_t)walk.behind - 1) == LN_WIRE_ORDER);
    }
    if (!is_known(rules, next + 1)) {
        assert(with_record(bytes, length, next + 1) == LN_WIRE_UNKNOWN_EVEN);
    }
}

/* ---- who reads on ---- */

static void read_features(struct btc_bytes given)
{
    struct ln_features features;
    struct ln_features twice;
    uint8_t bytes[LN_FEATURE_BITS / 8];
    int lost;
    ln_features_read(&features, &lost, given);
    size_t length = ln_features_write(bytes, &features);
    assert(length <= given.length);
    ln_features_read(&twice, &lost, btc_bytes(bytes, length));
    assert(lost == -1 && ln_features_equal(&features, &twice));
}

static void read_init(const struct ln_init *init)
{
    struct ln_features known = {{UINT64_MAX, UINT64_MAX}};
    struct ln_features theirs;
    unsigned bit = 0;
    uint8_t chain_hash[32] = {1};
    read_features(init->features);
    enum ln_init_result result = ln_init_check(&theirs, &bit, init, &known, chain_hash);
    assert(result != LN_INIT_FEATURE || bit >= LN_FEATURE_BITS);
}

static void read_addresses(struct btc_bytes list)
{
    struct ln_reader reader = ln_reader_init(list.data, list.length);
    struct ln_address address;
    for (size_t start = 0; ln_address_next(&reader, &address); start = reader.at) {
        uint8_t bytes[LN_ADDRESS_HOST_MAX + 4];
        struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
        ln_address_write(&writer, &address);
        assert(writer.fault == LN_WIRE_OK && writer.at == reader.at - start);
        assert(memcmp(bytes, list.data + start, writer.at) == 0);
        (void)ln_address_is_usable(&address);
    }
    assert((ln_addresses_check(list) == LN_WIRE_SHORT) == (reader.fault == LN_WIRE_SHORT));
}

static void read_ids(struct btc_bytes list, struct btc_bytes flags_list, struct btc_bytes timestamps,
                     struct btc_bytes checksums)
{
    static uint64_t ids[LN_MESSAGE_BYTES_MAX / 8];
    static uint64_t flags[LN_MESSAGE_BYTES_MAX / 8];
    static struct ln_query_pair pairs[LN_MESSAGE_BYTES_MAX / 8];
    size_t count;
    struct ln_writer writer = ln_writer_init(again, sizeof again);
    if (ln_query_ids_check(list, &count) != LN_QUERY_OK) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = ln_query_id(list, i);
    }
    ln_query_ids_write(&writer, ids, count);
    assert(btc_bytes_equal(btc_bytes(again, writer.at), list));
    writer.at = 0;
    if (ln_query_flags_read(flags, count, flags_list) == LN_QUERY_OK) {
        ln_query_flags_write(&writer, flags, count);
        assert(btc_bytes_equal(btc_bytes(again, writer.at), flags_list));
    }
    writer.at = 0;
    if (ln_query_timestamps_read(pairs, count, timestamps) == LN_QUERY_OK) {
        ln_query_timestamps_write(&writer, pairs, count);
        assert(btc_bytes_equal(btc_bytes(again, writer.at), timestamps));
    }
    writer.at = 0;
    if (ln_query_checksums_read(pairs, count, checksums) == LN_QUERY_OK) {
        ln_query_checksums_write(&writer, pairs, count);
        assert(btc_bytes_equal(btc_bytes(again, writer.at), checksums));
    }
}

/* Whatever an update holds, its node can sign it. */
static void sign_update(const uint8_t *bytes, size_t length)
{
    static const uint8_t secret[32] = {1};
    struct ln_message message;
    uint8_t node[33];
    bool good = btc_pubkey_wire_from_secret(&curve, node, secret);
    assert(good);
    memcpy(again, bytes, length);
    assert(ln_gossip_sign(&curve, again, length, LN_GOSSIP_NODE_1, secret) == LN_GOSSIP_OK);
    assert(ln_message_decode(&message, NULL, again, length) == LN_WIRE_OK);
    assert(ln_gossip_verify(NULL, &message, btc_bytes(again, length), node) == LN_GOSSIP_OK);
    uint32_t checksum = ln_query_checksum(btc_bytes(again, length));
    assert(checksum == ln_query_checksum(btc_bytes(bytes, length))); /* signatures do not count */
}

static void read_on(const struct ln_message *message, const uint8_t *bytes, size_t length)
{
    char text[64];
    size_t pong_length;
    struct btc_bytes none = {NULL, 0};
    switch (message->type) {
    case LN_INIT:
        read_init(&message->init);
        break;
    case LN_WARNING:
    case LN_ERROR:
        assert(ln_complaint_text(text, sizeof text, &message->complaint) == strlen(text));
        break;
    case LN_PING:
        assert(ln_pong_encode(again, sizeof again, &pong_length, &message->ping) == LN_WIRE_OK);
        break;
    case LN_CHANNEL_ANNOUNCEMENT:
        assert(ln_gossip_verify(NULL, message, btc_bytes(bytes, length), NULL) != LN_GOSSIP_SHORT);
        break;
    case LN_NODE_ANNOUNCEMENT:
        read_addresses(message->node_announcement.addresses);
        (void)ln_gossip_alias_is_text(message->node_announcement.alias);
        break;
    case LN_CHANNEL_UPDATE:
        sign_update(bytes, length);
        break;
    case LN_QUERY_SHORT_CHANNEL_IDS:
        read_ids(message->query_ids.short_ids, message->query_ids.flags, none, none);
        break;
    case LN_REPLY_CHANNEL_RANGE:
        read_ids(message->reply_range.short_ids, none, message->reply_range.timestamps, message->reply_range.checksums);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct ln_message message;
    struct ln_fault fault;
    enum ln_wire wire = ln_message_decode(&message, &fault, bytes, length);
    assert(fault.offset <= length);
    assert(ln_wire_text(wire) != NULL);
    if (wire == LN_WIRE_OK) {
        size_t again_length = 0;
        btc_curve_init(&curve);
        assert(ln_message_name(message.type) != NULL);
        assert(ln_message_encode(again, sizeof again, &again_length, &message) == LN_WIRE_OK);
        assert(again_length == length && memcmp(again, bytes, length) == 0);
        assert(length < 3 || ln_message_encode(again, length - 1, &again_length, &message) == LN_WIRE_SPACE);
        (void)ln_message_bad_point(&curve, &message);
        if (!is_gossip(message.type)) {
            check_extension(&message, bytes, length);
        }
        read_on(&message, bytes, length);
    }
    return 0;
}
