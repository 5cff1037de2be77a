# The chosen libraries as imported targets dep::NAME, found through pkg-config.
# SPDX-License-Identifier: GPL-3.0-or-later
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(konsento_dependency name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(dep::${name} ALIAS PkgConfig::${name})
endfunction()

konsento_dependency(gsl gsl)
konsento_dependency(nettle nettle)
konsento_dependency(secp256k1 libsecp256k1)
konsento_dependency(hdf5 hdf5-serial)
konsento_dependency(lua lua5.4)
if(KONSENTO_TESTS)
  pkg_check_modules(cmocka IMPORTED_TARGET cmocka)
  if(cmocka_FOUND)
    add_library(dep::cmocka ALIAS PkgConfig::cmocka)
  else()
    message(STATUS "tests are off: cmocka (Debian package libcmocka-dev) is not installed")
    set(KONSENTO_TESTS OFF)
  endif()
endif()
