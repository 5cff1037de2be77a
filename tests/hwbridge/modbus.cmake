# Tests of Modbus: the tables everywhere, the wires where libmodbus is. In real time, mostly asleep: each case on its own.
# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET konsento_modbus)
  add_library(konsento_test_modbus_rig STATIC modbus_rig.c)
  target_link_libraries(konsento_test_modbus_rig PUBLIC konsento_modbus konsento_virtual)
  add_executable(test_hw_modbus_wire test_hw_modbus_wire.c)
  set_target_properties(test_hw_modbus_wire PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(test_hw_modbus_wire PRIVATE konsento_test_modbus_rig dep::cmocka)
  foreach(case relay_beside serial_line keba_is abb_is wallbe_is)
    add_test(NAME test_hw_modbus_wire_${case} COMMAND test_hw_modbus_wire *${case}*)
    set_tests_properties(test_hw_modbus_wire_${case} PROPERTIES LABELS wire TIMEOUT 60)
  endforeach()
endif()
