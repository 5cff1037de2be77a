/* test_ln_gossip.c: announcements are signed, checked, tampered with; addresses, short channel ids, queries.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "protocol/lightning/announcement.h"
#include "protocol/lightning/node_address.h"
#include "protocol/lightning/query.h"
#include "protocol/lightning/scid.h"
#include "tests/lightning/cmocka_all.h"
#include "tests/lightning/dice.h"
#include "tests/support/flat.h"

static struct btc_curve curve;
static const uint8_t chain_hash[32] = {0x6f, 0xe2, 0x8c, 0x0a};
static const uint8_t node_secrets[2][32] = {{1, 1}, {1, 2}};
static const uint8_t bitcoin_secrets[2][32] = {{2, 1}, {2, 2}};

static struct ln_announced_end end_of(unsigned i)
{
    struct ln_announced_end end;
    assert_true(btc_pubkey_wire_from_secret(&curve, end.node_id, node_secrets[i]));
    assert_true(btc_pubkey_wire_from_secret(&curve, end.bitcoin_key, bitcoin_secrets[i]));
    return end;
}

static size_t encode(uint8_t *bytes, size_t capacity, const struct ln_message *message)
{
    size_t length = 0;
    assert_int_equal(ln_message_encode(bytes, capacity, &length, message), LN_WIRE_OK);
    return length;
}

/* Decodes and verifies. */
static enum ln_gossip_result verify(const uint8_t *bytes, size_t length, const uint8_t *node_id)
{
    struct ln_message message;
    enum ln_wire wire = ln_message_decode(&message, NULL, bytes, length);
    if (wire == LN_WIRE_POINT) {
        return LN_GOSSIP_KEY;
    }
    assert_int_equal(wire, LN_WIRE_OK);
    return ln_gossip_verify(NULL, &message, btc_bytes(bytes, length), node_id);
}

/* Both ends go through announcement_signatures. Out: the whole announcement. Returns its length. */
static size_t announce(uint8_t bytes[512])
{
    struct ln_announced_end ends[2] = {end_of(0), end_of(1)};
    struct ln_announcement_signatures signatures[2];
    struct ln_message messages[2];
    enum ln_gossip_place places[2];
    size_t length = 0;
    for (unsigned i = 0; i < 2; i++) {
        places[i] = ln_announcement_init(&messages[i], chain_hash, ln_scid(539268, 845, 1), &ends[i], &ends[1 - i]);
        length = encode(bytes, 512, &messages[i]);
        assert_int_equal(
            ln_announcement_sign(&curve, &signatures[i], btc_bytes(bytes, length), node_secrets[i], bitcoin_secrets[i]),
            LN_GOSSIP_OK);
    }
    bool lesser = memcmp(ends[0].node_id, ends[1].node_id, 33) < 0;
    assert_int_equal(places[0], lesser ? LN_GOSSIP_NODE_1 : LN_GOSSIP_NODE_2);
    assert_int_equal(places[1], lesser ? LN_GOSSIP_NODE_2 : LN_GOSSIP_NODE_1);
    for (unsigned i = 0; i < 2; i++) {
        struct btc_bytes whole = btc_bytes(bytes, length);
        assert_int_equal(ln_announcement_verify(&curve, &signatures[i], whole, &ends[i]), LN_GOSSIP_OK);
        assert_int_equal(ln_announcement_verify(&curve, &signatures[i], whole, &ends[1 - i]), LN_GOSSIP_SIGNATURE);
        struct ln_announcement_signatures half = signatures[i];
        half.bitcoin_signature[5] ^= 1;
        assert_int_equal(ln_announcement_verify(&curve, &half, whole, &ends[i]), LN_GOSSIP_SIGNATURE);
        ln_announcement_put(&messages[0], places[0], &signatures[0]);
        ln_announcement_put(&messages[0], places[1], &signatures[1]);
    }
    return encode(bytes, 512, &messages[0]);
}

static void a_channel_is_announced_by_both_ends(void **state)
{
    uint8_t bytes[512];
    struct ln_message message;
    size_t length = announce(bytes);
    (void)state;
    assert_int_equal(length, 2 + 4 * 64 + 2 + 32 + 8 + 4 * 33);
    assert_int_equal(verify(bytes, length, NULL), LN_GOSSIP_OK);
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
    assert_true(ln_gossip_may_forward(&message));
    assert_true(memcmp(message.channel_announcement.node_id_1, message.channel_announcement.node_id_2, 33) < 0);
}

