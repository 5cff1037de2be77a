/* commands.c: the table of commands and their options.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/commands.h"

#include "cli/commands_bridge.h"
#include "cli/commands_options.h"

#include <string.h>

static const struct option_info none_options[] = {
    HELP_OPTION,
    {.id = OPTION_VERSION, .letter = 'V', .kind = OPTION_FLAG, .name = "version", .help = "show the version"},
    {.id = OPTION_VERBOSE,
     .letter = 'v',
     .kind = OPTION_FLAG,
     .name = "verbose",
     .help = "with --version: commit, compiler, flags and libraries too"},
};

static const struct option_info run_options[] = {
    SET_OPTION,
    {.id = OPTION_REPS,
     .letter = 'r',
     .kind = OPTION_NUMBER,
     .name = "reps",
     .value = "N",
     .help = "replications of each rail (default: as the scenario says; one if it draws nothing at random)",
     .min = 1,
     .max = REPLICATIONS_MAX},
    SEED_OPTION,
    JOBS_OPTION,
    {.id = OPTION_OUTPUT,
     .letter = 'o',
     .kind = OPTION_PATH,
     .name = "output",
     .value = "DIR",
     .help = "folder of the results (default: runs/NAME-IDENTITY)"},
    {.id = OPTION_ALL, .kind = OPTION_FLAG, .name = "all", .help = "show every metric and every paired difference"},
    {.id = OPTION_JSON,
     .kind = OPTION_FLAG,
     .name = "json",
     .help = "print one JSON object with everything instead of the tables"},
    EVENTS_STORED_OPTION,
    TRACE_REPS_OPTION,
    CHAIN_STORED_OPTION,
    {.id = OPTION_ONLY,
     .kind = OPTION_NUMBER,
     .name = "only",
     .value = "N",
     .help = "run replication N alone, counted from 0, to repeat one that failed",
     .max = REPLICATIONS_MAX - 1},
    TIE_FUZZ_OPTION,
    FORCE_OPTION,
    NO_REPORT_OPTION,
    QUIET_OPTION,
    HELP_OPTION,
};

static const struct option_info check_options[] = {
    SET_OPTION,
    {.id = OPTION_SHOW,
     .kind = OPTION_FLAG,
     .name = "show",
     .help = "print the completed scenario, every default filled in, as Lua"},
    {.id = OPTION_GITHUB,
     .kind = OPTION_FLAG,
     .name = "github",
     .help = "print errors as annotations for GitHub Actions, on standard output"},
    HELP_OPTION,
};

static const struct option_info schema_options[] = {
    {.id = OPTION_JSON, .kind = OPTION_FLAG, .name = "json", .help = "as JSON"},
    {.id = OPTION_LUALS, .kind = OPTION_FLAG, .name = "luals", .help = "as annotations for the Lua language server"},
    {.id = OPTION_MARKDOWN, .kind = OPTION_FLAG, .name = "markdown", .help = "as the reference page"},
    {.id = OPTION_METRICS, .kind = OPTION_FLAG, .name = "metrics", .help = "everything that is measured, as a page"},
    HELP_OPTION,
};

static const struct option_info export_options[] = {
    {.id = OPTION_GNUPLOT,
     .kind = OPTION_PATH,
     .name = "gnuplot",
     .value = "FOLDER",
     .help = "the report's figures instead: NAME.csv and NAME.gp of each, in this folder"},
    {.id = OPTION_CSV, .kind = OPTION_FLAG, .name = "csv", .help = "as CSV, one line per value (default)"},
    {.id = OPTION_JSON, .kind = OPTION_FLAG, .name = "json", .help = "as one JSON object, everything but chains"},
    {.id = OPTION_NETCDF,
     .kind = OPTION_FLAG,
     .name = "netcdf",
     .help = "as classic netCDF: parameters, metrics and load; wants -o"},
    {.id = OPTION_PROFILE,
     .kind = OPTION_TEXT,
     .name = "profile",
     .value = "STEP",
     .help = "CSV of the load over the hours of a day, in steps of so long: 15min"},
    {.id = OPTION_EVENTS,
     .kind = OPTION_TEXT,
     .name = "events",
     .value = "KIND",
     .help = "CSV of one event table instead of the metrics"},
    {.id = OPTION_SERIES,
     .kind = OPTION_FLAG,
     .name = "series",
     .help = "CSV of the load series instead of the metrics"},
    {.id = OPTION_CHAIN,
     .kind = OPTION_PATH,
     .name = "chain",
     .value = "FILE",
     .help = "every block of one replication, as Bitcoin's blk*.dat files have them; - is standard output"},
    {.id = OPTION_WHERE,
     .kind = OPTION_SETTING,
     .name = "where",
     .value = "NAME=VALUE",
     .help = "with --chain: of the rail or parameter that has this value; may be repeated"},
    {.id = OPTION_REPLICATION,
     .kind = OPTION_NUMBER,
     .name = "replication",
     .value = "N",
     .help = "with --chain: of this replication, counted from 0",
     .max = REPLICATIONS_MAX - 1},
    OUTPUT_FILE_OPTION,
    HELP_OPTION,
};

static const struct option_info report_options[] = {
    OUTPUT_FILE_OPTION,
    {.id = OPTION_MD, .kind = OPTION_FLAG, .name = "md", .help = "as Markdown, in short and without figures"},
    {.id = OPTION_COMPARE,
     .kind = OPTION_PATH,
     .name = "compare",
     .value = "OTHER",
     .help = "add what differs from these results by more than noise and 2 %"},
    HELP_OPTION,
};

static const struct option_info fit_options[] = {
    OUTPUT_FILE_OPTION,
    {.id = OPTION_LOCATION,
     .kind = OPTION_TEXT,
     .name = "location",
     .value = "NAME",
     .help = "only sessions of this location, where the file names locations"},
    {.id = OPTION_ELSEWHERE,
     .kind = OPTION_FLAG,
     .name = "elsewhere",
     .help = "for another building: sessions and energy per outlet, and chargers, of twelve apartment sites"},
    HELP_OPTION,
};

static const struct option_info help_options[] = {
    {.id = OPTION_MARKDOWN,
     .kind = OPTION_FLAG,
     .name = "markdown",
     .help = "every command and topic as one page (docs/commands.md)"},
    HELP_OPTION,
};

static const struct option_info plain_options[] = {HELP_OPTION};

#define OPTIONS(table) .options = (table), .option_count = sizeof(table) / sizeof(table)[0]

const struct command command_table[] = {
    {.name = "run",
     .synopsis = "FILE [options]",
     .summary = "run a scenario: every rail, every replication",
     .text =
         "Runs the scenario on every payment rail it names, replication by replication, on all cores, and shows each\n"
         "metric with its 95 % interval; a laboratory (k.lab) has experiments where others have rails. Results go to\n"
         "DIR/results.h5, the report to DIR/report.html.\n"
         "\n"
         "Running the same command again goes on where it stopped: finished replications are kept, more --reps adds\n"
         "more, and a finished study is simply shown again. Ctrl-C finishes what is in flight; twice stops at once.\n",
     .words = WORDS_SCENARIO,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(run_options),
     .run = command_run},
    {.name = "sweep",
     .synopsis = "FILE [--axis NAME=VALUES...] [options]",
     .summary = "run a scenario at many points: grids, ranges, samples, on threads and clusters",
     .text =
         "Runs the scenario at every combination of the axes' values, or at N points of a sample. All points draw the\n"
         "same worlds (common random numbers), so differences between them are paired. Results are one file,\n"
         "DIR/results.h5, whose configurations are rails times points.\n"
         "\n"
         "  konsento sweep house.lua                                      as its k.sweep { ... } says\n"
        "  konsento sweep house.lua --axis outlets=2..8 --axis strategy=none,equal_share\n"
         "  konsento sweep house.lua --axis cars=5..50 --axis 'limit=20 A..80 A' --sample sobol:64 --reps 20\n"
         "  konsento sweep house.lua --axis cars=10,20,40 --target time_to_power.p95=2% --max-reps 500\n"
         "  mpiexec -n 64 konsento sweep house.lua --axis cars=1..100 -o /shared/cars\n"
         "  konsento sweep house.lua --axis cars=1..100 -o cars --emit slurm --shards 32 > job.sh\n"
         "\n"
         "Results are the same, bit for bit, for any number of threads, processes and shards. The same command goes\n"
         "on where it stopped, whoever was killed; more --reps adds more. A scenario, data file or program that has\n"
         "changed since is refused. Under mpiexec every process works (-j 1 each unless said otherwise) and takes\n"
         "units from a shared counter; all must see DIR.\n",
     .words = WORDS_SCENARIO,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(sweep_options),
     .run = command_sweep},
    {.name = "status",
     .synopsis = "DIR [options]",
     .summary = "how far a sweep is: done, missing, failed, time left",
     .text =
         "Looks at the folder of a sweep, also while others write into it. Ends with code 6 if something is missing.\n",
     .words = WORDS_RESULTS,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(status_options),
     .run = command_status},
    {.name = "merge",
     .synopsis = "DIR [options]",
     .summary = "put the shards of a sweep together",
     .text =
         "Collects what all shards of a sweep have written into DIR/results.h5 and shows it. If something is missing\n"
         "nothing is written, and the code is 6.\n",
     .words = WORDS_RESULTS,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(merge_options),
     .run = command_merge},
    {.name = "check",
     .synopsis = "FILE... [options]",
     .summary = "find every error in scenarios and their data files, run nothing",
     .text = "Errors are printed as FILE:LINE:COLUMN: error: TEXT, all of them.\n",
     .words = WORDS_SCENARIO,
     .words_min = 1,
     .words_max = ARGUMENTS_WORDS_MAX,
     OPTIONS(check_options),
     .run = command_check},
    {.name = "new",
     .synopsis = "NAME",
     .summary = "write a commented scenario that runs, and the files an editor needs",
     .text =
         "Writes NAME.lua, .luarc.json and .konsento/konsento.d.lua, with which the Lua language server completes and\n"
         "explains every field. Never overwrites a scenario or a .luarc.json.\n",
     .words = WORDS_NAME,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(plain_options),
     .run = command_new},
    {.name = "schema",
     .synopsis = "[options]",
     .summary = "every field of a scenario: unit, range, default, meaning",
     .text = "",
     OPTIONS(schema_options),
     .run = command_schema},
    {.name = "inspect",
     .synopsis = "RESULTS",
     .summary = "what a results file holds and where it came from",
     .text = "RESULTS is a results.h5, or the folder it lies in.\n",
     .words = WORDS_RESULTS,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(plain_options),
     .run = command_inspect},
    {.name = "export",
     .synopsis = "RESULTS [options]",
     .summary = "results as CSV, JSON or netCDF, or the blocks of a chain",
     .text = "RESULTS is a results.h5, or the folder it lies in. Writes to standard output unless -o is given.\n"
             "\n"
             "--chain writes every block of a replication that was run with --chain, losing branches and blocks that\n"
             "an attacker kept secret included, each after its parent, for any Bitcoin node to load and judge:\n"
             "\n"
             "  konsento run FILE --chain --trace-reps 0 -o out\n"
             "  konsento export out --chain chain.dat --where rail=onchain --replication 0\n"
             "  bitcoind -regtest -datadir=EMPTY -loadblock=chain.dat\n",
     .words = WORDS_RESULTS,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(export_options),
     .run = command_export},
    {.name = "test",
     .synopsis = "[FILE|FOLDER...] [options]",
     .summary = "run scenarios as regression tests: digest, statistics, thresholds",
     .text =
         "Each FILE.lua is run and compared with FILE.expected beside it, which --accept writes: the digest of all\n"
         "events, the means of all metrics (equal if the whole 95 % interval of the change is within the margin), and\n"
         "the scenario's own thresholds. If the digest differs, the replication is run again and the first event that\n"
         "differs is shown. Of a FOLDER (default: this one) every scenario with expected values is run.\n"
         "\n"
         "  konsento test --accept house.lua --reps 4     accept what it gives; commit house.expected\n"
         "  konsento test --junit report.xml              in CI\n"
         "\n"
         "Ends with 1 if a scenario cannot be run, 2 if it has errors, 3 if a threshold is broken, 5 if something is\n"
         "not as accepted, 4 if a threshold is undecided.\n",
     .words = WORDS_SCENARIO,
     .words_max = ARGUMENTS_WORDS_MAX,
     OPTIONS(test_options),
     .run = command_test},
    {.name = "replay",
     .synopsis = "RESULTS|FILE.hwj [options]",
     .summary = "run one replication of a results file, or a journal of devices, again, bit for bit",
     .text =
         "RESULTS is a results.h5, or the folder it lies in. Loads the scenario that made it, from where it was then,\n"
         "and refuses if the scenario, its data or the program has changed. --trace prints each event: its number,\n"
         "time, phase, kind, entity, argument, and the digest of all events so far.\n"
         "\n"
         "  konsento replay out --where rail=onchain --rep 17 --until '3 days' --trace | grep payment\n"
         "\n"
         "FILE.hwj is a journal that konsento bridge run has kept. No device is opened: what came in is fed once more,\n"
         "and each command, each check of the digest and the end are compared. It stops at the first difference, with\n"
         "the number of the event and both values.\n"
         "\n"
         "  konsento replay out/lightning.hwj\n",
     .words = WORDS_RESULTS,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(replay_options),
     .run = command_replay},
    {.name = "diff",
     .synopsis = "A B [options]",
     .summary = "compare two results: what has changed by more than noise",
     .text =
         "A and B are results.h5 files, or the folders they lie in. Shows for each metric that has changed its\n"
         "estimate before and after and the change, each as [lower end, estimate, upper end] of the 95 % interval.\n"
         "With the same seed replications are paired: both programs met the same worlds. Changes of all metrics are\n"
         "judged together: where nothing has changed, less than one comparison in a hundred raises an alarm.\n"
         "\n"
         "Ends with code 5 if anything is worse, or changed where neither direction is better.\n",
     .words = WORDS_RESULTS,
     .words_min = 2,
     .words_max = 2,
     OPTIONS(diff_options),
     .run = command_diff},
    {.name = "report",
     .synopsis = "RESULTS [options]",
     .summary = "write the report of a results file again",
     .text = "RESULTS is a results.h5, or the folder it lies in. The report is one HTML file that needs no network; "
             "without\n"
             "-o it goes to report.html (or report.md) beside the results.\n",
     .words = WORDS_RESULTS,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(report_options),
     .run = command_report},
    {.name = "fit",
     .synopsis = "SESSIONS.csv [options]",
     .summary = "fit a profile to recorded charging sessions, and show how well it fits",
     .text =
         "Reads the session files that k.fleet.replay reads. Rows that are no sessions are told with their line, left\n"
         "out and counted; a file of which more is left out than remains is refused, and so is one with too few\n"
         "sessions. Shows each way of making sessions beside the sessions themselves: how many charge at once, "
         "energy,\n"
         "what a 3.2 kW outlet cannot deliver, who finds the outlet taken, and the largest distance between the\n"
         "distribution functions (Kolmogorov, Smirnov). With -o the profile is written; no file is overwritten.\n",
     .words = WORDS_SESSIONS,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(fit_options),
     .run = command_fit},
    {.name = "bridge",
     .synopsis = "run FILE | doctor FILE|URL [options]",
     .summary = "run a scenario whose outlets are devices, in step with them; or look at the devices",
     .text =
         "konsento bridge run FILE runs the rails of a scenario with devices (k.device) side by side, one replication\n"
         "in step with real time. All outlets are switched off first and last. What comes in and goes out is kept in\n"
         "DIR/RAIL.hwj, which konsento replay runs again without devices. After a kill or a power cut the same command\n"
         "goes on where it was.\n"
         "\n"
         "konsento bridge doctor FILE looks at each device: is it there, is it off, what does its meter read, are its\n"
         "settings safe, does it go off by itself after a lease of 3 s. It switches each on for those 3 seconds. With\n"
         "a URL it looks at that device alone: konsento bridge doctor mqtt://127.0.0.1:1883/plug1, or\n"
         "konsento bridge doctor modbus-tcp://127.0.0.1:502 --dialect keba\n",
     .words = WORDS_SCENARIO,
     .words_min = 2,
     .words_max = 2,
     OPTIONS(bridge_options),
     .run = command_bridge},
    {.name = "outlet",
     .synopsis = "--tasmota URL [options]",
     .summary = "a virtual outlet, in a process of its own, on the wire of a bought one",
     .text = "Stands for a plug with a relay, a meter and a load. Ends with Ctrl-C.\n"
             "\n"
             "  konsento outlet --tasmota mqtt://127.0.0.1:1883/plug1 --power '2.4 kW' --fault '60s freeze'\n",
     OPTIONS(outlet_options),
     .run = command_outlet},
    {.name = "doctor",
     .synopsis = "",
     .summary = "check this machine: cores, libraries, permissions, time to first event",
     .text = "",
     OPTIONS(plain_options),
     .run = command_doctor},
    {.name = "completion",
     .synopsis = "SHELL",
     .summary = "print the completion script for bash, zsh or fish",
     .text = "bash: konsento completion bash > ~/.local/share/bash-completion/completions/konsento\n"
             "zsh:  konsento completion zsh > \"${fpath[1]}/_konsento\"\n"
             "fish: konsento completion fish > ~/.config/fish/completions/konsento.fish\n",
     .words = WORDS_SHELL,
     .words_min = 1,
     .words_max = 1,
     OPTIONS(plain_options),
     .run = command_completion},
    {.name = "help",
     .synopsis = "[TOPIC]",
     .summary = "help on a command or a topic",
     .text = "",
     .words = WORDS_TOPIC,
     .words_max = 1,
     OPTIONS(help_options),
     .run = command_help},
};
const size_t command_count = sizeof command_table / sizeof command_table[0];

const struct command command_none = {
    .name = "", .synopsis = "COMMAND [options]", .summary = "", .text = "", OPTIONS(none_options)};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    return NULL;
}
