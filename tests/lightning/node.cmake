# Nodes: their tests stand on the chain's.
# SPDX-License-Identifier: GPL-3.0-or-later
konsento_test(test_ln_store LINKS konsento_test_lightning LABELS unit property)
add_library(konsento_test_town STATIC miner.c town.c town_chain.c ../bitcoin/regtest.c)
target_link_libraries(konsento_test_town PUBLIC konsento_test_lightning)
foreach(name node node_failures node_crash node_chain)
  konsento_test(test_ln_${name} LINKS konsento_test_town LABELS unit property)
endforeach()
