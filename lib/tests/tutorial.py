#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tutorial.py PAGE INCLUDE LIBRARY: each program in the page, compiled, run, and what
it prints compared with what the page says. Then the same with faults. TAP."""
import pathlib
import re
import subprocess
import sys
import tempfile

PAGE, INCLUDE, LIBRARY = map(pathlib.Path, sys.argv[1:4])
PROGRAM = re.compile(r"^## ([^\n]*)\n(?:(?!^## ).)*?^```(c|cpp)\n(.*?)^```\n"
                     r"\nprints\n\n((?:\t[^\n]*\n)+)", re.M | re.S)
COMPILERS = {"c": ["cc", "-std=c11"], "cpp": ["c++", "-std=c++17"]}


def complaint(language, text, prints):
    """Why this program is not as the page says, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / f"program.{language}"
        source.write_text(text)
        program = source.with_suffix("")
        built = subprocess.run(
            [*COMPILERS[language], "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}", source,
             "-o", program, LIBRARY, "-pthread"], text=True, timeout=300,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if built.returncode:
            return f"does not compile:\n{built.stdout}"
        ran = subprocess.run([program], text=True, timeout=300, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    if ran.returncode:
        return f"status {ran.returncode}:\n{ran.stdout}"
    wanted = re.sub(r"^\t", "", prints, flags=re.M)
    return "" if ran.stdout == wanted else f"prints:\n{ran.stdout}not:\n{wanted}"


def main():
    page = PAGE.read_text()
    programs = PROGRAM.findall(page)
    results = []
    for title, language, text, prints in programs:
        results.append((title, complaint(language, text, prints)))
    missed = len(re.findall("^```c", page, re.M)) - len(programs)
    results.append(("every program was found, with what it prints",
                    f"{missed} were not" if missed or not programs else ""))

    _, language, text, prints = programs[0]
    for what, fault, expected in (
            ("a misspelt call", text.replace("evfd_read", "evfd_reed"), "does not compile"),
            ("a wrong sum", text.replace("evfd_write(done, 1)", "evfd_write(done, 2)"),
             "prints:"),
            ("a failure", text.replace("evfd_close(done) < 0", "1"), "status 1")):
        why = complaint(language, fault, prints) if fault != text else "the same"
        results.append((f"broken twin: {what}",
                        "" if why.startswith(expected) else why or "nothing failed"))

    print(f"1..{len(results)}")
    for number, (name, why) in enumerate(results, 1):
        print(f"{'not ok' if why else 'ok'} {number} - {name}")
        if why:
            print("# " + why.replace("\n", "\n# "))
    return any(why for _, why in results)


sys.exit(main())
