#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""manual.py SOURCE: the manual pages, against mandoc, the header and a compiler. TAP."""
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1])
PAGES = sorted((SOURCE / "docs/man").glob("evfd*.[137]"))
# Of the system the linter knows only what is installed.
UNKNOWN = re.compile(r"referenced manual not found|outdated mandoc.db")


def lint(page, text):
    """mandoc finds nothing"""
    out = subprocess.run(["mandoc", "-T", "lint", page], text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT).stdout
    return [line for line in out.splitlines() if not UNKNOWN.search(line)]


def references(page, text):
    """what it refers to is there"""
    return [name for name, section in re.findall(r"^\.Xr (evfd\w*) (\d)", text, re.M)
            if (name, section) not in NAMES]


def options(page, text):
    """it has the options of the program"""
    usage = (SOURCE / "conformance/run.c").read_text()
    return sorted(set(re.findall(r'^\t"  --([a-z-]+)', usage, re.M))
                  ^ set(re.findall(r"^\.(?:It |Op )?Fl -([a-z-]+)", text, re.M)))


def example(page, text):
    """its example compiles"""
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.M | re.S)
    complaints = [] if blocks else ["none found"]
    for block in blocks:
        with tempfile.NamedTemporaryFile("w", suffix=".c") as source:
            source.write(block.replace("\\e", "\\"))
            source.flush()
            complaints += subprocess.run(
                ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                 f"-I{SOURCE}/lib", source.name], text=True, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT).stdout.splitlines()
    return complaints


def documented():
    """every call of evfd.h has a page"""
    declared = set(re.findall(r"^EVFD_API[^;(]*?\b(evfd_\w+)\(",
                              (SOURCE / "lib/evfd.h").read_text(), re.M))
    return sorted(declared - {name for name, section in NAMES if section == "3"})


NAMES = {(name, page.suffix[1:]) for page in PAGES
         for name in re.findall(r"^\.Nm (evfd\w*)", page.read_text(), re.M)}


def main():
    results = [(documented.__doc__, documented())]
    for page in PAGES:
        for check in (lint, references, options if page.suffix == ".1" else example):
            results.append((f"{page.name}: {check.__doc__}", check(page, page.read_text())))
    print(f"1..{len(results)}")
    for number, (name, complaints) in enumerate(results, 1):
        print(f"{'not ok' if complaints else 'ok'} {number} - {name}")
        for line in complaints:
            print(f"# {line}")
    return any(complaints for _, complaints in results)


sys.exit(main())
