#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""embedded.py SOURCE LIBRARY: a program that has core/ and a port under names of its own
links libevfd.a, too, and both count. Under their plain names it cannot. TAP."""
import pathlib
import subprocess
import sys
import tempfile

import faulty

SOURCE, LIBRARY = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
OWN = ("any", "calls", "counter", "mutex", "registry", "watch", "cell_x86_64")
PORT = ("futex", "patience", "posix")


def build(folder, prefix):
    """What the linker says, and the program."""
    names = pathlib.Path(folder) / "names.h"
    names.write_text((SOURCE / "lib/rename.h").read_text().replace("evfd_core_", prefix))
    program = SOURCE / "lib/tests/embedded"
    sources = [*(SOURCE / f"core/{name}.c" for name in OWN),
               *(SOURCE / f"port/posix/{name}.c" for name in PORT), program / "own.c"]
    subprocess.run(["cc", "-std=gnu11", "-c", "-include", names, f"-I{SOURCE}/include",
                    f"-I{SOURCE}", *sources], cwd=folder, check=True)
    objects = sorted(pathlib.Path(folder).glob("*.o"))
    out = pathlib.Path(folder) / "program"
    return faulty.run("cc", "-std=c11", f"-I{SOURCE}/lib", program / "program.c", *objects,
                      LIBRARY, "-o", out, "-pthread"), out


def main():
    with tempfile.TemporaryDirectory() as folder:
        linked, program = build(folder, "own_")
        ran = faulty.run(program) if linked.returncode == 0 else linked
    with tempfile.TemporaryDirectory() as folder:
        plain, _ = build(folder, "evfd_")
    results = (("under names of its own: links and counts", ran.returncode == 0, ran),
               ("broken twin: under core's own names",
                "multiple definition of `evfd_" in plain.stdout, plain))
    print(f"1..{len(results)}")
    for number, (what, is_good, done) in enumerate(results, 1):
        print(f"{'ok' if is_good else 'not ok'} {number} - {what}")
        if not is_good:
            print("# " + done.stdout.strip().replace("\n", "\n# "))
    return not all(is_good for _, is_good, _ in results)


sys.exit(main())