/* As seen on mainnet in May 2020, for channel 628813x1594x1: its two ends disagreed whether feature bit 19 belongs into
 * it, so that with it the second end's signatures are right and without it the first one's. Nobody here made them. */
static void signatures_of_strangers_are_understood(void **state)
{
    static const char hex[] =
        "010011effc9ed10fceccfae5f9e3fef20d983b06eed030e968fd8d1e6c5905e18f9f2df6a43f00d7c0ddf52e0467ab1e32394051b72ea6"
        "343fb008a4117c265f3d7b732bab7df4ee404ac926aef6610f4eb33e31baabfd9afdbf897c8a80057efa1468362b4d2cc0a5482013e105"
        "8c8205717f85c3bc82c3ea89f17cfeac21e2cb2ac65b429f79b24fbd51094bee5e080d4c7cfc28a584e279075643054a48b2972f0b72be"
        "cfd57e03297bf0102b09329982e0ac839dc120959c07456431d3c8fd1430ffe2cc2710e9600e602779c9cf5f91e95874ef4bcf9f0bdda2"
        "ce2be97bba562848a2717acdb8dec30bd5073f2f853776cc98f0b6cddc2dcfb57aa69fa7c43400030800006fe28c0ab6f1b372c1a6a246"
        "ae63f74f931e8365e15a089c68d619000000000009984d00063a00010254ff808f53b2f8c45e74b70430f336c6c76ba2f4af289f48d608"
        "6ae6e60462d303baa70886d9200af0ffbd3f9e18d96008331c858456b16e3a9b41e735c6208fef03c8731bbac446b7d11b7f5a1861c7d2"
        "c87ccf429780c74463de3428dceeb73ad702b3e55c7a1a6cdf17a83a801f7f8f698e4980323e2584f27a643a1b0519ebf8c7";
    uint8_t bytes[512];
    uint8_t with[32];
    uint8_t without[32];
    struct ln_message message;
    size_t length = hex_read(bytes, sizeof bytes, hex);
    (void)state;
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
    const struct ln_channel_announcement *channel = &message.channel_announcement;
    assert_true(channel->short_channel_id == ln_scid(628813, 1594, 1));
    assert_int_equal(ln_gossip_hash(with, btc_bytes(bytes, length)), LN_GOSSIP_OK);
    memcpy(bytes + 258, "\0\0", 2);
    memmove(bytes + 260, bytes + 263, length - 263);
    assert_int_equal(ln_gossip_hash(without, btc_bytes(bytes, length - 3)), LN_GOSSIP_OK);
    const uint8_t *hashes[2] = {without, with};
    for (unsigned i = 0; i < 2; i++) {
        enum ln_gossip_result first = i == 0 ? LN_GOSSIP_OK : LN_GOSSIP_SIGNATURE;
        enum ln_gossip_result second = i == 1 ? LN_GOSSIP_OK : LN_GOSSIP_SIGNATURE;
        assert_int_equal(ln_gossip_check_signature(NULL, channel->node_signature_1, hashes[i], channel->node_id_1),
                         first);
        assert_int_equal(ln_gossip_check_signature(NULL, channel->node_signature_2, hashes[i], channel->node_id_2),
                         second);
        assert_int_equal(
            ln_gossip_check_signature(NULL, channel->bitcoin_signature_1, hashes[i], channel->bitcoin_key_1), first);
        assert_int_equal(
            ln_gossip_check_signature(NULL, channel->bitcoin_signature_2, hashes[i], channel->bitcoin_key_2), second);
    }
}

/* Every bit of the signed part and of the signatures counts, bytes that we do not know included. */
static void any_flipped_bit_of_an_announcement_is_found(void **state)
{
    uint8_t bytes[520];
    size_t length = announce(bytes);
    (void)state;
    struct ln_message message;
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
    for (size_t at = 2; at < length; at += at < 258 ? 16 : 1) {
        bytes[at] ^= 1;
        bool is_length = at == 258 || at == 259; /* of the features: another message altogether */
        if (!is_length) {
            assert_int_not_equal(verify(bytes, length, NULL), LN_GOSSIP_OK);
        }
        bytes[at] ^= 1;
    }
    assert_int_equal(verify(bytes, length, NULL), LN_GOSSIP_OK);
    bytes[length] = 7;
    assert_int_equal(verify(bytes, length + 1, NULL), LN_GOSSIP_SIGNATURE);
}

