#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build each broken twin of core/ and vfs/ and see the fuzzer find the difference.

twins.py ROOT [NAME ...]

TAP. A fault whose text is no longer in the source is an error: the twin has to
be rewritten together with the code that it breaks.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import hosted  # noqa: E402

CALLS = "4000000"

TWINS = {
    # the count 2^64-2 still takes a 1
    "fits-one-more": ("core/word.h", "value < UINT64_MAX - w.count",
                      "value <= UINT64_MAX - w.count"),
    # semaphore mode drains
    "semaphore-drains": ("core/word.h", "w.ctl & EVFD_WORD_SEMAPHORE ? 1 : UINT64_MAX",
                         "UINT64_MAX"),
    # OUT at the largest count
    "out-at-max": ("core/word.h", "w.count < EVFD_MAX ? EVFD_OUT", "w.count <= EVFD_MAX ? EVFD_OUT"),
    # an item that is added when ready goes before those that were ready earlier
    "order": ("vfs/epoll.c", "\ttake_incoming(ep);\n\tif (enqueue(&ep->ready, item, append))",
              "\tif (enqueue(&ep->ready, item, append))"),
    # edge-triggered items are reported until drained
    "edge-is-level": ("vfs/epoll.c", "!(item->events & ABI_EPOLLET)", "true"),
    # a one-shot fires again
    "twice-shot": ("vfs/epoll.c", "is_oneshot ? DISARMED : 0", "0"),
    # close-on-exec goes with a duplicate
    "dup-cloexec": ("vfs/syscall.c", "return dup_from(p, (int)a[0], 0, false);",
                    "return dup_from(p, (int)a[0], 0, true);"),
    # a bad size is found only after a bad value
    "late-size": ("vfs/vnode_eventfd.c",
                  "size > sizeof(value) && !node->is_veridian", "false"),
    # the lowest free number is not looked for
    "not-lowest": ("vfs/fdtable.c", "\t\tif (fd < p->lowest)\n\t\t\tp->lowest = fd;\n", ""),
    # an epoll that is reached in two ways is taken for a loop
    "diamond-is-loop": ("vfs/epoll.c", "if (ep->nest_mark == search)\n\t\treturn ep->nest_depth;\n\tevfd_mutex_lock(&ep->mutex);",
                    "if (ep->nest_mark == search)\n\t\treturn EVFD_ELOOP;\n\tevfd_mutex_lock(&ep->mutex);"),
}


def build(root, out):
    sources = hosted.sources(root)
    sources += [f"tests/fuzz/{f}.c" for f in ("calls", "fuzz", "run", "text")]
    subprocess.run(["gcc", "-std=gnu11", "-O1", "-Iinclude", "-I.", *sources,
                    "-o", str(out), "-lpthread"], cwd=root, check=True)


def copy(root, folder, fault):
    for part in ("core", "vfs", "port", "include", "tests/fuzz"):
        shutil.copytree(root / part, folder / part)
    file, old, new = fault
    hosted.plant(folder / file, old, new)


def main(argv):
    root = pathlib.Path(argv[1]).resolve()
    names = argv[2:] or list(TWINS)
    failed = 0
    print(f"1..{len(names)}", flush=True)
    for number, name in enumerate(names, 1):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            copy(root, folder, TWINS[name])
            build(folder, folder / "fuzz")
            run = subprocess.run([folder / "fuzz", "random", "1", CALLS, "2"], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        caught = run.returncode == 1
        failed += not caught
        print(f"{'ok' if caught else 'not ok'} {number} - twin {name} is caught")
        print("# " + run.stdout.strip().replace("\n", "\n# "), flush=True)
    print(f"# table: differential fuzzing | | | {len(names) - failed}/{len(names)}")
    return 1 if failed else 0


sys.exit(main(sys.argv))
