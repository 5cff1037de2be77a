# build_info.cmake: at build time: the commit that is being built, and what differs from it.
# SPDX-License-Identifier: GPL-3.0-or-later
# Outside a git checkout the commit is "unknown". The file changes only when its content does.
set(ENV{GIT_OPTIONAL_LOCKS} 0)
set(commit "unknown")
set(changes "")
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-prefix HEAD
                OUTPUT_VARIABLE answer RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
# An empty prefix: SOURCE itself is the checkout, not a folder unpacked inside somebody else's.
if(NOT failed AND answer MATCHES "^\n([0-9a-f]+)$")
  string(SUBSTRING "${CMAKE_MATCH_1}" 0 12 commit)
  # Of the files that become the program; two builds of one commit with different changes are two programs.
  execute_process(COMMAND git -C ${SOURCE} diff --no-color --no-ext-diff --binary HEAD -- . ":(exclude)docs" ":(exclude)tests"
                  OUTPUT_VARIABLE difference ERROR_QUIET)
  if(NOT difference STREQUAL "")
    string(SHA256 changes "${difference}")
    string(SUBSTRING "${changes}" 0 12 changes)
  endif()
endif()
set(text "/* build_info.h: made at build time. */\n")
string(APPEND text "#define KONSENTO_BUILD_COMMIT \"${commit}\"\n#define KONSENTO_BUILD_CHANGES \"${changes}\"\n")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT before STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
