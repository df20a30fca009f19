#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libevfd_twins.py SOURCE SUITE: a library with one fault each; the suite must see it. TAP.

SUITE is evfd-conformance-libevfd; the faulty library is preloaded over its own.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE, SUITE = (pathlib.Path(p).resolve() for p in sys.argv[1:])
sys.path.insert(0, str(SOURCE / "lib/tests"))
import faulty  # noqa: E402

HANDLE, DESCRIPTOR = "libevfd", "libevfd-descriptor"

# what, target, cases, file, the line, and what stands there instead
TWINS = [
    ("an edge is not mirrored", DESCRIPTOR, "C66_every_write_is_an_edge", "lib/descriptor.c",
     "if (after == before && !is_edge)", "if (after == before)"),
    ("a drain is not mirrored", DESCRIPTOR, "C53_*", "lib/descriptor.c",
     "if (after == before && !is_edge)",
     "if ((after == before || after == DOWN) && !is_edge)"),
    ("a first write is not mirrored", DESCRIPTOR, "C45_a_write_*", "lib/descriptor.c",
     "if (after == before && !is_edge)", "if (before == DOWN || (after == before && !is_edge))"),
    ("a full counter looks writable", DESCRIPTOR, "C40_*", "lib/descriptor.c",
     "evfd_lib_doorbell_jam(b);", "evfd_lib_doorbell_ring(b);"),
    ("a drained full counter stays full", DESCRIPTOR, "C52_*", "lib/doorbell_eventfd.c",
     "\tif (add(b, 1))\n\t\treturn;\n\tevfd_lib_doorbell_hush(b);\n\tadd(b, 1);\n",
     "\tadd(b, 1);\n"),
    ("a write of 0 makes no edge for OUT", DESCRIPTOR, "C66_a_write_of_0_*", "lib/descriptor.c",
     "evfd_lib_doorbell_touch(&d->bell);", ";"),
    ("a new descriptor does not show the count", DESCRIPTOR, "X11_*", "lib/descriptor.c",
     "else if (!(flags & EVFD_ARMED) && result != EVFD_OUT)", "else if (0)"),
    ("a closed counter keeps its descriptor", DESCRIPTOR, "X4_close_takes_*", "lib/registry.c",
     "\t\tevfd_lib_descriptor_end(h);\n", ""),
    ("a descriptor stays in the table", DESCRIPTOR, "X5_a_number_*", "lib/descriptor.c",
     "while (!cas_ar(entry, &seen, entry_with(NULL, is_member_in(seen)))); /* E1 */",
     "while (0);"),
    ("cancel is not mirrored", DESCRIPTOR, "X4_cancel_shows_*", "lib/descriptor.h",
     "\tcase EVFD_OP_CANCEL:\n\t\treturn 1;\n", ""),
    ("wait_any is not mirrored", DESCRIPTOR, "X8_wait_any_drains_*", "lib/calls.c",
     "evfd_lib_descriptor_follow_read(set[result]);", ";"),
    ("EVFD_TRANSITION is ignored", DESCRIPTOR, "X13_a_descriptor_of_*", "lib/descriptor.h",
     "!is_read && !(out->flags & EVFD_WORD_TRANSITION));", "!is_read);"),
    ("a loop arms without looking again", DESCRIPTOR, "X13_armed_*", "lib/descriptor.c",
     "ready = evfd_lib_meet(h);   /* A2 */", "ready = EVFD_OUT;"),
    ("an armed loop is not called", DESCRIPTOR, "X13_armed_*", "lib/descriptor.c",
     "evfd_lib_doorbell_ring(&d->bell); /* K3 */", ";"),
    ("a loop stays armed", DESCRIPTOR, "X13_armed_*", "lib/descriptor.c",
     "!load_acq(&d->is_armed) || !swap_ar(&d->is_armed, 0))", "!load_acq(&d->is_armed))"),
    ("a loop does not hush its doorbell", DESCRIPTOR, "X13_armed_*", "lib/descriptor.c",
     "heard = evfd_lib_doorbell_hush(&d->bell);", "heard = 1;"),
    ("a try sleeps", HANDLE, "C11_*", "lib/calls.c",
     "return apply(h, EVFD_OP_READ, 0, 0, EVFD_NOWAIT, value);",
     "return apply(h, EVFD_OP_READ, 0, 0, EVFD_FOREVER, value);"),
    ("a deadline is forgotten", HANDLE, "X3_a_past_*", "lib/calls.c",
     "return apply(h, EVFD_OP_READ, 0, 0, deadline, value);",
     "return apply(h, EVFD_OP_READ, 0, 0, deadline ? EVFD_FOREVER : 0, value);"),
    ("a deadline is EAGAIN", HANDLE, "X3_a_past_*", "lib/errno.c",
     "return ETIMEDOUT;", "return EAGAIN;"),
    ("a post fails where it does not fit", HANDLE, "X6_a_post_saturates", "lib/calls.c",
     "apply(h, EVFD_OP_POST,", "apply(h, EVFD_OP_ADD,"),
    ("peek takes", HANDLE, "X7_peek_*", "lib/calls.c",
     "\t\t*value = w.count;\n", "\t\t*value = w.count, evfd_swap(h, 0, NULL);\n"),
    ("a take's bounds are not looked at", HANDLE, "X7_take_up_to_n", "lib/calls.c",
     "if (min < 1 || min > max || max > EVFD_MAX)", "if (max > EVFD_MAX)"),
    ("wait_any keeps the value", HANDLE, "X8_a_ready_*", "lib/calls.c",
     "\t\t*value = taken;\n", "\t\t*value = 0;\n"),
    ("owners are not charged", HANDLE, "X9_an_owner_*", "lib/registry.c",
     "(struct evfd_core_owner *)owner,\n", "NULL,\n"),
    ("stat is out of date", HANDLE, "X10_stat_*", "lib/registry.c",
     "memcpy(st, &core, sizeof(core));", "memset(st, 0, sizeof(core));"),
    ("restoring forgets the count", HANDLE, "X11_a_later_*", "lib/registry.c",
     "\tresult = open_registry(&r);\n\tif (result == 0)\n\t\tresult = evfd_core_restore",
     "\tcore.count = 0;\n\tresult = open_registry(&r);\n\tif (result == 0)\n"
     "\t\tresult = evfd_core_restore"),
    ("restricted handles may do all", HANDLE, "X12_*", "lib/calls.c",
     "evfd_core_call(evfd_lib_registry(), h, forbidden(op),", "evfd_core_call(evfd_lib_registry(), h, 0,"),
    ("a herd is woken", HANDLE, "X1_a_post_of_n_*", "core/word.h",
     "\tevfd_word_claim(s, units);\n", "\tevfd_word_claim(s, units ? EVFD_ASLEEP_MAX : 0);\n"),
    ("cancel wakes nobody", HANDLE, "X4_cancel_wakes_*", "core/word.h",
     "\tevfd_word_wake_all(&s);\n\ts.next.ctl |= EVFD_WORD_CANCELLED;",
     "\ts.next.ctl |= EVFD_WORD_CANCELLED;"),
    ("a stale handle is as good as any", HANDLE, "X5_a_stale_handle_is_EBADF", "lib/calls.c",
     "int result = evfd_call_look(evfd_lib_registry(), h, &ref, &w);",
     "int result = evfd_call_look(evfd_lib_registry(), h, &ref, &w);\n"
     "\n\tif (result == EVFD_EBADF)\n\t\tresult = 0, w.count = 0;"),
]