static void unknown_bytes_at_the_end_are_signed_too(void **state)
{
    uint8_t bytes[520];
    size_t length = announce(bytes);
    (void)state;
    bytes[length++] = 0xff;
    assert_int_equal(verify(bytes, length, NULL), LN_GOSSIP_SIGNATURE);
    for (unsigned i = 0; i < 2; i++) {
        struct ln_message message;
        struct ln_announced_end end = end_of(i);
        assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
        bool first = memcmp(message.channel_announcement.node_id_1, end.node_id, 33) == 0;
        enum ln_gossip_place node = first ? LN_GOSSIP_NODE_1 : LN_GOSSIP_NODE_2;
        enum ln_gossip_place bitcoin = first ? LN_GOSSIP_BITCOIN_1 : LN_GOSSIP_BITCOIN_2;
        assert_int_equal(ln_gossip_sign(&curve, bytes, length, node, node_secrets[i]), LN_GOSSIP_OK);
        assert_int_equal(ln_gossip_sign(&curve, bytes, length, bitcoin, bitcoin_secrets[i]), LN_GOSSIP_OK);
    }
    assert_int_equal(verify(bytes, length, NULL), LN_GOSSIP_OK);
}

static void bad_announcements_fail_by_name(void **state)
{
    static const uint8_t none[32] = {0};
    uint8_t bytes[512];
    uint8_t hash[32];
    struct ln_message message;
    size_t length = announce(bytes);
    (void)state;
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
    memcpy(message.channel_announcement.node_id_2, message.channel_announcement.node_id_1, 33);
    assert_int_equal(ln_gossip_verify(NULL, &message, btc_bytes(bytes, length), NULL), LN_GOSSIP_ORDER);
    assert_int_equal(ln_message_decode(&message, NULL, bytes, length), LN_WIRE_OK);
    memset(message.channel_announcement.bitcoin_key_2 + 1, 0xff, 32);
    assert_int_equal(ln_gossip_verify(NULL, &message, btc_bytes(bytes, length), NULL), LN_GOSSIP_KEY);
    assert_int_equal(ln_gossip_hash(hash, btc_bytes(bytes, 257)), LN_GOSSIP_SHORT);
    assert_int_equal(ln_gossip_hash(hash, btc_bytes(bytes, 258)), LN_GOSSIP_OK);
    assert_int_equal(ln_gossip_hash(hash, btc_bytes("\x00\x10\x00\x00", 4)), LN_GOSSIP_SHORT);
    assert_int_equal(ln_gossip_sign(&curve, bytes, length, LN_GOSSIP_NODE_1, none), LN_GOSSIP_KEY);
    struct ln_announced_end end = end_of(0);
    struct ln_announcement_signatures signatures;
    struct btc_bytes whole = btc_bytes(bytes, length);
    struct btc_bytes cut = btc_bytes(bytes, 100);
    assert_int_equal(ln_announcement_sign(&curve, &signatures, whole, none, bitcoin_secrets[0]), LN_GOSSIP_KEY);
    assert_int_equal(ln_announcement_sign(&curve, &signatures, whole, node_secrets[0], none), LN_GOSSIP_KEY);
    assert_int_equal(ln_announcement_sign(&curve, &signatures, cut, node_secrets[0], none), LN_GOSSIP_SHORT);
    assert_int_equal(ln_announcement_verify(&curve, &signatures, cut, &end), LN_GOSSIP_SHORT);
    message = (struct ln_message){.type = LN_PING};
    assert_int_equal(ln_gossip_verify(NULL, &message, btc_bytes(bytes, length), NULL), LN_GOSSIP_SHORT);
    for (unsigned result = LN_GOSSIP_OK; result <= LN_GOSSIP_SIGNATURE; result++) {
        assert_string_not_equal(ln_gossip_text((enum ln_gossip_result)result), "unknown");
    }
}

static void an_update_is_of_the_node_it_names(void **state)
{
    uint8_t bytes[512];
    struct ln_announced_end ends[2] = {end_of(0), end_of(1)};
    struct ln_message message = {.type = LN_CHANNEL_UPDATE};
    (void)state;
    message.channel_update.message_flags = LN_UPDATE_MUST_BE_ONE;
    message.channel_update.timestamp = 1;
    size_t length = encode(bytes, sizeof bytes, &message);
    assert_int_equal(ln_gossip_sign(&curve, bytes, length, LN_GOSSIP_NODE_1, node_secrets[0]), LN_GOSSIP_OK);
    assert_int_equal(verify(bytes, length, ends[0].node_id), LN_GOSSIP_OK);
    assert_int_equal(verify(bytes, length, ends[1].node_id), LN_GOSSIP_SIGNATURE);
    assert_true(ln_gossip_may_forward(&message));
    message.channel_update.message_flags |= LN_UPDATE_DONT_FORWARD;
    assert_false(ln_gossip_may_forward(&message));
    for (size_t at = 2; at < length; at += 3) {
        bytes[at] ^= 0x10;
        assert_int_equal(verify(bytes, length, ends[0].node_id), LN_GOSSIP_SIGNATURE);
        bytes[at] ^= 0x10;
    }
}

