#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The crowd under helgrind, and broken twins of core/: each must be seen to.

crowd.py ROOT

TAP. helgrind.h tells the tool what the atomics order. The twins with a weaker order are
for the tool, the others for the crowd itself.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import hosted  # noqa: E402

CORE = ("any", "calls", "counter", "mutex", "registry", "watch")
PORT = ("posix", "patience", "cell_lock", "futex")
SECONDS, STEPS, HANG_SECONDS = "20", "20", "240"
RACE = 9  # helgrind's exit status when it has something to say

# name: file, text, what stands there instead
RACES = {
    "a cell whose lock releases nothing": (
        "cell_lock.c", "store_rel(lock_of(cell), 0)", "store_rlx(lock_of(cell), 0)"),
    "a lock that releases nothing": ("mutex.c", "\tif (swap_ar(m, 0) == 2)",
                                     "\tif (__atomic_exchange_n(m, 0, __ATOMIC_RELAXED) == 2)"),
    "a list changed without its lock": (
        "counter.c", "\tevfd_watchlist_lock(&o->watches);\n"
        "\tready = mark_watched(o, generation, true);\n"
        "\tif (ready >= 0) {\n\t\tw->events = events;\n\t\tif (!w->next)\n"
        "\t\t\tevfd_watchlist_insert(&o->watches, w);\n\t}\n"
        "\tevfd_watchlist_unlock(&o->watches);\n",
        "\tready = mark_watched(o, generation, true);\n"
        "\tif (ready >= 0) {\n\t\tw->events = events;\n\t\tif (!w->next)\n"
        "\t\t\tevfd_watchlist_insert(&o->watches, w);\n\t}\n"),
}
# of mutants.py
HANGS = ["no-recheck", "close-forgets", "not-conserved", "no-pin"]


def build(root, tree, out, header, cell):
    sources = [tree / f"core/{f}.c" for f in (*CORE, cell)]
    sources += [root / f"port/posix/{f}.c" for f in PORT]
    subprocess.run(["gcc", "-std=gnu11", "-O1", "-g", f"-I{tree}", f"-I{root}/include",
                    f"-I{root}", "-include", str(root / "tests/stress" / header),
                    str(root / "tests/stress/crowd.c"), *map(str, sources),
                    "-o", str(out), "-lpthread"], check=True)


def run(*command):
    return subprocess.run([str(x) for x in command], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def helgrind(program):
    return run("valgrind", "--tool=helgrind", f"--error-exitcode={RACE}",
               "--fair-sched=try", "-q", program, "10", "1", STEPS, HANG_SECONDS)


def main(argv):
    root = pathlib.Path(argv[1]).resolve()
    twins = len(RACES) + len(HANGS)
    results = []

    def say(good, what, output):
        results.append(good)
        print(f"{'ok' if good else 'not ok'} {len(results)} - {what}")
        print("# " + output.strip().replace("\n", "\n# "), flush=True)

    print(f"1..{1 + twins}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        build(root, root, folder / "sound", "helgrind.h", "cell_lock")
        sound = helgrind(folder / "sound")
        say(sound.returncode == 0, "helgrind has nothing to say", sound.stdout)
        for number, (name, (file, old, new)) in enumerate(RACES.items()):
            tree = folder / f"race{number}"
            shutil.copytree(root / "core", tree / "core")
            hosted.plant(tree / "core" / file, old, new)
            build(root, tree, tree / "crowd", "helgrind.h", "cell_lock")
            seen = helgrind(tree / "crowd")
            say(seen.returncode != 0 and "data race" in seen.stdout,
                f"twin is a race: {name}", seen.stdout[:2000])
        for name in HANGS:
            tree = folder / name
            subprocess.run([root / "tests/stress/mutants.py", "apply", name,
                            root / "core", tree / "core"], check=True)
            build(root, tree, tree / "crowd", "delay.h", "cell_x86_64")
            seen = run(tree / "crowd", SECONDS, "1", "60", "8")
            say(seen.returncode == 1, f"twin fails: {name}", seen.stdout)
    calls = re.search(r"(\d+) calls", sound.stdout)
    print(f"# table: stress of a crowd | | {calls[1] if calls else 0} of them under helgrind |"
          f" {sum(results[1:])}/{twins}")
    return 0 if all(results) else 1


sys.exit(main(sys.argv))
