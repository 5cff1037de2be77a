# Lightning payments in the engine, and in a year of a building.
# SPDX-License-Identifier: GPL-3.0-or-later

# `bench_host 100 20000 8000 270` on an idle core is the claim about Lightning payments in the engine; here half of it.
add_executable(bench_host bench_host.c)
target_include_directories(bench_host PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(bench_host PRIVATE konsento_models)
target_link_options(bench_host PRIVATE LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc)
set_target_properties(bench_host PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_test(NAME bench_host COMMAND bench_host 2 20)
else()
  add_test(NAME bench_host COMMAND bench_host 10 2000 4000 135)
endif()
set_tests_properties(bench_host PROPERTIES LABELS bench TIMEOUT 300)

# A year of 100 outlets; `year.py PROGRAM --full` runs all of it (5 CPU minutes, and 1.5 for a week with memo).
find_program(PYTHON3 python3)
if(PYTHON3)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    set(year_limits --no-limits)
  endif()
  add_test(NAME bench_year COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/year.py $<TARGET_FILE:konsento> ${year_limits})
  set_tests_properties(bench_year PROPERTIES LABELS bench TIMEOUT 300)
endif()