/* ---- nodes and addresses ---- */

static const char list_hex[] = "01c0a800012607"
                               "0220010db80000000000000000000000012607"
                               "0300112233445566778899"
                               "2607"
                               "040102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20210f032607"
                               "050b6578616d706c652e636f6d2607";

static void every_kind_of_address_goes_to_bytes_and_back(void **state)
{
    uint8_t list[256];
    uint8_t again[256];
    size_t length = hex_read(list, sizeof list, list_hex);
    struct ln_reader reader = ln_reader_init(list, length);
    struct ln_writer writer = ln_writer_init(again, sizeof again);
    struct ln_address address;
    unsigned type = 0;
    (void)state;
    while (ln_address_next(&reader, &address)) {
        assert_int_equal(address.type, ++type);
        assert_int_equal(address.port, 9735);
        assert_int_equal(ln_address_is_usable(&address), type != LN_ADDRESS_TOR_2);
        ln_address_write(&writer, &address);
    }
    assert_int_equal(type, LN_ADDRESS_DNS);
    assert_int_equal(reader.fault, LN_WIRE_OK);
    assert_int_equal(writer.at, length);
    assert_memory_equal(again, list, length);
    assert_int_equal(address.length, 11);
    assert_memory_equal(address.host, "example.com", 11);
    for (size_t cut = 0; cut < length; cut++) {
        bool between = cut == 0 || cut == 7 || cut == 26 || cut == 39 || cut == 77;
        assert_int_equal(ln_addresses_check(btc_bytes(list, cut)), between ? LN_WIRE_OK : LN_WIRE_SHORT);
    }
}

static void odd_lists_of_addresses_are_judged(void **state)
{
    static const struct {
        const char *hex;
        enum ln_wire wire;
        unsigned found;
    } rows[] = {
        {"", LN_WIRE_OK, 0},
        {"01010203040001"
         "06ffff",
         LN_WIRE_OK, 1}, /* unknown: the rest is ignored */
        {"00", LN_WIRE_OK, 0},
        {"0501610001"
         "0501620001",
         LN_WIRE_FORBIDDEN, 2},
        {"05ff61", LN_WIRE_SHORT, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t list[64];
        struct ln_address address;
        unsigned found = 0;
        size_t length = hex_read(list, sizeof list, rows[i].hex);
        assert_int_equal(ln_addresses_check(btc_bytes(list, length)), rows[i].wire);
        for (struct ln_reader reader = ln_reader_init(list, length); ln_address_next(&reader, &address);) {
            found++;
        }
        assert_int_equal(found, rows[i].found);
    }
    assert_false(ln_address_is_usable(&(struct ln_address){.type = LN_ADDRESS_IPV4, .length = 4}));
    struct ln_address blank = {.type = LN_ADDRESS_DNS, .length = 3, .host = "a b", .port = 1};
    assert_false(ln_address_is_usable(&blank));
    blank.host[1] = '-';
    assert_true(ln_address_is_usable(&blank));
}

static void a_node_signs_what_it_says_of_itself(void **state)
{
    uint8_t bytes[512];
    uint8_t list[256];
    struct ln_message message = {.type = LN_NODE_ANNOUNCEMENT};
    struct ln_announced_end end = end_of(0);
    (void)state;
    memcpy(message.node_announcement.node_id, end.node_id, 33);
    memcpy(message.node_announcement.alias, "IRATEMONK", 9);
    message.node_announcement.addresses = btc_bytes(list, hex_read(list, sizeof list, list_hex));
    size_t length = encode(bytes, sizeof bytes, &message);
    assert_int_equal(ln_gossip_sign(&curve, bytes, length, LN_GOSSIP_NODE_1, node_secrets[0]), LN_GOSSIP_OK);
    assert_int_equal(verify(bytes, length, NULL), LN_GOSSIP_OK);
    assert_true(ln_gossip_may_forward(&message));
    bytes[length - 1] ^= 1;
    assert_int_equal(verify(bytes, length, NULL), LN_GOSSIP_SIGNATURE);
    message.node_announcement.addresses.length--;
    length = encode(bytes, sizeof bytes, &message);
    assert_int_equal(verify(bytes, length, NULL), LN_GOSSIP_ADDRESSES);
    size_t names = hex_read(list, sizeof list, "05016100010501620001");
    message.node_announcement.addresses = btc_bytes(list, names);
    assert_false(ln_gossip_may_forward(&message));
    assert_true(ln_gossip_alias_is_text(message.node_announcement.alias));
    message.node_announcement.alias[10] = 'x'; /* behind a zero */
    assert_false(ln_gossip_alias_is_text(message.node_announcement.alias));
    assert_false(ln_gossip_alias_is_text((const uint8_t[32]){0xff}));
    assert_true(ln_gossip_alias_is_text((const uint8_t[32]){0}));
}

/* ---- short channel ids ---- */

static void short_channel_ids_have_one_text(void **state)
{
    static const char *const wrong[] = {
        "",       "x",      "1x2",   "1x2x3x", "1x2x65536", "16777216x0x0", "01x2x3",         "1x02x3",
        "1x2x3 ", "-1x2x3", "1X2X3", "1x2x00", " 1x2x3",    "1x16777216x0", "99999999999x1x1"};
    char text[LN_SCID_TEXT_BYTES];
    uint64_t scid;
    struct dice dice = {11};
    (void)state;
    assert_true(ln_scid_read(&scid, "539268x845x1"));
    assert_int_equal(ln_scid_height(scid), 539268);
    assert_int_equal(ln_scid_transaction(scid), 845);
    assert_int_equal(ln_scid_output(scid), 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(ln_scid_read(&scid, wrong[i]));
    }
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t any = i == 0 ? UINT64_MAX : dice_next(&dice) >> dice_below(&dice, 64);
        size_t length = ln_scid_write(text, any);
        assert_int_equal(strlen(text), length);
        assert_true(ln_scid_read(&scid, text));
        assert_true(scid == any);
    }
}

