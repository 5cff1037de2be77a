/* quantity.h: "3.2 kW", "10 min", "250000 sat": numbers with units, read exactly.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every dimension has an atom, a unit so small that each unit of the table is a whole number of atoms: microseconds,
 * milliamperes, millivolts, milliwatts, microjoules, millisatoshi, micro-yen. Text is read in decimal, never through
 * a double: "0.1 kWh" is 360,000,000,000 uJ and nothing near it. What does not fit into int64, or is finer than an
 * atom, is an error.
 */
#ifndef KONSENTO_SCENARIOS_LANG_QUANTITY_H
#define KONSENTO_SCENARIOS_LANG_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dimension {
    DIMENSION_TIME,        /* atom us */
    DIMENSION_CURRENT,     /* atom mA */
    DIMENSION_VOLTAGE,     /* atom mV */
    DIMENSION_POWER,       /* atom mW */
    DIMENSION_ENERGY,      /* atom uJ */
    DIMENSION_BITCOIN,     /* atom msat */
    DIMENSION_YEN,         /* atom 1e-6 JPY */
    DIMENSION_PRICE,       /* of energy; atom 1e-6 JPY/kWh */
    DIMENSION_EXCHANGE,    /* of money; atom 1e-3 JPY/BTC */
    DIMENSION_DISTANCE,    /* atom mm */
    DIMENSION_CONSUMPTION, /* of a car; atom mWh/km */
    DIMENSION_SHARE,       /* atom ppm */
    DIMENSION_FEERATE,     /* atom sat per 1,000 vB */
    DIMENSION_ANGLE,       /* atom 1e-6 degrees */
    DIMENSION_FREQUENCY,   /* atom 1e-6 a day */
    DIMENSION_COUNT
};

/* A set of dimensions: where more than one will do (a limit in A or kW). */
#define DIMENSION_BIT(dimension) (1u << (dimension))

struct quantity {
    enum dimension dimension;
    int64_t atoms;
};

enum quantity_result {
    QUANTITY_OK = 0,
    QUANTITY_NOT_A_NUMBER, /* the text does not begin with a decimal number */
    QUANTITY_NO_UNIT,      /* a bare number where several dimensions will do */
    QUANTITY_UNKNOWN_UNIT, /* no unit of any dimension */
    QUANTITY_WRONG_UNIT,   /* a unit of another dimension */
    QUANTITY_TOO_FINE,     /* less than an atom, or digits beyond it */
    QUANTITY_OVERFLOW      /* does not fit into int64 atoms */
};

struct dimension_info {
    const char *name; /* "time", as in k.param { unit = "time" } */
    const char *base; /* unit of a number that stands alone */
    int64_t base_atoms;
    const char *example; /* "10 min" */
};
extern const struct dimension_info dimension_table[DIMENSION_COUNT];

/* Dimension by its name or by one of its units; DIMENSION_COUNT: neither. */
enum dimension dimension_find(const char *name);

/* Reads text into *quantity; dimensions: the set of those that will do. On error *quantity is unchanged. */
enum quantity_result quantity_parse(struct quantity *quantity, const char *text, unsigned dimensions)
    __attribute__((warn_unused_result));
/* A number alone, in the dimension's base unit. Rounds to the nearest atom. */
enum quantity_result quantity_from_number(struct quantity *quantity, double number, enum dimension dimension)
    __attribute__((warn_unused_result));
enum quantity_result quantity_from_integer(struct quantity *quantity, int64_t number, enum dimension dimension)
    __attribute__((warn_unused_result));

/* What was wrong, without the text itself: "unknown unit 'Wh', expected W (as in \"3.2 kW\")". Returns out. */
const char *quantity_explain(char *out, size_t size, enum quantity_result result, const char *text,
                             unsigned dimensions);
/* "W, or A": the set of dimensions by their base units. */
const char *quantity_expected(char *out, size_t size, unsigned dimensions);

/* The canonical text: in the largest unit that keeps it short and exact; quantity_parse gives the same atoms. */
const char *quantity_format(char out[64], const struct quantity *quantity);

/* Atoms of one unit of this spelling within the dimension, 0: there is none. */
int64_t quantity_unit_atoms(const char *unit, enum dimension dimension);
/* The n-th unit in the table, for documents and tests: NULL past the end. */
const char *quantity_unit_name(size_t n, enum dimension *dimension, int64_t *atoms);

/* Civil date and time, "2018-03-01" or "2018-03-01 12:30[:05]", as seconds since 1970 as if it were UTC.
 * Returns false if it is none; years 1970..9999. */
bool date_parse(int64_t *unix_s, const char *text);
const char *date_format(char out[64], int64_t unix_s);

#endif
