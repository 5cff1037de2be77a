#!/usr/bin/env python3
# sweep_speed.py PROGRAM [SECONDS]: what a second core and a second process are worth, and what recording costs.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# To be run by hand on a machine that does nothing else: units of about SECONDS (default 1.0), 24 of them, with -j1, -j2 and
# mpiexec -n 2. Prints wall-clock and processor time; asks for a speed-up of 1.8 at no more than 1.05 of the processor time.
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

SCENARIO = """local k = require "konsento"
local p = k.params { days = k.param { "10 days", unit = "time", help = "length" } }
return k.scenario {
    name = "Speed", duration = p.days, replications = 24,
    building = k.building { flats = 240, outlets = k.outlets { count = 160 } },
    fleet = k.fleet.cars { count = 240 },
    rails = { k.rail.cloud { name = "card" } },
}
"""


def run(folder, command):
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    if done.returncode not in (0, 3, 4):
        sys.exit(done.stdout + done.stderr)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


def sweep(program, folder, name, days, *more, before=()):
    return run(folder, [*before, program, "sweep", "speed.lua", "--set", f"days={days:g} days", "--reps", "24", "-o", name,
                        "--no-report", "--quiet", *more])


def main(arguments):
    program, wanted = os.path.abspath(arguments[0]), float(arguments[1]) if len(arguments) > 1 else 1.0
    folder = tempfile.mkdtemp()
    good = True
    try:
        with open(os.path.join(folder, "speed.lua"), "w") as file:
            file.write(SCENARIO)
        _, cpu = sweep(program, folder, "pilot", 50, "-j1")
        days = max(1, round(50 * wanted / (cpu / 24)))
        one = sweep(program, folder, "one", days, "-j1")
        print(f"-j1          {one[0]:7.2f} s wall  {one[1]:7.2f} s CPU  ({one[1] / 24:.2f} s per unit)")
        ways = [("-j2", ["-j2"], [])]
        if shutil.which("mpiexec"):
            ways.append(("mpiexec -n 2", ["-j1"], ["mpiexec", "-n", "2"]))
        for name, more, before in ways:
            wall, cpu = sweep(program, folder, name.replace(" ", ""), days, *more, before=before)
            print(f"{name:12} {wall:7.2f} s wall  {cpu:7.2f} s CPU  speed-up {one[0] / wall:.2f}  CPU {cpu / one[1]:.3f}")
            good = good and one[0] / wall >= 1.8 and cpu / one[1] <= 1.05
    finally:
        shutil.rmtree(folder)
    sys.exit(0 if good else "below the floor: is the machine idle?")


if __name__ == "__main__":
    main(sys.argv[1:])
