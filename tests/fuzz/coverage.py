#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build the libFuzzer target with ASan and run it, guided by coverage.

coverage.py ROOT SECONDS [CORPUS]      TAP
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import hosted  # noqa: E402


def main(argv):
    root, seconds = pathlib.Path(argv[1]).resolve(), argv[2]
    sources = hosted.sources(root)
    sources += [f"tests/fuzz/{f}.c" for f in ("calls", "run", "target", "text")]
    print("1..1", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "target")
        subprocess.run(["clang", "-std=gnu11", "-O1", "-g", "-fsanitize=fuzzer,address",
                        "-Iinclude", "-I.", *sources, "-o", target, "-lpthread"],
                       cwd=root, check=True)
        corpus = argv[3] if len(argv) > 3 else os.path.join(folder, "corpus")
        os.makedirs(corpus, exist_ok=True)
        # Bad addresses are met by a handler of the port, not by the sanitizer's.
        run = subprocess.run([target, corpus, f"-max_total_time={seconds}", "-max_len=700",
                              "-handle_segv=0", "-handle_bus=0", "-print_final_stats=1",
                              # a symbolizer would take descriptors of programs
                              "-print_funcs=0",
                              f"-artifact_prefix={folder}/"],
                             text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
    executed = re.search(r"number_of_executed_units: (\d+)", run.stdout)
    covered = re.findall(r"cov: (\d+)", run.stdout)
    good = run.returncode == 0 and executed and int(executed[1]) > 0
    print(f"{'ok' if good else 'not ok'} 1 - coverage-guided, with ASan:"
          f" {executed[1] if executed else 0} programs,"
          f" {covered[-1] if covered else 0} edges")
    print("# table: coverage-guided fuzzing | the same, with ASan |"
          f" {executed[1] if executed else 0} programs,"
          f" {covered[-1] if covered else 0} edges |")
    if not good:
        print("# " + run.stdout[-4000:].replace("\n", "\n# "))
    return 0 if good else 1


sys.exit(main(sys.argv))
