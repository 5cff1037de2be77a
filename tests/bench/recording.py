#!/usr/bin/env python3
# recording.py PROGRAM SCENARIO PERCENT [OPTION...]: what keeping results costs beside simulating, in processor time; at most so many percent.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Metrics and the load series, no event rows: all processor time of `konsento run`, from reading the scenario to the sealed
# results.h5, against the time that its replications took. Three runs at most, until one is within the limit: what
# runs beside makes none better.
import json
import os
import resource
import subprocess
import sys
import tempfile

def share(program, scenario, folder, name, options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, "run", scenario, "-j1", "--no-report", "-q", "-o", name, *options], cwd=folder, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3, 4):
        sys.exit(done.stdout + done.stderr)
    whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = json.loads(subprocess.run([program, "export", name, "--json"], cwd=folder, capture_output=True, text=True, check=True).stdout)
    runs = sum(one["cpu_s"] for one in told["rows"])
    print(f"{whole:.3f} s in all, {runs:.3f} s of them in {len(told['rows'])} replications: {100 * (whole / runs - 1):.2f} % more", flush=True)
    return 100 * (whole / runs - 1)


def main(program, scenario, limit, *options):
    with tempfile.TemporaryDirectory() as folder:
        for i in range(3):
            if share(os.path.abspath(program), os.path.abspath(scenario), folder, f"out{i}", options) < float(limit):
                return
    sys.exit(f"recording costs more than {limit} %")


if __name__ == "__main__":
    main(*sys.argv[1:])