/* ---- queries ---- */

static void lists_of_channels_are_judged(void **state)
{
    static const struct {
        const char *hex;
        enum ln_query_result result;
    } rows[] = {{"", LN_QUERY_ENCODING},
                {"01", LN_QUERY_ENCODING},
                {"00", LN_QUERY_OK},
                {"0000", LN_QUERY_LENGTH},
                {"000000000000000001", LN_QUERY_OK},
                {"0000000000000000010000000000000001", LN_QUERY_ORDER},
                {"0000000000000000020000000000000001", LN_QUERY_ORDER},
                {"0000000000000000010000000000000002", LN_QUERY_OK}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t list[64];
        size_t count;
        size_t length = hex_read(list, sizeof list, rows[i].hex);
        assert_int_equal(ln_query_ids_check(btc_bytes(list, length), &count), rows[i].result);
    }
    for (unsigned result = LN_QUERY_OK; result <= LN_QUERY_FLAG; result++) {
        assert_string_not_equal(ln_query_text((enum ln_query_result)result), "unknown");
    }
}

static void queries_go_to_bytes_and_back(void **state)
{
    enum { COUNT = 300 };
    static uint64_t ids[COUNT];
    static uint64_t flags[COUNT];
    static uint64_t flags_again[COUNT];
    static struct ln_query_pair pairs[COUNT];
    static struct ln_query_pair pairs_again[COUNT];
    static uint8_t bytes[8192];
    struct dice dice = {12};
    size_t count;
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        ids[i] = (i == 0 ? 0 : ids[i - 1]) + 1 + dice_below(&dice, 1u << 30);
        flags[i] = dice_next(&dice) >> dice_below(&dice, 64);
        pairs[i].of_node[0] = (uint32_t)dice_next(&dice);
        pairs[i].of_node[1] = (uint32_t)dice_next(&dice);
    }
    struct ln_writer writer = ln_writer_init(bytes, sizeof bytes);
    ln_query_ids_write(&writer, ids, COUNT);
    assert_int_equal(ln_query_ids_check(btc_bytes(bytes, writer.at), &count), LN_QUERY_OK);
    assert_int_equal(count, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(ln_query_id(btc_bytes(bytes, writer.at), i) == ids[i]);
    }
    writer.at = 0;
    ln_query_flags_write(&writer, flags, COUNT);
    assert_int_equal(ln_query_flags_read(flags_again, COUNT, btc_bytes(bytes, writer.at)), LN_QUERY_OK);
    assert_memory_equal(flags, flags_again, sizeof flags);
    assert_int_equal(ln_query_flags_read(flags_again, COUNT - 1, btc_bytes(bytes, writer.at)), LN_QUERY_LENGTH);
    assert_int_equal(ln_query_flags_read(flags_again, 1, btc_bytes("\x00\xfd\x00\x01", 4)), LN_QUERY_FLAG);
    assert_int_equal(ln_query_flags_read(flags_again, 1, btc_bytes("\x01\x01", 2)), LN_QUERY_ENCODING);
    writer.at = 0;
    ln_query_timestamps_write(&writer, pairs, COUNT);
    assert_int_equal(ln_query_timestamps_read(pairs_again, COUNT, btc_bytes(bytes, writer.at)), LN_QUERY_OK);
    assert_memory_equal(pairs, pairs_again, sizeof pairs);
    assert_int_equal(ln_query_timestamps_read(pairs_again, COUNT + 1, btc_bytes(bytes, writer.at)), LN_QUERY_LENGTH);
    assert_int_equal(ln_query_timestamps_read(pairs_again, 0, btc_bytes(bytes, 0)), LN_QUERY_ENCODING);
    writer.at = 0;
    ln_query_checksums_write(&writer, pairs, COUNT);
    assert_int_equal(ln_query_checksums_read(pairs_again, COUNT, btc_bytes(bytes, writer.at)), LN_QUERY_OK);
    assert_memory_equal(pairs, pairs_again, sizeof pairs);
    assert_int_equal(ln_query_checksums_read(pairs_again, COUNT, btc_bytes(bytes, writer.at - 1)), LN_QUERY_LENGTH);
}

