/* sweep_emit.c: the script that runs a sweep in N shards: a Slurm job array, GNU parallel.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/sweep_emit.h"

#include "cli/exit_codes.h"
#include "cli/request.h"
#include "cli/sweep_study.h"
#include "cli/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything a script needs. */
struct script {
    const char *command; /* without -o */
    const char *folder;
    uint64_t shards;
};

static void print_shard(const struct script *script, const char *number, const char *jobs)
{
    printf("%s -o ", script->command);
    request_print_quoted(stdout, script->folder);
    printf(" --shard %s/%" PRIu64 " -j %s --quiet", number, script->shards, jobs);
}

static void print_merge(const struct script *script)
{
    fputs("konsento merge ", stdout);
    request_print_quoted(stdout, script->folder);
}

static void emit_slurm(const struct script *script)
{
    printf(
        "#!/bin/sh\n"
        "#SBATCH --job-name=konsento\n"
        "#SBATCH --array=0-%" PRIu64 "\n"
        "#SBATCH --cpus-per-task=1\n"
        "#SBATCH --time=24:00:00\n"
        "#SBATCH --signal=B:USR1@120\n"
        "# Two minutes before the time is over a shard finishes what is in flight and ends with code 6; submit this\n"
        "# script again and it goes on. When all are done:\n"
        "#   ",
        script->shards - 1);
    print_merge(script);
    printf("\n"
           "# or, to have that done by itself:\n"
           "#   job=$(sbatch --parsable THIS) && sbatch --dependency=afterok:$job --wrap '");
    print_merge(script);
    printf("'\nexec ");
    print_shard(script, "\"$SLURM_ARRAY_TASK_ID\"", "\"$SLURM_CPUS_PER_TASK\"");
    putchar('\n');
}

static void emit_parallel(const struct script *script)
{
    printf("#!/bin/sh\n"
           "# As many at a time as there are cores; on many machines: parallel --sshlogin a,b,c --workdir . with a "
           "folder\n"
           "# that all of them see. Run again it goes on where it stopped.\n"
           "set -e\n"
           "seq 0 %" PRIu64 " | parallel --halt soon,fail=1 \"",
           script->shards - 1);
    print_shard(script, "{}", "1");
    fputs("\"\n", stdout);
    print_merge(script);
    putchar('\n');
}

static int emit(const char *form, const struct script *script)
{
    if (strcmp(form, "slurm") == 0)
        emit_slurm(script);
    else if (strcmp(form, "parallel") == 0)
        emit_parallel(script);
    else {
        complain("sweep: --emit wants slurm or parallel, got '%s'", form);
        return CODE_USAGE;
    }
    return CODE_OK;
}

int sweep_emit(const struct arguments *arguments, uint64_t seed, const char *folder)
{
    if (!arguments->given[OPTION_SHARDS]) {
        complain("sweep: --emit wants --shards N: how many shards the script runs");
        return CODE_USAGE;
    }
    char *command = sweep_command(arguments, seed, false);
    if (command == NULL) {
        complain("memory is out");
        return CODE_FAILURE;
    }
    const struct script script = {command, folder, arguments->number[OPTION_SHARDS]};
    int code = emit(arguments->text[OPTION_EMIT], &script);
    free(command);
    return code;
}
