/* lightning_fixture.h: worlds with a Lightning rail, for tests.   [model]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KONSENTO_TESTS_MODELS_LIGHTNING_FIXTURE_H
#define KONSENTO_TESTS_MODELS_LIGHTNING_FIXTURE_H

#include "tests/models/onchain_fixture.h"

/* onchain_fixture_config with a Lightning rail in place of the other: prepaid, each phone with its outlets, tokens,
 * channels of 400,000 sat opened at the start, confirmed by one block; ideal devices. */
void lightning_fixture_config(struct onchain_fixture *fixture);
struct lightning_config *lightning_config_of(struct onchain_fixture *fixture);

#endif
