/* schema_rows.h: how rows of the schema are written; for the files that hold its rows.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_SCENARIOS_LANG_SCHEMA_ROWS_H
#define KONSENTO_SCENARIOS_LANG_SCHEMA_ROWS_H

#include "scenarios/lang/scenario.h"
#include "scenarios/lang/schema_form.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* How a quantity is kept: dimension and atoms of the C field's unit, see quantity.h. */
#define TIME_US       .kind = KIND_QUANTITY, .stored = DIMENSION_TIME, .atoms = 1
#define CURRENT_MA    .kind = KIND_QUANTITY, .stored = DIMENSION_CURRENT, .atoms = 1
#define VOLTAGE_V     .kind = KIND_QUANTITY, .stored = DIMENSION_VOLTAGE, .atoms = 1000
#define POWER_W       .kind = KIND_QUANTITY, .stored = DIMENSION_POWER, .atoms = 1000
#define ENERGY_UJ     .kind = KIND_QUANTITY, .stored = DIMENSION_ENERGY, .atoms = 1
#define BITCOIN_MSAT  .kind = KIND_QUANTITY, .stored = DIMENSION_BITCOIN, .atoms = 1
#define PRICE_UYEN    .kind = KIND_QUANTITY, .stored = DIMENSION_PRICE, .atoms = 1
#define DISTANCE_M    .kind = KIND_QUANTITY, .stored = DIMENSION_DISTANCE, .atoms = 1000
#define CONSUMED_WH   .kind = KIND_QUANTITY, .stored = DIMENSION_CONSUMPTION, .atoms = 1000
#define FEERATE_KWU   .kind = KIND_QUANTITY, .stored = DIMENSION_FEERATE, .atoms = 4
#define SHARE_PPM     .kind = KIND_QUANTITY, .stored = DIMENSION_SHARE, .atoms = 1
#define YEN_PER_BTC   .kind = KIND_QUANTITY, .stored = DIMENSION_EXCHANGE, .atoms = 1000, .store = STORE_DOUBLE
#define COUNT_UINT32  .kind = KIND_INTEGER, .store = STORE_UINT32
#define NUMBER_UINT64 .kind = KIND_INTEGER, .store = STORE_UINT64

#define RANGE(low, high)          .min = low, .max = high
#define WORD(text, value)         .word = text, .word_value = value
#define DEFAULT(text, where_from) .default_text = text, .source = where_from
#define REQUIRED                  .default_text = NULL, .source = ""
#define LIST(type, member, number, most)                                                                               \
    .kind = KIND_LIST, .offset = offsetof(type, member), .count_offset = offsetof(type, number),                       \
    .item_size = sizeof(((type *)0)->member[0]), .capacity = most

#define ASSUMED "assumption"

extern const char *const schema_era_names[];

#endif
