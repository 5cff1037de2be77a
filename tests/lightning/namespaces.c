/* namespaces.c: the two TLV namespaces of BOLT 1, appendix B.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tests/lightning/namespaces.h"

#include <assert.h>
#include <string.h>

#define ONE struct namespace_1
#define TWO struct namespace_2

static const struct ln_field one_amount[] = {LN_FIELD(LN_KIND_TRUNCATED, ONE, amount_msat, 8)};
static const struct ln_field one_scid[] = {LN_UNSIGNED(ONE, scid)};
static const struct ln_field one_node[] = {LN_POINT(ONE, node_id), LN_UNSIGNED(ONE, amount_msat_1),
                                           LN_UNSIGNED(ONE, amount_msat_2)};
static const struct ln_field one_cltv[] = {LN_UNSIGNED(ONE, cltv_delta)};
static const struct ln_rule one_rules[] = {
    {1, 1, one_amount, 1}, {2, 2, one_scid, 1}, {3, 4, one_node, 3}, {254, 8, one_cltv, 1}};
const struct ln_rules namespace_1_rules = {one_rules, 4};

static const struct ln_field two_amount[] = {LN_FIELD(LN_KIND_TRUNCATED, TWO, amount_msat, 8)};
static const struct ln_field two_cltv[] = {LN_FIELD(LN_KIND_TRUNCATED, TWO, cltv_expiry, 4)};
static const struct ln_rule two_rules[] = {{0, 1, two_amount, 1}, {11, 2, two_cltv, 1}};
const struct ln_rules namespace_2_rules = {two_rules, 2};

enum ln_wire namespace_read(void *object, struct ln_tlvs *tlvs, const struct ln_rules *rules, const uint8_t *bytes,
                            size_t length)
{
    struct ln_fault fault = {0};
    struct ln_reader reader = ln_reader_init(bytes, length);
    ln_stream_read(&reader, object, tlvs, rules, &fault);
    if (reader.fault == LN_WIRE_OK) {
        uint8_t again[1024];
        struct ln_writer writer = ln_writer_init(again, sizeof again);
        ln_stream_write(&writer, object, tlvs, rules);
        assert(writer.fault == LN_WIRE_OK && writer.at == length && memcmp(again, bytes, length) == 0);
    }
    return reader.fault;
}
