# Channels on the chain: their tests stand on the chain's.
# SPDX-License-Identifier: GPL-3.0-or-later
add_library(konsento_test_quarrel STATIC quarrel.c quarrel_chain.c brawl.c ../bitcoin/regtest.c)
target_link_libraries(konsento_test_quarrel PUBLIC konsento_test_lightning)
konsento_test(test_ln_onchain LINKS konsento_test_quarrel LABELS unit property)
konsento_test(test_ln_onchain_rival LINKS konsento_test_quarrel LABELS unit property)
konsento_test(test_ln_onchain_exhaustive LINKS konsento_test_quarrel LABELS exhaustive)
konsento_test(test_ln_onchain_revoked LINKS konsento_test_quarrel LABELS exhaustive)
konsento_test(test_ln_onchain_fuzz LINKS konsento_test_quarrel LABELS property fuzz)
konsento_test(test_ln_onchain_crowd LINKS konsento_test_lightning LABELS unit)
