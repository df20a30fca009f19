# SPDX-License-Identifier: MIT
"""The library with one fault, and the verdict on who must see it: for broken twins."""
import pathlib
import shutil
import subprocess

NOT_HERE = {"park.c", "cell_lock.c", "cell_aarch64.c", "cell_s390x.c"}
OTHERS = {"doorbell_pipe.c", "doorbell_kqueue.c", "shared_none.c"}


def run(*command, **options):
    """What it says and how it ends."""
    return subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)


def complains(ran, of):
    """Does this TAP have a test that is not ok and whose line ends with `of`?"""
    return any(line.startswith("not ok") and line.endswith(of)
               for line in ran.stdout.splitlines())


def judge(twins, see):
    """TAP: see(*twin), without what the twin is called, returns whether it was caught and
    what was run. Returns how many were."""
    caught = 0
    print(f"1..{len(twins)}", flush=True)
    for number, (what, *twin) in enumerate(twins, 1):
        is_caught, ran = see(*twin)
        caught += bool(is_caught)
        print(f"{'ok' if is_caught else 'not ok'} {number} - twin is caught: {what}")
        print("# " + ran.stdout.strip().replace("\n", "\n# "), flush=True)
    return caught


class Library:
    """A copy of the sources in `folder`, and its objects."""

    def __init__(self, source, folder, flags=("-O2",)):
        self.root = pathlib.Path(folder)
        self.flags = flags
        for part in ("core", "include", "port/posix", "lib"):
            shutil.copytree(source / part, self.root / part,
                            ignore=shutil.ignore_patterns("tests", "twins"))
        self.sources = sorted(f for f in (self.root / "core").glob("*.c")
                              if f.name not in NOT_HERE)
        self.sources += [self.root / "port/posix" / f for f in ("futex.c", "patience.c", "posix.c")]
        self.sources += sorted(f for f in (self.root / "lib").glob("*.c")
                               if f.name not in OTHERS)
        self.include = [f"-I{self.root / d}" for d in ("lib", ".", "include")]

    def objects(self, suffix=".o", of=None):
        """Compile all sources, or those of `of`; return all objects of that suffix."""
        for source in of or self.sources:
            subprocess.run(["cc", "-std=gnu11", "-fPIC", "-pthread", *self.flags, *self.include,
                            "-include", self.root / "lib/rename.h", "-c", source,
                            "-o", source.with_suffix(suffix)], check=True)
        return [source.with_suffix(suffix if not of or source in of else ".o")
                for source in self.sources]

    def broken(self, name, line, instead):
        """The objects with `instead` in place of `line` in one file; it is whole again after."""
        path = self.root / name
        whole = path.read_text()
        assert whole.count(line) == 1, f"{name}: not there once: {line}"
        path.write_text(whole.replace(line, instead))
        try:
            return self.objects(".broken.o", self.sources if path.suffix == ".h" else [path])
        finally:
            path.write_text(whole)
