# konsento_library(NAME SOURCES ... LINKS ...): one library per folder; its LINKS are the arrows of docs/house.md.
# konsento_test(NAME LINKS ... [LABELS ...]): one executable per test file, linked with its own floor alone.
# konsento_valgrind(NAME ...): the same tests once more under valgrind, where it is present and no sanitizer is on.
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
  # Preset hard runs the unit and property tests of the folders whose limits shrink (allocator, arena, pools, tables, the
  # language's heap), but those that are long and meet none; what has run there with sanitizers need not in dev.
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  if(folder MATCHES "^(bitcoin|sim|models|market|analysis|scenarios)$" AND A_LABELS MATCHES "unit|property|vector"
     AND NOT A_LABELS MATCHES "fuzz|bench|crash|wire" AND NOT name MATCHES
     "^test_(chain_(attack|blocks|conflict|gossip|year)|generators|onchain_(attacks|crowded|finality)|profile_|queueing)")
    list(APPEND A_LABELS hard)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT 300 SKIP_RETURN_CODE 77)
endfunction()

# Sanitizers see heap and stack of our own code; valgrind sees what comes out of libraries and bits never written as well.
find_program(KONSENTO_VALGRIND valgrind DOC "runs chosen tests once more; not needed")

# konsento_valgrind(NAME... [ARGUMENTS ...])
function(konsento_valgrind)
  if(NOT KONSENTO_VALGRIND OR CMAKE_C_FLAGS MATCHES "-fsanitize|--coverage")
    return()
  endif()
  cmake_parse_arguments(A "" "" "ARGUMENTS" ${ARGN})
  foreach(name ${A_UNPARSED_ARGUMENTS})
    add_test(NAME valgrind_${name}
             COMMAND ${KONSENTO_VALGRIND} -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all
                     --errors-for-leak-kinds=all $<TARGET_FILE:${name}> ${A_ARGUMENTS})
    set_tests_properties(valgrind_${name} PROPERTIES LABELS "vector;valgrind" TIMEOUT 300 SKIP_RETURN_CODE 77)
  endforeach()
endfunction()
