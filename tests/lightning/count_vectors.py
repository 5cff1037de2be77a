#!/usr/bin/env python3
# count_vectors.py: whether the tests of the published Lightning vectors leave none out.   [engine]
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: count_vectors.py FOLDER [--without NAME]... PROGRAM...
#
# Counts what is in the JSON files of FOLDER, runs the programs, and compares with the counts that they print, one line
# a file or part of one: "bolt03-commitment: 16 commitments, 33 second stages, ...". The programs read other files (flat
# text), so the two counts have nothing in common but the vectors. Exit 77 where FOLDER is absent.
import json
import pathlib
import re
import subprocess
import sys

FEW = "101"  # who flips bits flips each 101st here: another test flips all


def sum_of(cases, *names):
    return sum(len(case.get(name, ())) for case in cases for name in names)


def counted(name, cases):
    if name.startswith("bolt03-commitment"):
        return {"commitments": len(cases), "second stages": sum_of(cases, "htlc_txs")}
    if name == "bolt04-onion":
        return {"cases": len(cases), "peels": sum_of(cases, "decode_privkeys")}
    if name == "bolt04-error":
        return {"cases": len(cases), "steps": sum_of(cases, "forward", "success_attribution_data")}
    if name == "bolt08-messages":
        last = max(output["index"] for case in cases for output in case["outputs"])
        return {"messages": last + 1, "outputs": sum_of(cases, "outputs"), "rotations": sum_of(cases, "rotations")}
    return {"cases": len(cases)}


def printed(programs):
    found = {}
    for program in programs:
        run = subprocess.run([program, FEW], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{program}: exit {run.returncode}")
        for name, rest in re.findall(r"^(bolt\d\d-[a-z-]+)[^:\n]*: (.*)$", run.stdout, re.MULTILINE):
            for number, noun in re.findall(r"(\d+) ([a-z ]+)", rest):
                noun = "cases" if noun == "case" else noun
                counts = found.setdefault(name, {})
                counts[noun] = counts.get(noun, 0) + int(number)
    return found


def main(folder, arguments):
    without = [arguments[i + 1] for i, word in enumerate(arguments) if word == "--without"]
    programs = [word for i, word in enumerate(arguments) if "--without" not in (word, arguments[i - 1] if i else "")]
    files = sorted(folder.glob("bolt*.json"))
    if not files:
        print(f"skipped: no published vectors in {folder}")
        return 77
    found = printed(programs)
    faults = 0
    total = 0
    for file in files:
        name = file.stem
        if name in without:
            print(f"{name:26} left to others")
            continue
        for noun, number in counted(name, json.loads(file.read_text())["cases"]).items():
            ran = found.get(name, {}).get(noun, 0)
            print(f"{name:26} {number:5} {noun:14} {ran:5} ran")
            faults += ran != number
            total += number
    print(f"{total} vectors, {faults} counts differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
