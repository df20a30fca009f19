#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""without_uring.py SOURCE: where the io_uring headers are missing all of the library, its
headers and its examples compile, but evfd/uring.h and who includes it. TAP."""
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1]).resolve()
HIDDEN = ("liburing.h", "linux/io_uring.h")
MISSING = "hidden by without_uring.py"
# The loops, and what pkg-config calls them; libev has no such file.
LOOPS = {"ev": None, "event": "libevent_core", "glib": "glib-2.0", "sd-event": "libsystemd",
         "uv": "libuv"}
# Another system's, and other machines'.
OTHERS = {"doorbell_kqueue.c", "cell_aarch64.c", "cell_s390x.c", "cell_x86_64.c"}


def flags_of(path):
    """What the loop of this file wants, or None if it is not installed."""
    if path.stem not in LOOPS or path.parts[-2] not in ("evfd", "examples"):
        return []
    package = LOOPS[path.stem]
    if not package:
        has = subprocess.run(["cc", "-E", "-xc", "-"], input="#include <ev.h>", text=True,
                             capture_output=True)
        return [] if has.returncode == 0 else None
    found = subprocess.run(["pkg-config", "--cflags", package], text=True, capture_output=True)
    return found.stdout.split() if found.returncode == 0 else None


def compile_hidden(path, flags, folder):
    include = [f"-I{d}" for d in (folder, SOURCE / "lib", SOURCE, SOURCE / "include")]
    is_below = path.parts[-2] in ("core", "posix", "lib") and path.suffix == ".c"
    rename = ["-include", SOURCE / "lib/rename.h"] if is_below else []
    return subprocess.run(["cc", "-std=gnu11", "-xc", "-fsyntax-only", *include, *flags,
                           *rename, path], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def main():
    paths = [path for pattern in ("core/*.c", "port/posix/*.c", "lib/*.c", "lib/evfd.h",
                                  "lib/evfd/*.h", "examples/*.c")
             for path in sorted(SOURCE.glob(pattern)) if path.name not in OTHERS]
    failed = 0
    print(f"1..{len(paths)}")
    with tempfile.TemporaryDirectory() as folder:
        for name in HIDDEN:
            header = pathlib.Path(folder) / name
            header.parent.mkdir(exist_ok=True)
            header.write_text(f"#error {MISSING}\n")
        for number, path in enumerate(paths, 1):
            name = path.relative_to(SOURCE)
            flags = flags_of(path)
            if flags is None:
                print(f"ok {number} - {name} # SKIP its loop is not installed")
                continue
            run = compile_hidden(path, flags, folder)
            if path.stem == "uring":  # the twin: what is hidden is missed
                is_right, what = MISSING in run.stdout, "is refused"
            else:
                is_right, what = run.returncode == 0, "compiles"
            failed += not is_right
            print(f"{'ok' if is_right else 'not ok'} {number} - {name} {what}")
            if not is_right:
                print("# " + run.stdout.strip().replace("\n", "\n# "))
    return failed != 0


sys.exit(main())
