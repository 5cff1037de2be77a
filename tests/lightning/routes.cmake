# Tests of graphs and routes.
# SPDX-License-Identifier: GPL-3.0-or-later
add_library(konsento_test_network STATIC network.c)
target_link_libraries(konsento_test_network PUBLIC konsento_test_lightning m)
foreach(name graph graph_gossip probability liquidity route route_oracle split)
  konsento_test(test_ln_${name} LINKS konsento_test_network LABELS unit property)
endforeach()
konsento_test(test_vector_bolt07 LINKS konsento_test_network LABELS vector)
