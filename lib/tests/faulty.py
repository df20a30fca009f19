# SPDX-License-Identifier: MIT
"""The library, compiled with one fault: for the broken twins of what checks it."""
import pathlib
import shutil
import subprocess

NOT_HERE = {"park.c", "cell_lock.c", "cell_aarch64.c", "cell_s390x.c"}
OTHERS = {"doorbell_pipe.c", "doorbell_kqueue.c", "shared_none.c"}


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
