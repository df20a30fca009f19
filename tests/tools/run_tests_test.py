#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/run-tests counts right: above all, what must not be taken for a pass."""
import importlib.machinery
import importlib.util
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader(
    "run_tests", os.path.join(ROOT, "tools", "run-tests"))
RUN_TESTS = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("run_tests", LOADER))
LOADER.exec_module(RUN_TESTS)

# name, Meson's result, output, is TAP, (passed, failed, skipped)
CASES = [
    ("all good", "OK", "1..2\nok 1 - a\nok 2 - b\n", True, (2, 0, 0)),
    ("one failed", "FAIL", "1..2\nok 1 - a\nnot ok 2 - b\n", True, (1, 1, 0)),
    ("skipped", "OK", "1..2\nok 1 - a\nok 2 # SKIP no b\n", True, (1, 0, 1)),
    ("expected to fail", "OK", "1..1\nnot ok 1 - a # TODO later\n", True,
     (0, 0, 1)),
    ("died after a pass", "FAIL", "1..2\nok 1 - a\n", True, (1, 1, 0)),
    ("hung", "TIMEOUT", "", True, (0, 1, 0)),
    ("plan not kept", "ERROR", "1..3\nok 1 - a\n", True, (1, 1, 0)),
    ("a name with a number sign", "OK", "1..1\nok 1 - C#12 a\n", True,
     (1, 0, 0)),
    ("subtests count once", "OK", "1..1\n    ok 1 - x\nok 1 - a\n", True,
     (1, 0, 0)),
    ("no TAP, good", "OK", "ok 1 - not mine\nok 2 - nor this\n", False,
     (1, 0, 0)),
    ("no TAP, bad", "FAIL", "not ok 1 - not mine\n", False, (0, 1, 0)),
    ("no TAP, skipped", "SKIP", "", False, (0, 0, 1)),
]

TABLES = [
    "ok 1\n# table: a | all | 1000 runs of 2 | \n# table: b | some | none | 1/2\n",
    "# table: a | all | 234 runs of 1 | 3/3\n", "# table: a | | 5 states | 2/2\n",
    "# table: c | lines | 98.5 % of 20 lines | \n",
]
ROWS = [("a", "all", "1,234 runs of 3; 5 states", "5/5"), ("b", "some", "none", "1/2"),
        ("c", "lines", "98.5 % of 20 lines", "")]


def main():
    failed = 0
    print(f"1..{len(CASES) + 2}")
    for number, (name, result, output, is_tap, expected) in enumerate(CASES, 1):
        record = {"duration": 0, "result": result, "stdout": output}
        tally, _ = RUN_TESTS.count(record, is_tap)
        got = (tally.passed, tally.failed, tally.skipped)
        failed += got != expected
        print(f"{'ok' if got == expected else 'not ok'} {number} - {name}")
        if got != expected:
            print(f"# expected {expected}, got {got}")
    rows = list(RUN_TESTS.table_of(TABLES))
    failed += rows != ROWS
    print(f"{'ok' if rows == ROWS else 'not ok'} {len(CASES) + 1} - rows of one checker"
          " are one row")
    if rows != ROWS:
        print(f"# expected {ROWS}, got {rows}")
    RUN_TESTS.build = lambda config, werror: None if config == "b" else 1.0
    builds = list(RUN_TESTS.built(["a", "b", "c"], "false"))
    good = builds == [("a", 1.0), ("b", None), ("c", 1.0)]
    failed += not good
    print(f"{'ok' if good else 'not ok'} {len(CASES) + 2} - what does not build is told,"
          " and the next is built")
    if not good:
        print(f"# got {builds}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
