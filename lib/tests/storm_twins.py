#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""storm_twins.py SOURCE: build the library with one fault each; the storm must see it. TAP."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1]).resolve()
POSTS, STRIDE = "20000", "3"
EXACT, ARMED = "2", "5"  # kinds of storm.c

# what, in which kind, file, the line, and what stands there instead
TWINS = [
    ("nobody looks at the count again", EXACT, "descriptor.c",
     "} while (now != state);", "} while (0);"),
    ("a call waits until its edge was delivered", EXACT, "calls.c",
     "EVFD_NOTIFY_ANY,", "EVFD_NOTIFY_THREAD,"),
    ("a loop arms without looking again", ARMED, "descriptor.c",
     "ready = evfd_core_readiness(evfd_lib_registry(), h); /* A2 */", "ready = EVFD_OUT;"),
    ("the doorbell leaves its errno behind", EXACT, "doorbell_eventfd.c",
     "n = 0;\n\terrno = saved;", "n = 0;\n\t(void)saved;"),
    ("making a descriptor does not look at the count", EXACT, "descriptor.c",
     "else if (!(flags & EVFD_ARMED) && result != EVFD_OUT)", "else if (0)"),
]


def build(lib, out):
    below = [SOURCE / "core" / f for f in (
        "any.c", "calls.c", "counter.c", "mutex.c", "registry.c", "watch.c", "cell_x86_64.c")]
    below += [SOURCE / "port/posix" / f for f in ("futex.c", "posix.c")]
    own = [lib / f for f in ("calls.c", "deadline.c", "descriptor.c", "doorbell_eventfd.c",
                             "errno.c", "registry.c")]
    include = [f"-I{d}" for d in (lib, SOURCE, SOURCE / "include")]
    objects = []
    for source in below + own:
        objects.append(out.parent / f"{source.parent.name}-{source.name}.o")
        subprocess.run(["cc", "-std=gnu11", "-O2", *include, "-include", lib / "rename.h",
                        "-c", source, "-o", objects[-1]], check=True)
    subprocess.run(["cc", "-std=gnu11", "-O2", *include, SOURCE / "lib/tests/storm.c",
                    *objects, "-o", out, "-pthread"], check=True)


def main():
    failed = 0
    print(f"1..{len(TWINS)}", flush=True)
    for number, (what, kind, name, line, instead) in enumerate(TWINS, 1):
        with tempfile.TemporaryDirectory() as folder:
            lib = pathlib.Path(folder) / "lib"
            shutil.copytree(SOURCE / "lib", lib)
            text = (lib / name).read_text()
            assert text.count(line) == 1, f"{name}: not there once: {line}"
            (lib / name).write_text(text.replace(line, instead))
            build(lib, pathlib.Path(folder) / "storm")
            run = subprocess.run([pathlib.Path(folder) / "storm", POSTS, STRIDE, kind], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        caught = run.returncode != 0
        failed += not caught
        print(f"{'ok' if caught else 'not ok'} {number} - twin is caught: {what}")
        print("# " + run.stdout.strip().replace("\n", "\n# "), flush=True)
    return failed != 0


sys.exit(main())