def judge(twin, library):
    """The name of the case that failed, or None."""
    run = subprocess.run([SUITE, "--target", twin[1], "--only", twin[2], "--hang", "1"],
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         env={**os.environ, "LD_PRELOAD": str(library)})
    failed = re.findall(r"^not ok \d+ - (\w+)", run.stdout, re.M)
    return failed[0] if failed and run.returncode in (1, 3) else None


def main():
    failed = 0
    print(f"1..{len(TWINS)}", flush=True)
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(8) as pool:
        library = faulty.Library(SOURCE, folder, ("-O1", "-w"))
        library.objects()
        runs = []
        for number, twin in enumerate(TWINS):
            shared = pathlib.Path(folder) / f"twin-{number}.so"
            subprocess.run(["cc", "-shared", "-pthread", "-Wl,-soname,libevfd.so.0",
                            f"-Wl,--version-script,{SOURCE}/lib/libevfd.map",
                            *library.broken(*twin[3:]), "-o", shared], check=True)
            runs.append(pool.submit(judge, twin, shared))
        for number, (twin, run) in enumerate(zip(TWINS, runs), 1):
            case = run.result()
            failed += case is None
            print(f"{'not ok' if case is None else 'ok'} {number} - twin is caught: {twin[0]}")
            print(f"# {'none of ' + twin[2] + ' fails' if case is None else 'by ' + case}",
                  flush=True)
    print("# table: conformance, libevfd | the contract's lines by handle and by descriptor"
          f" | {len(TWINS)} faulty libraries | twins caught {len(TWINS) - failed}/{len(TWINS)}")
    return failed != 0


sys.exit(main())
