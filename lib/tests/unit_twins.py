#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""unit_twins.py SOURCE: build the library with one fault each; a unit test must see it. TAP."""
import pathlib
import subprocess
import sys
import tempfile

import faulty

SOURCE = pathlib.Path(sys.argv[1]).resolve()
HANG_S = 20

# what, the test that must fail (or hang), the line, what stands there instead, and where
# if not in set.c. A scan is tested in calls.c, sets are in set.c.
TWINS = [
    ("a counter that was cancelled has nothing", "test_scan",
     "EVFD_CELL_APART |\n\t\t\t  EVFD_WORD_CANCELLED));", "EVFD_CELL_APART));",
     "core/cell_packed.h"),
    ("who has nothing has no room either", "test_scan",
     "\t\tif (!is_empty_enough)\n\t\t\ti = skip", "\t\ti = skip", "lib/calls.c"),
    ("who is not open is not found", "test_scan", "if (now < 0 || (unsigned)now",
     "if (now >= 0 && (unsigned)now", "lib/calls.c"),
    ("an error must be asked for", "test_scan", "(events | EVFD_ERR))\n", "events)\n",
     "lib/calls.c"),
    ("what was handed out is forgotten", "test_level",
     "\t\tenqueue(s, m);\n\t\tevents", "\t\tswap_ar(&m->is_armed, 1);\n\t\tevents"),
    ("who comes with nothing keeps his token", "test_level",
     "\tswap_ar(&m->is_armed, 1);\n", ""),
    ("cancelling brings nothing", "test_every_way_to_bring_something",
     "case EVFD_OP_CANCEL:\n\t\treturn 1;", "case EVFD_OP_CANCEL:\n\t\treturn 0;",
     "lib/descriptor.h"),
    ("a write of 0 brings something", "test_descriptor",
     "before == 0 && after > 0)", "before == 0)", "lib/descriptor.c"),
    ("who joins is not looked at", "test_added_late",
     "else if (ready & (EVFD_IN | EVFD_ERR))\n\t\tcall(m);", ""),
    ("the latest comes first", "test_turns",
     "insert(s, list, end);", "enqueue(s, list);"),
    ("who is seen by evfd_set_arm() has had his turn", "test_turns",
     "\treturn s->first;\n}\n\nint evfd_set_arm",
     "\tif (s->first) {\n\t\tstruct member *m = s->first;\n\n\t\tdequeue(s, m);\n"
     "\t\tenqueue(s, m);\n\t}\n\treturn s->first;\n}\n\nint evfd_set_arm"),
    ("who was handed out stays in front", "test_nobody_starves",
     "\t\tdequeue(s, m);\n\t\tready = look_or_arm(m);\n\t\tif (!ready)\n\t\t\tcontinue;\n"
     "\t\tenqueue(s, m);\n",
     "\t\tready = look(m);\n\t\tif (!ready) {\n\t\t\tdequeue(s, m);\n"
     "\t\t\tif (look_or_arm(m))\n\t\t\t\tenqueue(s, m);\n\t\t\tcontinue;\n\t\t}\n"),
    ("who is looked at early loses his place", "test_long_queue",
     "\t\tstays(s, m);\n", "\t\tdequeue(s, m);\n"),
    ("who is looked at early is never quiet", "test_long_queue",
     "\tif (!look_or_arm(m))\n\t\treturn false;\n", "\tlook_or_arm(m);\n"),
    ("a closed counter is a member", "test_tenants",
     "\tm = member_of(h);\n\tif (m)\n\t\tdrop(m);", "\tm = NULL;"),
    ("a set is closed with its members", "test_close",
     "\t\t\tif (m->handle != EVFD_NONE)\n\t\t\t\tdrop(m);", "\t\t\t;"),
    ("rings are not taken in", "test_descriptor",
     "evfd_tryread(s->bell, NULL);", ";"),
    ("a sleeping loop is not rung", "test_descriptor",
     "if (head == ASLEEP)\n\t\tring(s);", ""),
    ("all writers ring", "test_descriptor",
     "if (head == ASLEEP)\n\t\tring(s);", "ring(s);"),
    ("a member's descriptor does not follow", "test_member_with_descriptor",
     "\td = descriptor_in(d);\n\tif (!d)\n\t\treturn 0;\n",
     "\tif (is_member_in(d))\n\t\treturn 0;\n", "lib/descriptor.c"),
    ("who removes takes a token that a writer has", "test_overtaken",
     "m = NULL; /* L1", "; /* L1"),
    ("a set is closed without its bell", "test_close",
     "\tif (result == 0)\n\t\tevfd_close(bell);", ""),
]

def main():
    with tempfile.TemporaryDirectory() as folder:
        library = faulty.Library(SOURCE, folder)
        library.objects()
        program = pathlib.Path(folder) / "unit"

        def see(sees, line, instead, file="lib/set.c"):
            test = "calls.c" if sees == "test_scan" else "set.c"
            subprocess.run(["cc", "-std=gnu11", "-O2", "-DCAN_STEP", *library.include,
                            SOURCE / "lib/tests" / test, *library.broken(file, line, instead),
                            "-o", program, "-lcmocka", "-pthread"], check=True)
            ran = faulty.run("timeout", str(HANG_S), program, sees)
            return ran.returncode != 0, ran

        caught = faulty.judge(TWINS, see)
    print("# table: library, twins | see what a loop is handed, and a scan finds | |"
          f" twins caught {caught}/{len(TWINS)}")
    return caught < len(TWINS)


sys.exit(main())
