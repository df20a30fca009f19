#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Check the models exhaustively with spin; each broken twin must be found.

run.py [--all]      TAP. Without --all a subset that takes seconds.
"""
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# model, macros of the sound configurations (product), twins: number, name, macros
MODELS = [
    ("waiting.pml",
     dict(SEM=(0, 1), LAST=(0, 1, 2), CLOSER=(0, 1), FULL=(0, 1)),
     [(1, "a leaver forgets that it was claimed", dict(SEM=1, LAST=1, CLOSER=0, FULL=0)),
      (2, "a reader registers without looking again", dict(SEM=0, LAST=0, CLOSER=0, FULL=0)),
      (3, "a leaver does not look for the token whose wake was spent on it", dict(SEM=1, LAST=1, CLOSER=0, FULL=0)),
      (4, "a failing reader does not pass its claim on", dict(SEM=0, LAST=2, CLOSER=0, FULL=0)),
      (5, "the bell is read after registering", dict(SEM=1, LAST=0, CLOSER=0, FULL=1)),
      (6, "close claims nobody", dict(SEM=0, LAST=0, CLOSER=1, FULL=0))]),
    ("watch.pml", dict(MAKERS=(2, 3)),
     [(1, "the holder lets go without looking", dict(MAKERS=2)),
      (2, "an edge that finds the list held is dropped", dict(MAKERS=2))]),
    ("park.pml", dict(LEAVERS=(0, 1)),
     [(1, "the word is compared before the lock is taken", dict(LEAVERS=0)),
      (2, "a leaver stays in the queue", dict(LEAVERS=1)),
      (3, "a sleeper looks whether it was woken without the lock", dict(LEAVERS=0)),
      (4, "the waker lets go before it unblocks", dict(LEAVERS=1))]),
    ("pins.pml", dict(VISITORS=(1, 2)),
     [(1, "the closer frees although somebody is inside", dict(VISITORS=1)),
      (2, "last to leave and closer both free", dict(VISITORS=1))]),
    ("../../lib/model/descriptor.pml", dict(MODE=(0, 1), WRITERS=(1, 2), READERS=(1, 2)),
     [(1, "nobody looks again", dict(MODE=0, WRITERS=1, READERS=1)),
      (2, "a reader does not look again", dict(MODE=1, WRITERS=1, READERS=1)),
      (3, "a writer does not look again", dict(MODE=0, WRITERS=1, READERS=1))]),
    ("../../lib/model/descriptor.pml", dict(MODE=(0, 1, 2), WRITERS=(1, 2), READERS=(0,)),
     [(4, "a loop arms without looking again", dict(MODE=2, WRITERS=1, READERS=0))]),
    ("../../lib/model/set.pml", dict(MOVES=(0,), WRITERS=(1, 2), WRITES=(2,), THIEF=(0, 1)),
     [(1, "a loop gives a token back without looking again",
       dict(MOVES=0, WRITERS=1, WRITES=2, THIEF=0)),
      (2, "a loop sleeps without looking at its list",
       dict(MOVES=0, WRITERS=1, WRITES=2, THIEF=0)),
      (3, "who comes with nothing keeps his token",
       dict(MOVES=0, WRITERS=2, WRITES=2, THIEF=0)),
      (6, "the token is looked at, then taken", dict(MOVES=0, WRITERS=2, WRITES=2, THIEF=0))]),
    ("../../lib/model/set.pml", dict(MOVES=(1,), WRITERS=(1,), WRITES=(1, 2), THIEF=(0,)),
     [(4, "who removes takes a token that a writer has",
       dict(MOVES=1, WRITERS=1, WRITES=1, THIEF=0)),
      (5, "who joins is not looked at", dict(MOVES=1, WRITERS=1, WRITES=1, THIEF=0))]),
    ("../../lib/model/shared.pml", dict(WAKERS=(1, 2), SLEEPERS=(1,), DEATHS=(0, 2)),
     [(1, "the change comes before the wake", dict(WAKERS=1, SLEEPERS=1, DEATHS=1)),
      (3, "the bell is read after registering", dict(WAKERS=1, SLEEPERS=1, DEATHS=0)),
      (4, "who was called waits for the change without end",
       dict(WAKERS=1, SLEEPERS=1, DEATHS=1))]),
    ("../../lib/model/shared.pml", dict(WAKERS=(1,), SLEEPERS=(2,), DEATHS=(0, 2)),
     [(2, "a sleeper who finds the mark set leaves the word alone",
       dict(WAKERS=1, SLEEPERS=2, DEATHS=1)),
      (5, "one is woken, and may be dead", dict(WAKERS=1, SLEEPERS=2, DEATHS=1))]),
]


def check(model, macros, level):
    """(has errors, states); level: how much the compiler is to optimize the search"""
    defines = [f"-D{k}={v}" for k, v in macros.items()]
    with tempfile.TemporaryDirectory() as folder:
        def run(*command):
            return subprocess.run(command, cwd=folder, text=True, capture_output=True)
        made = run("spin", *defines, "-a", str(HERE / model))
        if made.returncode:
            sys.exit(f"run.py: spin refuses {model}: {made.stdout}{made.stderr}")
        made = run("cc", level, "-DSAFETY", "-DVECTORSZ=2048", "-DCOLLAPSE", "-o", "pan", "pan.c")
        if made.returncode:
            sys.exit(f"run.py: {model}: {made.stderr}")
        out = run("./pan", "-E", "-m1000000", "-w22").stdout
    errors = re.search(r"errors: (\d+)", out)
    states = re.search(r"(\d+(?:\.\d+)?(?:e\+\d+)?) states, stored", out)
    if not errors or not states or "max search depth too small" in out:
        sys.exit(f"run.py: {model} {defines}: not searched to the end:\n{out}")
    return int(errors[1]) > 0, int(float(states[1]))


def main():
    cases = []
    for model, space, twins in MODELS:
        rows = [dict(zip(space, values)) for values in itertools.product(*space.values())]
        if "--all" not in sys.argv:
            rows = rows[:1] + rows[-1:]
        cases += [(model, row, None) for row in rows]
        cases += [(model, dict(row, TWIN=n), name) for n, name, row in twins]
    failed = explored = found = 0
    print(f"1..{len(cases)}")
    for number, (model, macros, twin) in enumerate(cases, 1):
        # A short search has ended before a compiler has made it faster.
        is_long = "--all" in sys.argv and twin is None
        errors, states = check(model, macros, "-O2" if is_long else "-O0")
        good = errors == (twin is not None)
        failed += not good
        explored += 0 if twin else states
        found += good and twin is not None
        what = f"twin is found: {twin}" if twin else "holds " + " ".join(
            f"{k}={v}" for k, v in macros.items())
        print(f"{'ok' if good else 'not ok'} {number} - {model}: {what} ({states} states)",
              flush=True)
    twins = sum(twin is not None for _, _, twin in cases)
    print("# table: models | waiting, parking, watches, pins, descriptors, sets, shared counters in spin |"
          f" {explored} states in {len(cases) - twins} configurations, all there are |"
          f" {found}/{twins}")
    return 1 if failed else 0


sys.exit(main())
