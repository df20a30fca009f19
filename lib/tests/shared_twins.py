#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""shared_twins.py SOURCE: shared counters with one fault each; shared_kill must see it. TAP."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import faulty

SOURCE = pathlib.Path(sys.argv[1]).resolve()
# No kills at random, stride, no pairs, and after how many seconds a survivor is taken to hang:
# well over the grace of those who wait for a waker that may be dead.
ARGUMENTS = ("0", "1", "0", "8")

# what, in which of its tests and how it must be seen, and in which file which lines
# become which
TWINS = [
    ("the change is published before the sleepers are woken", 3, "hangs", "shared.c",
     [("\t\tring(s, step.ring);\n", ""), ("\tcall_late(s, step.ring);\n", "\tring(s, step.ring);\n")]),
    ("a sleeper who finds the mark set leaves the word alone", 3, "hangs", "shared.c",
     [("mine.ctl += EVFD_SHARED_EPOCH_ONE;", "")]),
    ("the bell is read after registering", 9, "hangs", "shared.c",
     [("(!evfd_cell_cas(&s->word, &w, mine)) /* S2 */\n\t\treturn 0;",
       "(!evfd_cell_cas(&s->word, &w, mine)) /* S2 */\n\t\treturn 0;\n"
       "\theard = load_acq(&s->bells[side]);")]),
    ("only as many are woken as there are units", 3, "hangs", "shared_futex.c",
     [("UINT32_MAX", "1")]),
    ("who was called waits for the change without end", 3, "hangs", "shared.c",
     [("is_last ? deadline : until", "deadline")]),
    ("a lock, which its holder dies with", 1, "hangs", "shared.c",
     [("if (evfd_cell_cas(&s->word, &w, step.next)) /* W2 */\n\t\t\tbreak;",
       "while (swap_ar(&s->zero[0], 1))\n\t\t\t;\n"
       "\t\tbool done = evfd_cell_cas(&s->word, &w, step.next);\n"
       "\t\tstore_rel(&s->zero[0], 0);\n\t\tif (done)\n\t\t\tbreak;")]),
    ("the two halves of the word change one after the other", 1, "hangs|not the sum", "shared.c",
     [("if (evfd_cell_cas(&s->word, &w, step.next)) /* W2 */",
       "s->word.ctl = step.next.ctl;\n\t\tw.ctl = step.next.ctl;\n"
       "\t\tif (cas_ar(&s->word.count, &w.count, step.next.count))")]),
    ("a counter that was half made stays so", 12, "cannot be made", "shared.c",
     [("if (!cas_ar(&s->magic, &magic, EVFD_SHARED_MAGIC) &&\n\t    magic != EVFD_SHARED_MAGIC)",
       "if (magic = load_acq(&s->magic), magic == EVFD_SHARED_MAGIC)\n"
       "\t\treturn fail(EEXIST);\n"
       "\tif (!cas_ar(&s->magic, &magic, EVFD_SHARED_MAGIC))")]),
]


def build(lib, out):
    sources = [lib / f for f in ("shared.c", "shared_futex.c", "deadline.c", "errno.c")]
    sources += [SOURCE / f for f in ("core/cell_x86_64.c", "port/posix/posix.c",
                                     "lib/tests/peers.c",
                                     "lib/tests/shared_kill.c")]
    include = [f"-I{d}" for d in (lib, SOURCE, SOURCE / "include")]
    subprocess.run(["cc", "-std=gnu11", "-O2", "-static", *include, "-include", lib / "rename.h",
                    *sources, "-o", out], check=True)


def see(test, how, name, edits):
    with tempfile.TemporaryDirectory() as folder:
        lib = pathlib.Path(folder) / "lib"
        shutil.copytree(SOURCE / "lib", lib)
        text = (lib / name).read_text()
        for line, instead in edits:
            assert text.count(line) == 1, f"{name}: not there once: {line}"
            text = text.replace(line, instead)
        (lib / name).write_text(text)
        program = pathlib.Path(folder) / "shared_kill"
        build(lib, program)
        ran = faulty.run(program, *ARGUMENTS, str(test))
    return ran.returncode != 0 and re.search(how, ran.stdout), ran


def main():
    caught = faulty.judge(TWINS, see)
    print(f"# table: shared counters, twins | see peers killed | | "
          f"twins caught {caught}/{len(TWINS)}")
    return caught < len(TWINS)


sys.exit(main())
