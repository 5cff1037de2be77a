# What the hardware bridge takes, on real wires: a broker, virtual plugs and a virtual charger on loopback.
# SPDX-License-Identifier: GPL-3.0-or-later

# `bench_bridge 1000 1` and `bench_bridge --outlets 1000 60 1` on an idle machine are the claims; here with few cycles
# and seconds, and with room for what runs beside them.
if(TARGET konsento_test_rig)
  add_executable(bench_bridge bench_bridge.c bench_bridge_ocpp.c bench_bridge_tap.c)
  target_link_libraries(bench_bridge PRIVATE konsento_test_rig)
  if(TARGET konsento_test_ocpp_rig)
    target_compile_definitions(bench_bridge PRIVATE KONSENTO_OCPP)
    target_link_libraries(bench_bridge PRIVATE konsento_test_ocpp_rig)
  endif()
  set_target_properties(bench_bridge PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_test(NAME bench_bridge COMMAND bench_bridge 50)
  else()
    add_test(NAME bench_bridge COMMAND bench_bridge 100 3)
    add_test(NAME bench_bridge_outlets COMMAND bench_bridge --outlets 1000 10 3)
    set_tests_properties(bench_bridge_outlets PROPERTIES LABELS bench TIMEOUT 120 SKIP_RETURN_CODE 77)
  endif()
  set_tests_properties(bench_bridge PROPERTIES LABELS bench TIMEOUT 300 SKIP_RETURN_CODE 77)
endif()
