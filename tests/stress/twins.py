#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build each broken twin of core/ (mutants.py) and see the stress test fail on it.

twins.py ROOT [NAME ...]

TAP. A twin that survives means that the stress test could not find that fault.
"""
import pathlib
import subprocess
import sys
import tempfile

SECONDS, HANG_SECONDS = "60", "8"


def build(root, core, out):
    sources = [core / f for f in ("counter.c", "registry.c", "calls.c", "any.c",
                                  "watch.c", "mutex.c", "cell_x86_64.c")]
    sources += [root / f"port/posix/{f}.c" for f in ("futex", "patience", "posix")]
    sources += [root / "tests/stress/stress.c"]
    # The test includes core/registry.h: that of the twin.
    subprocess.run(["gcc", "-std=gnu11", "-O2", f"-I{core.parent}", f"-I{root}/include",
                    f"-I{root}", "-include", str(root / "tests/stress/delay.h"),
                    *map(str, sources), "-o", str(out), "-lpthread",
                    "-Wl,--wrap=evfd_cell_cas"], check=True)


def main(argv):
    root = pathlib.Path(argv[1]).resolve()
    mutants = root / "tests/stress/mutants.py"
    names = argv[2:] or subprocess.run([str(mutants), "list"], check=True, text=True,
                                       capture_output=True).stdout.split()
    failed = 0
    print(f"1..{len(names)}", flush=True)
    for number, name in enumerate(names, 1):
        with tempfile.TemporaryDirectory() as folder:
            core = pathlib.Path(folder) / "core"
            subprocess.run([str(mutants), "apply", name, str(root / "core"), str(core)],
                           check=True)
            out = pathlib.Path(folder) / "stress"
            build(root, core, out)
            run = subprocess.run([str(out), SECONDS, "1", HANG_SECONDS], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        caught = run.returncode != 0
        failed += not caught
        print(f"{'ok' if caught else 'not ok'} {number} - twin {name} is caught")
        print("# " + run.stdout.strip().replace("\n", "\n# "), flush=True)
    print(f"# table: stress | | | {len(names) - failed}/{len(names)}")
    return 1 if failed else 0


sys.exit(main(sys.argv))
