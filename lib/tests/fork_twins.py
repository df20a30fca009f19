#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fork_twins.py SOURCE: build the library with one fault each; fork.c must see it. TAP."""
import pathlib
import subprocess
import sys
import tempfile

import faulty

SOURCE = pathlib.Path(sys.argv[1]).resolve()

# what, the test that must fail, file, the line, and what stands there instead
TWINS = [
    ("a fork that nobody guards", "a_lock_is_not_inherited", "lib/registry.c",
     "pthread_atfork(evfd_lib_fork_begin, evfd_lib_fork_parent,\n\t\t       "
     "evfd_lib_fork_child);", ""),
    ("a fork that waits for no lock", "a_lock_is_not_inherited", "lib/fork.c",
     "evfd_lib_registry_hold();", ""),
    ("sleepers are inherited", "sleepers_are_not_inherited", "lib/fork.c",
     "next.ctl &= UINT64_MAX << EVFD_GENERATION_SHIFT | KEPT;", ""),
    ("descriptors are inherited", "descriptors_are_the_parents", "lib/fork.c",
     "evfd_lib_descriptors_forget();", ""),
    ("a set trusts what was on the way", "sets_are_copied", "lib/set.c",
     "\tstore_rel(&s->list, NULL);\n", ""),
    ("a set's lock is inherited", "a_sets_lock_is_not_inherited", "lib/set.c",
     "\ts->lock = 0;\n", ""),
]


def main():
    with tempfile.TemporaryDirectory() as folder:
        library = faulty.Library(SOURCE, folder)
        library.objects()
        program = pathlib.Path(folder) / "fork"
        text = (SOURCE / "lib/tests/fork.c").read_text().replace("HANG_S 30", "HANG_S 3")
        test = pathlib.Path(folder) / "fork_test.c"
        test.write_text(text)

        def see(sees, *fault):
            subprocess.run(["cc", "-std=gnu11", "-O2", *library.include,
                            f"-I{SOURCE}/lib/tests", test,
                            *library.broken(*fault), "-o", program, "-lcmocka",
                            "-pthread"], check=True)
            ran = faulty.run(program, env={"CMOCKA_MESSAGE_OUTPUT": "TAP"}, timeout=200)
            return faulty.complains(ran, sees), ran

        return faulty.judge(TWINS, see) < len(TWINS)


sys.exit(main())
