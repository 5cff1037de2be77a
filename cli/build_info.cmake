# build_info.cmake: at build time: the commit that is being built, and whether files differ from it.
# SPDX-License-Identifier: GPL-3.0-or-later
# Outside a git checkout the commit is "unknown". The file changes only when its content does.
set(ENV{GIT_OPTIONAL_LOCKS} 0)
set(commit "unknown")
set(dirty 0)
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-prefix HEAD
                OUTPUT_VARIABLE answer RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
# An empty prefix: SOURCE itself is the checkout, not a folder unpacked inside somebody else's.
if(NOT failed AND answer MATCHES "^\n([0-9a-f]+)$")
  string(SUBSTRING "${CMAKE_MATCH_1}" 0 12 commit)
  execute_process(COMMAND git -C ${SOURCE} diff --quiet HEAD -- RESULT_VARIABLE differs ERROR_QUIET OUTPUT_QUIET)
  if(differs)
    set(dirty 1)
  endif()
endif()
set(text "/* build_info.h: made at build time. */\n")
string(APPEND text "#define KONSENTO_BUILD_COMMIT \"${commit}\"\n#define KONSENTO_BUILD_DIRTY ${dirty}\n")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT before STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
