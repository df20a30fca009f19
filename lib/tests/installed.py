#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""installed.py SOURCE BUILD: install, then build and run against what was installed.

C11, C17 and C++17, shared and static, by pkg-config and by CMake; and what the
libraries export. TAP.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = map(pathlib.Path, sys.argv[1:3])
PROGRAMS = SOURCE / "lib/tests/installed"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

cases = []


def case(function):
    cases.append(function)
    return function


def run(*command, env=None):
    done = subprocess.run([str(c) for c in command], text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **(env or {})})
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}:\n{done.stdout}")
    return done.stdout


class Place:
    """Where it was installed."""

    def __init__(self, root):
        self.root = root
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root)
        found = list(root.rglob("evfd.pc"))
        assert len(found) == 1, found
        self.pc = found[0].parent
        self.lib = self.pc.parent

    def flags(self, *options):
        return run("pkg-config", *options, "evfd", env={
            "PKG_CONFIG_PATH": str(self.pc), "PKG_CONFIG_SYSROOT_DIR": str(self.root)}
        ).split()

    def try_program(self, compiler, standard, name, is_static):
        """Build by pkg-config and run; what it links is looked at, too."""
        out = self.root / "program"
        libs = self.flags("--libs", *(["--static"] if is_static else []))
        if is_static:
            libs = [str(self.lib / "libevfd.a") if l == "-levfd" else l for l in libs]
        run(compiler, f"-std={standard}", *STRICT, *self.flags("--cflags"),
            PROGRAMS / name, "-o", out, *libs, "-pthread")
        run(out, env={"LD_LIBRARY_PATH": str(self.lib)})
        needed = re.findall(r"NEEDED.*\[(libevfd[^\]]*)\]", run("readelf", "-d", out))
        assert needed == ([] if is_static else ["libevfd.so.0"]), needed


def names(*command):
    return {line.split()[0].split("@")[0] for line in run("nm", "-P", *command).splitlines()
            if len(line.split()) > 1 and line.split()[1] in "TDBRVWu"}


@case
def symbols_shared(place):
    """the shared library exports what evfd.h declares, and nothing else"""
    declared = set(re.findall(r"^EVFD_API[^;(]*?\b(evfd_\w+)\(",
                              (PROGRAMS / "../../evfd.h").read_text(), re.M))
    exported = names("-D", "--defined-only", place.lib / "libevfd.so")
    assert len(declared) > 20 and exported == declared, exported ^ declared


@case
def symbols_static(place):
    """the static library has no name of core/ or port/ that an embedder may have"""
    every = {n for n in names("-g", "--defined-only", place.lib / "libevfd.a")
             if not n.endswith("]:")}
    declared = names("-D", "--defined-only", place.lib / "libevfd.so")
    strange = {n for n in every - declared if not re.match(r"evfd_(core|lib)_", n)}
    assert not strange, strange


def by_pkg_config(compiler, standard, name, is_static):
    def check(place):
        place.try_program(compiler, standard, name, is_static)
    check.__doc__ = (f"{standard}, {'static' if is_static else 'shared'}, {compiler}, "
                     f"{name}, by pkg-config")
    cases.append(check)


for kind in (False, True):
    by_pkg_config("cc", "c11", "program.c", kind)
    by_pkg_config("cc", "c17", "program.c", kind)
    by_pkg_config("c++", "c++17", "program.cpp", kind)
by_pkg_config("c++", "c++17", "program.c", False)


@case
def by_cmake(place):
    """C and C++, shared and static, by CMake"""
    build = place.root / "cmake"
    # Named outright: not every libdir that Meson chooses is one that CMake searches.
    run("cmake", "-S", PROGRAMS, "-B", build, f"-Devfd_DIR={place.lib}/cmake/evfd")
    run("cmake", "--build", build)
    for name in ("c_evfd", "c_evfd_static", "cxx_evfd", "cxx_evfd_static"):
        run(build / name)


def main():
    failed = 0
    print(f"1..{len(cases)}")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(pathlib.Path(folder))
        for number, check in enumerate(cases, 1):
            if check is by_cmake and not shutil.which("cmake"):
                print(f"ok {number} - {check.__doc__} # SKIP no cmake")
                continue
            try:
                check(place)
                print(f"ok {number} - {check.__doc__}", flush=True)
            except AssertionError as error:
                failed += 1
                print(f"not ok {number} - {check.__doc__}")
                print("# " + str(error).replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


sys.exit(main())