/* RFC 3720, B.4, lists a SCSI read command of 48 bytes with its sum: here it is what a message's fields hold, around
 * the timestamp. */
static void the_checksum_is_that_of_the_standard(void **state)
{
    uint8_t bytes[118] = {0x01, 0x02};
    uint8_t command[48];
    (void)state;
    assert_int_equal(hex_read(command, sizeof command,
                              "01c00000000000000000000000000000140000000000040000000014"
                              "0000001828000000000000000200000000000000"),
                     48);
    memcpy(bytes + 66, command, 40);
    memcpy(bytes + 110, command + 40, 8);
    assert_int_equal(ln_query_checksum(btc_bytes(bytes, sizeof bytes)), UINT32_C(0xd9963a56));
}

static void the_checksum_leaves_out_signature_and_timestamp(void **state)
{
    uint8_t bytes[138] = {0x01, 0x02};
    (void)state;
    uint32_t plain = ln_query_checksum(btc_bytes(bytes, sizeof bytes));
    memset(bytes + 2, 0xab, 64);
    memset(bytes + 2 + 64 + 32 + 8, 0xcd, 4);
    assert_int_equal(ln_query_checksum(btc_bytes(bytes, sizeof bytes)), plain);
    bytes[137] ^= 1;
    assert_int_not_equal(ln_query_checksum(btc_bytes(bytes, sizeof bytes)), plain);
    assert_int_equal(ln_query_checksum(btc_bytes(bytes, 20)), 0);
    bytes[1] = 1;
    assert_int_equal(ln_query_checksum(btc_bytes(bytes, sizeof bytes)), 0);
}

int main(void)
{
    btc_curve_init(&curve);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_is_announced_by_both_ends),
        cmocka_unit_test(signatures_of_strangers_are_understood),
        cmocka_unit_test(any_flipped_bit_of_an_announcement_is_found),
        cmocka_unit_test(unknown_bytes_at_the_end_are_signed_too),
        cmocka_unit_test(bad_announcements_fail_by_name),
        cmocka_unit_test(an_update_is_of_the_node_it_names),
        cmocka_unit_test(every_kind_of_address_goes_to_bytes_and_back),
        cmocka_unit_test(odd_lists_of_addresses_are_judged),
        cmocka_unit_test(a_node_signs_what_it_says_of_itself),
        cmocka_unit_test(short_channel_ids_have_one_text),
        cmocka_unit_test(lists_of_channels_are_judged),
        cmocka_unit_test(queries_go_to_bytes_and_back),
        cmocka_unit_test(the_checksum_is_that_of_the_standard),
        cmocka_unit_test(the_checksum_leaves_out_signature_and_timestamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
