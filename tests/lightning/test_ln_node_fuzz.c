/* test_ln_node_fuzz.c: a million random steps of three to five nodes on a chain; a finding is shrunk.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     test_ln_node_fuzz                    what ctest runs
 *     test_ln_node_fuzz SEED [RUNS]        more, or one run again
 *     test_ln_node_fuzz hex BYTES [real]   one input again, as it was printed
 *     test_ln_node_fuzz find STEPS         looks for a finding until so many steps; no finding is a failure
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lightning/riot.h"
#include "tests/lightning/rummage.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLOW
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(KONSENTO_HARD)
#define SLOW
#endif

#define STEPS 1000
#ifdef SLOW
#define RUNS 100 /* the million is the release's */
#else
#define RUNS 1000
#endif

static struct riot riot;

static void run(void *context, enum ln_backend_kind backend, const uint8_t *bytes, size_t length)
{
    riot_run(context, backend, bytes, length);
}

static const char *const names[RIOT_TOTALS] = {"runs",
                                               "steps",
                                               "messages",
                                               "payments made",
                                               "not",
                                               "in parts",
                                               "forwards",
                                               "losses",
                                               "crashes",
                                               "to an older record",
                                               "blocks",
                                               "taken back",
                                               "channels closed by agreement",
                                               "by force",
                                               "punished",
                                               "messages spoiled",
                                               "disks found too old",
                                               "transactions mined",
                                               "refused a block earlier"};

int main(int argc, char **argv)
{
    struct rummage rummage = {.head_bytes = 2,
                              .steps = STEPS,
                              .batch = 50,
                              .context = &riot,
                              .run = run,
                              .totals = (uint64_t *)&riot.totals,
                              .names = names,
                              .total_count = RIOT_TOTALS};
    int result;
    riot.town = town_new();
    if (argc > 2 && strcmp(argv[1], "hex") == 0) {
        bool real = argc > 3 && strcmp(argv[3], "real") == 0;
        result = rummage_hex(&rummage, argv[2], real ? LN_BACKEND_REAL : LN_BACKEND_TOKEN);
    } else if (argc > 2 && strcmp(argv[1], "find") == 0) {
        result = rummage_find(&rummage, strtoull(argv[2], NULL, 0), 1000);
    } else if (argc > 1) {
        unsigned runs = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 1;
        result = rummage_all(&rummage, strtoull(argv[1], NULL, 0), runs, LN_BACKEND_TOKEN);
    } else {
        result = rummage_all(&rummage, 1, RUNS, LN_BACKEND_TOKEN);
        rummage.steps = 500;
        result |= rummage_all(&rummage, 5000, 4, LN_BACKEND_REAL) | rummage_all(&rummage, 6000, 4, LN_BACKEND_MEMO);
    }
    town_free(riot.town);
    return result;
}
