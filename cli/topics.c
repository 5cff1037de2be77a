/* topics.c: the help pages that belong to no command.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/help.h"

const struct topic topic_table[] = {
    {"scenarios", "what a scenario file is and how it is changed from outside",
     "A scenario is a Lua 5.4 file that returns one table made with constructors. Quantities carry units (\"3.2 kW\",\n"
     "\"10 min\", \"250000 sat\"); a wrong unit, a wrong name or a value out of range is an error with file, line and\n"
     "column, and all errors are shown at once.\n"
     "\n"
     "  konsento new my_house           a commented scenario to begin with\n"
     "  konsento check my_house.lua     every error, nothing run\n"
     "  konsento check --show FILE      the completed scenario, every default filled in\n"
     "  konsento schema                 every field: unit, range, default, meaning\n"
     "\n"
     "Parameters that the file declares, and every field by its path, are set from outside:\n"
     "\n"
     "  konsento run FILE --set outlets=16 --set building.service_limit=\"63 A\"\n"
     "\n"
     "The file runs in a sandbox: no files, no network, no clock, limits on instructions, memory and time.\n"
     "A callback (say, a tariff) that takes 2 seconds of processor time ends the program with exit code 2.\n"},
    {"results", "what a run leaves behind, and what its numbers mean",
     "DIR/results.h5      one row of metrics per rail and replication, with units and complete provenance (HDF5;\n"
     "                    opens in h5py, xarray, netCDF, R, Octave)\n"
     "DIR/report.html     the report, one file that needs no network\n"
     "DIR/shards/         rows of a run that is not finished; the same command goes on from there\n"
     "DIR/.lock           keeps a second konsento out while one is at work\n"
     "\n"
     "DIR is runs/NAME-IDENTITY unless -o names it. The identity is a hash of the completed scenario (with a\n"
     "function in it, of all texts that were read), the data files, the seed, the options that change rows and the\n"
     "program's version: a folder never mixes two studies. Another study in the same folder is an error; --force\n"
     "removes what is there.\n"
     "\n"
     "Intervals are 95 % Student t intervals of the mean over independent replications. With several rails each\n"
     "replication shows every rail the same world (common random numbers), so differences between rails are paired;\n"
     "the variance gain says what the pairing was worth. A threshold passes if the whole interval is inside the\n"
     "limit, fails if the whole interval is outside, and is undecided otherwise; among several, a failure must stand\n"
     "by Holm's procedure. Shares that were 0 or 100 % throughout have Wilson's interval, counts that were 0 the\n"
     "Poisson bound. The difference is to the rail that the scenario calls its baseline. A scenario that draws nothing "
     "at\n"
     "random needs one replication, and its numbers are exact.\n"
     "\n"
     "The digest is a SHA-256 over every event of every replication: the same scenario, seed, number of replications\n"
     "and version give the same digest on any number of threads.\n"},
    {"metrics", "everything that is measured: name, unit, meaning",
     "konsento help NAME tells how one is defined (konsento help fee.share); konsento schema --metrics and "
     "docs/metrics.md\n"
     "tell all definitions. Metrics are what thresholds, --target and columns of results are named by. A run shows "
     "the\n"
     "headline, --all and --json show every one.\n"},
    {"sweeps", "points, clusters, and what stays the same",
     "A point is the scenario with the axes' values set; a configuration is a rail (or experiment) of a point. All\n"
     "points draw the same worlds: the random streams are named by seed, replication and purpose, and nothing else.\n"
     "\n"
     "  --axis NAME=a,b,c                a list; \\, is a comma inside a value\n"
     "  --axis NAME=4..12                whole numbers\n"
     "  --axis NAME='20 A..60 A step 10 A'\n"
     "  --sample latin:N | sobol:N       N points; on a range without step any place between its ends\n"
     "  --where 'outlets <= cars / 2'    only points for which this Lua expression is true\n"
     "  --target METRIC=2%               stages of replications, point by point, until the 95 % interval is that "
     "narrow\n"
     "\n"
     "Threads: -j. Processes: mpiexec -n N konsento sweep ...; each takes units from a counter in the memory of the\n"
     "first one, none is a manager, and all must see DIR. Without MPI: --shard I/N in each of N processes, wherever\n"
     "they run, and konsento merge DIR at the end; --emit slurm|parallel --shards N prints the script. Shards deal\n"
     "whole points; with --reps and no --target they deal replications.\n"
     "\n"
     "Whoever is killed, the same command goes on, in the same or another way: what is on disk is done. konsento\n"
     "status DIR says what is missing, failed, and how long it will take.\n"},
    {"exit-codes", "what the program's exit code says",
     "0    all is well; every threshold passed\n"
     "1    a replication failed, a file could not be written, memory ran out\n"
     "2    wrong command line, scenario, data or results file; or the folder holds another study\n"
     "3    a threshold is broken\n"
     "4    a threshold is undecided: more replications would decide it\n"
     "5    two results differ by more than noise and margin (diff), or are not as accepted (test)\n"
     "6    stopped by SIGTERM, SIGHUP or SIGUSR1, the same command goes on; or replications are missing (status, "
     "merge)\n"
     "130  interrupted by Ctrl-C; the same command goes on\n"
     "\n"
     "Where several apply, the first of 1, 2, 3, 5, 4 is given.\n"},
    {"environment", "variables that the program looks at",
     "NO_COLOR             set and not empty: no colours\n"
     "TERM                 'dumb' or unset: no colours, no line that is redrawn\n"
     "KONSENTO_PROGRESS_S  seconds between progress lines where standard error is not a terminal (default 30)\n"
     "KONSENTO_GNUPLOT     program that draws the report's figures (default gnuplot); none: drawn without it\n"
     "TMPDIR               where doctor and test write their trial files (default /tmp)\n"
     "GITHUB_ACTIONS       'true': test prints annotations, and appends to the file GITHUB_STEP_SUMMARY\n"
     "\n"
     "Results are data on standard output; progress, notes and errors go to standard error. Output is UTF-8.\n"
     "No variable changes a result.\n"},
};
const size_t topic_count = sizeof topic_table / sizeof topic_table[0];
