# tally.awk: adds up ctest logs: a cmocka program counts its cases, any other test counts one.
# SPDX-License-Identifier: GPL-3.0-or-later
function close_test() {
    if (!open) return
    if (result == "Passed" && !cases) passed++
    if (result == "Failed" && !bad) failed++
    if (result == "Skipped" && !cases) skipped++
    open = 0
}
FNR == 1 { close_test() }
FILENAME ~ /\.passed$/ { passed++; next }
FILENAME ~ /\.failed$/ { failed++; next }
FILENAME ~ /build-[a-z]*\.log$/ || FILENAME ~ /across\.log$/ { next }
/^[0-9]+\/[0-9]+ Testing: / { close_test(); open = 1; cases = 0; bad = 0; result = "Failed" }
/^\[  PASSED  \] [0-9]+ test/ { passed += $4; cases += $4 }
/^\[  FAILED  \] [0-9]+ test/ && !/listed below/ { }
/^\[  FAILED  \] [0-9]+ test\(s\), listed below/ { failed += $4; bad += $4 }
/^\[  SKIPPED \] [0-9]+ test/ && !/listed below/ { skipped += $4 }
/^Test Passed\./ { result = "Passed" }
/^Test Failed\./ { result = "Failed" }
/^Test Skipped|^Test Skip/ { result = "Skipped" }
END {
    close_test()
    printf "%d passed, %d failed", passed, failed
    if (skipped > 0) printf ", %d skipped", skipped
    printf "\n"
}
