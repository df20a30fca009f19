#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""storm_twins.py SOURCE: build the library with one fault each; the storm must see it. TAP."""
import pathlib
import subprocess
import sys
import tempfile

import faulty

SOURCE = pathlib.Path(sys.argv[1]).resolve()
POSTS, STRIDE = "20000", "3"
EXACT, ARMED, MEMBER = "2", "5", "6"  # kinds of storm.c

# what, in which kind, file, the line, and what stands there instead
TWINS = [
    ("nobody looks at the count again", EXACT, "lib/descriptor.c",
     "} while (now != state);", "} while (0);"),
    ("a call waits until its edge was delivered", EXACT, "lib/calls.c",
     "EVFD_NOTIFY_ANY,", "EVFD_NOTIFY_THREAD,"),
    ("a loop arms without looking again", ARMED, "lib/descriptor.c",
     "ready = evfd_lib_meet(h);   /* A2 */", "ready = EVFD_OUT;"),
    ("the doorbell leaves its errno behind", EXACT, "lib/doorbell_eventfd.c",
     "transfer(SYS_read, b->fd, &n);", "syscall(SYS_read, b->fd, &n, sizeof(n));"),
    ("making a descriptor does not look at the count", EXACT, "lib/descriptor.c",
     "else if (!(flags & EVFD_ARMED) && result != EVFD_OUT)", "else if (0)"),
    ("a loop gives a token back and does not look again", MEMBER, "lib/set.c",
     "\tswap_ar(&m->is_armed, 1);\n\tready = look(m);", "\tswap_ar(&m->is_armed, 1);"),
    ("a loop sleeps without looking at its list", MEMBER, "lib/set.c",
     "return cas_ar(&s->list, &none, ASLEEP);",
     "append(s, swap_ar(&s->list, ASLEEP));\n\treturn !none;"),
    ("a counter joins without being looked at", MEMBER, "lib/set.c",
     "else if (ready & (EVFD_IN | EVFD_ERR))\n\t\tcall(m);", ""),
]


def main():
    with tempfile.TemporaryDirectory() as folder:
        library = faulty.Library(SOURCE, folder)
        library.objects()
        storm = pathlib.Path(folder) / "storm"

        def see(kind, *fault):
            subprocess.run(["cc", "-std=gnu11", "-O2", *library.include,
                            SOURCE / "lib/tests/storm.c", *library.broken(*fault),
                            "-o", storm, "-pthread"], check=True)
            ran = faulty.run(storm, POSTS, STRIDE, kind)
            return ran.returncode != 0, ran

        caught = faulty.judge(TWINS, see)
    print("# table: lib-storm twins | handlers that post, at any instruction of any call"
          f" | {POSTS} posts a twin | twins caught {caught}/{len(TWINS)}")
    return caught < len(TWINS)


sys.exit(main())
