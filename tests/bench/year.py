# year.py: CPU time of a year of 100 outlets over a hub with a payment a minute (lightning_year.lua).
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: year.py PROGRAM [--full] [--no-limits]

Without --full a year is reckoned from a few days: tokens from one and three of them, memo from some outlets for two
days, by its cost of a payment. With --full the year is run with tokens, and a week with memo. Fails (exit 1) if tokens
take more than 10 CPU minutes, or memo more than 5 CPU hours."""
import json
import os
import resource
import subprocess
import sys
import tempfile

SCENARIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lightning_year.lua")
TOKEN_LIMIT_S, MEMO_LIMIT_S, YEAR_DAYS = 600, 5 * 3600, 365


def find(results, name):
    """The mean of a metric on the only rail."""
    for metric in results["metrics"]:
        if metric["name"] == name:
            return metric["mean"]
    raise SystemExit("year.py: no metric %s" % name)


def run(program, crypto, days, outlets):
    """Returns CPU seconds, payments, and the most memory in MB of all runs so far."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "run", SCENARIO, "-j1", "-q", "--json", "--no-report", "-o", os.path.join(folder, "results")]
        for name, value in (("crypto", crypto), ("days", days), ("outlets", outlets)):
            command += ["--set", "%s=%s" % (name, value)]
        output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    payments = find(json.loads(output), "payment.count")
    print("%-5s %3d outlets, %3d days: %7.1f CPU s, %8d payments, %6d a second, %5.0f MB at most so far" %
          (crypto, outlets, days, seconds, payments, payments / seconds, after.ru_maxrss / 1024), flush=True)
    return seconds, payments


def reckon(program):
    """A year from a few days: CPU seconds with tokens, with memo."""
    short_s, short_payments = run(program, "token", 1, 100)
    long_s, long_payments = run(program, "token", 3, 100)
    memo_s, memo_payments = run(program, "memo", 2, 8)
    payments = short_payments + (long_payments - short_payments) / 2 * (YEAR_DAYS - 1)
    return short_s + (long_s - short_s) / 2 * (YEAR_DAYS - 1), memo_s / memo_payments * payments


def measure(program):
    """A year as it is with tokens, from a week with memo."""
    token_s, _ = run(program, "token", YEAR_DAYS, 100)
    memo_s, _ = run(program, "memo", 7, 100)
    return token_s, memo_s * YEAR_DAYS / 7


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    is_full, is_limited = "--full" in sys.argv, "--no-limits" not in sys.argv
    if is_limited:
        token_s, memo_s = (measure if is_full else reckon)(sys.argv[1])
        print("a year: %.1f CPU minutes with tokens (at most 10), %.2f CPU hours with memo (at most 5)" %
              (token_s / 60, memo_s / 3600))
        return token_s > TOKEN_LIMIT_S or memo_s > MEMO_LIMIT_S
    run(sys.argv[1], "token", 1, 4)
    run(sys.argv[1], "memo", 1, 2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
