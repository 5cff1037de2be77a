# konsento_library(NAME SOURCES ... LINKS ...): one library per folder; its LINKS are the arrows of docs/house.md.
# konsento_test(NAME LINKS ... [LABELS ...]): one executable per test file, linked with its own floor alone.
# SPDX-License-Identifier: GPL-3.0-or-later
function(konsento_library name)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${A_LINKS} PRIVATE ${A_PRIVATE_LINKS})
endfunction()

function(konsento_test name)
  cmake_parse_arguments(A "" "" "SOURCES;LINKS;LABELS" ${ARGN})
  if(NOT A_SOURCES)
    set(A_SOURCES ${name}.c)
  endif()
  add_executable(${name} ${A_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE
    KONSENTO_SHARED="${KONSENTO_SHARED}" KONSENTO_SOURCE="${CMAKE_SOURCE_DIR}" KONSENTO_BUILD="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${A_LINKS} dep::cmocka)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT A_LABELS)
    set(A_LABELS unit)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT 300 SKIP_RETURN_CODE 77)
endfunction()
