#!/usr/bin/env python3
# named_tests.py: whether the tests and files that docs/bolts.md and docs/nodes.md name are there.   [engine]
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: named_tests.py ROOT. In its tables the last of four columns names test functions in backquotes, or whole programs
# (test_...), and the column before it files of protocol/lightning.
import pathlib
import re
import sys


def rows(page):
    for number, line in enumerate(page.read_text().splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and not set(line) <= set("|-"):
            yield number, cells


def main(root):
    sources = list((root / "tests" / "lightning").glob("*.c"))
    known = set()
    for source in sources:
        known.add(source.stem)
        known.update(re.findall(r"^static void (\w+)\(void \*\*state\)", source.read_text(), re.MULTILINE))
    faults = tests = 0
    for page in (root / "docs" / "bolts.md", root / "docs" / "nodes.md"):
        for number, cells in rows(page):
            for name in re.findall(r"`(\w+)`", cells[3]):
                tests += 1
                if name not in known:
                    faults += 1
                    print(f"{page.name}:{number}: no test is called {name}")
            for name in re.findall(r"\b(\w+\.[ch])\b", cells[2]):
                if not (root / "protocol" / "lightning" / name).exists():
                    faults += 1
                    print(f"{page.name}:{number}: there is no {name}")
    print(f"{tests} tests named, {faults} faults")
    return 1 if faults or tests == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
