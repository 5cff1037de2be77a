# Compiler settings that every target shares; determinism first (no fused multiply-add, no fast-math).
# SPDX-License-Identifier: GPL-3.0-or-later
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # __int128
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

# NDEBUG is never defined: asserts stay on in every build.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_RELEASE "-O2")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")

# Debian 12's valgrind cannot read the DWARF 5 that clang writes.
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  string(APPEND CMAKE_C_FLAGS_RELWITHDEBINFO " -gdwarf-4")
  string(APPEND CMAKE_C_FLAGS_DEBUG " -gdwarf-4")
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla
                    -Wwrite-strings -Wpointer-arith -Wconversion -Wno-sign-conversion
                    -ffp-contract=off -fno-math-errno -fvisibility=hidden)
if(KONSENTO_WERROR)
  add_compile_options(-Werror)
endif()
if(KONSENTO_HARD)
  add_compile_definitions(KONSENTO_HARD=1)
endif()
add_compile_definitions(_GNU_SOURCE)

# A third of a build is linking some 300 tests; where this linker is present it takes a tenth of the time.
find_program(KONSENTO_MOLD mold DOC "a faster linker; not needed")
if(KONSENTO_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
