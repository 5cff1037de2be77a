/* namespaces.h: the two TLV namespaces that BOLT 1, appendix B, makes up for its vectors.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_LIGHTNING_NAMESPACES_H
#define KONSENTO_TESTS_LIGHTNING_NAMESPACES_H

#include "protocol/lightning/tlv.h"

struct namespace_1 {
    uint64_t amount_msat;
    uint64_t scid;
    uint8_t node_id[33];
    uint64_t amount_msat_1;
    uint64_t amount_msat_2;
    uint16_t cltv_delta;
};

struct namespace_2 {
    uint64_t amount_msat;
    uint64_t cltv_expiry;
};

extern const struct ln_rules namespace_1_rules;
extern const struct ln_rules namespace_2_rules;

/* Decodes, and when that goes well encodes again into the same bytes, or aborts. */
enum ln_wire namespace_read(void *object, struct ln_tlvs *tlvs, const struct ln_rules *rules, const uint8_t *bytes,
                            size_t length);

#endif
