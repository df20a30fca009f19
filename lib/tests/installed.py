#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""installed.py SOURCE BUILD: install, then build and run against what was installed.
installed.py --debian SOURCE: the same with the Debian packages, built and unpacked.

C11, C17 and C++17, shared and static, by pkg-config and by CMake; and what the
libraries export. Broken installations must be refused. TAP.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser()
parser.add_argument("--debian", action="store_true")
parser.add_argument("source", type=pathlib.Path)
parser.add_argument("build", type=pathlib.Path, nargs="?")
ARGUMENTS = parser.parse_args()
SOURCE = ARGUMENTS.source.resolve()
PROGRAMS = SOURCE / "lib/tests/installed"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

cases = []


def case(function):
    cases.append(function)
    return function


def run(*command, env=None, cwd=None):
    done = subprocess.run([str(c) for c in command], text=True, timeout=900, cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **(env or {})})
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}:\n{done.stdout}")
    return done.stdout


class Place:
    """Where it was installed."""

    def __init__(self, root):
        self.root = root
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


    def without(self, root, pattern):
        """A copy that lacks a file."""
        shutil.copytree(self.root, root, symlinks=True)
        found = list(root.rglob(pattern))
        assert len(found) == 1, found
        found[0].unlink()
        return Place(root)

    def hiding(self, root, name):
        """A copy whose shared library does not export a name."""
        shutil.copytree(self.root, root, symlinks=True)
        copy = Place(root)
        script = root / "map"
        script.write_text((SOURCE / "lib/libevfd.map").read_text().replace(
            f"\t{name};\n", ""))
        run("cc", "-shared", "-pthread", "-Wl,-soname,libevfd.so.0",
            f"-Wl,--version-script,{script}", "-o", (copy.lib / "libevfd.so").resolve(),
            "-Wl,--whole-archive", copy.lib / "libevfd.a", "-Wl,--no-whole-archive")
        return copy


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
    return case(check)


shared = by_pkg_config("cc", "c11", "program.c", False)
static = by_pkg_config("cc", "c11", "program.c", True)
for kind in (False, True):
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


# What is broken, how, which case must say what.
TWINS = (
    ("no evfd.h", lambda place, root: place.without(root, "evfd.h"),
     shared, r"evfd\.h: No such file"),
    ("no libevfd.a", lambda place, root: place.without(root, "libevfd.a"),
     static, r"libevfd\.a: No such file"),
    ("no evfdConfig.cmake", lambda place, root: place.without(root, "evfdConfig.cmake"),
     by_cmake, r"evfdConfig\.cmake"),
    ("evfd_read is not exported", lambda place, root: place.hiding(root, "evfd_read"),
     shared, r"undefined reference to `evfd_read'"),
    # No program here calls it.
    ("evfd_live is not exported", lambda place, root: place.hiding(root, "evfd_live"),
     symbols_shared, r"evfd_live"),
)


def complaint(check, place):
    try:
        check(place)
    except AssertionError as error:
        return str(error)
    return ""


def debian_packages(folder):
    """Build the packages; {name: file}."""
    tree = folder / "evfd"
    tree.mkdir()
    files = run("git", "-C", SOURCE, "ls-files", "-z", "--cached", "--others",
                "--exclude-standard").split("\0")
    for name in files:
        if name and (SOURCE / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / name, tree / name)
    run("dpkg-buildpackage", "-us", "-uc", "-b", cwd=tree)
    return {deb.name.split("_")[0]: deb for deb in folder.glob("*.deb")}


def debian(folder, root):
    """Unpack the packages; check of them what is not in what they install."""
    packages = debian_packages(folder)
    for name in ("libevfd0", "libevfd-dev", "evfd-conformance"):
        run("dpkg-deb", "-x", packages[name], root)
    version = run("dpkg-deb", "-f", packages["libevfd0"], "Version").strip()

    @case
    def versions(place):
        """the packages, pkg-config and Meson agree on the version"""
        assert f"version: '{version}'" in (SOURCE / "meson.build").read_text(), version
        assert place.flags("--modversion") == [version]

    @case
    def lintian(place):
        """lintian finds nothing"""
        run("lintian", "--fail-on", "error,warning", "--allow-root",
            *(packages[name] for name in sorted(packages)))

    @case
    def program(place):
        """evfd-conformance is installed with its page, and runs"""
        said = run(place.root / "usr/bin/evfd-conformance", "--only", "C7")
        assert ", 0 failed" in said, said
        assert (place.root / "usr/share/man/man1/evfd-conformance.1.gz").exists()


def main():
    failed = number = 0

    def verdict(is_good, name, why=""):
        nonlocal failed, number
        number += 1
        failed += not is_good
        print(f"{'ok' if is_good else 'not ok'} {number} - {name}", flush=True)
        if not is_good:
            print("# " + str(why).replace("\n", "\n# "), flush=True)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        root = folder / "root"
        root.mkdir()
        if ARGUMENTS.debian:
            debian(folder, root)
        else:
            run("meson", "install", "-C", ARGUMENTS.build, "--no-rebuild",
                "--destdir", root)
        place = Place(root)
        if not shutil.which("cmake"):
            cases.remove(by_cmake)
            verdict(True, f"{by_cmake.__doc__} # SKIP no cmake")
        for check in cases:
            why = complaint(check, place)
            verdict(not why, check.__doc__, why)
        for what, breakage, check, expected in TWINS:
            if check not in cases:
                continue
            why = complaint(check, breakage(place, folder / "twin"))
            verdict(re.search(expected, why), f"broken twin: {what}",
                    why or "nothing failed")
            shutil.rmtree(folder / "twin")
    print(f"1..{number}")
    return 1 if failed else 0


sys.exit(main())
