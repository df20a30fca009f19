#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build each broken twin of core/ and vfs/ and see fault injection find it.

twins.py ROOT [NAME ...]

TAP. A fault whose text is no longer in the source is an error: the twin has to
be rewritten together with the code that it breaks.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import hosted  # noqa: E402

# name: (file, text, what stands in its place, cases that must see it)
TWINS = {
    # leaks
    "file-kept": ("vfs/syscall.c",
                  "\tint fd = evfd_fd_install(p, f, cloexec);\n\n\tif (fd < 0)\n"
                  "\t\tevfd_file_put(f);\n",
                  "\tint fd = evfd_fd_install(p, f, cloexec);\n\n", "C1_*"),
    "buckets-kept": ("vfs/epoll.c",
                     "no_file:\n\tevfd_port_free(ep->buckets, BUCKETS_MIN *"
                     " sizeof(struct evfd_epoll_item *));\n",
                     "no_file:\n", "F_a_second_chunk_of_files"),
    "pieces-kept": ("vfs/syscall.c", "\tif (result < 0)\n\t\tput_pieces(v);\n", "",
                    "F_a_writev_of_many_pieces"),
    "number-kept": ("vfs/syscall.c", "undo_both:\n\tevfd_fd_cancel(p, fds[1]);\n",
                    "undo_both:\n", "F_a_pipe_moves_bytes"),
    "ends-kept": ("vfs/syscall.c",
                  "\t\tevfd_file_put(ends[0]);\n\t\tevfd_file_put(ends[1]);\n", "",
                  "F_a_pipe_moves_bytes"),
    "child-kept": ("vfs/fdtable.c", "\t\tevfd_process_destroy(child);\n", "",
                   "F_a_second_chunk_of_numbers"),
    "pin-kept": ("core/calls.c",
                 "\tevfd_unpin(r, ref);\n",
                 "\tif (result != EVFD_EINTR)\n\t\tevfd_unpin(r, ref);\n", "C12_*"),
    # changes left behind
    "value-lost": ("core/calls.h",
                   "\t\ts->result = put(ctx, s->value);\n",
                   "\t\tif ((s->result = put(ctx, s->value)) < 0)\n"
                   "\t\t\tevfd_cell_cas(&ref.object->word, before, s->next);\n",
                   "C7_*"),
    "event-lost": ("vfs/epoll.c",
                   "\t\telse if (result < 0)\n\t\t\tenqueue(&taken, item, prepend);\n",
                   "", "F_an_edge_survives"),
    "one-shot-spent": ("vfs/epoll.c",
                       "\t\tif (is_oneshot)\n\t\t\tswap_ar(&item->state, 0);\n", "",
                       "F_a_one_shot_survives"),
    "mask-kept": ("vfs/syscall.c",
                  "\tresult = wait_for_events(p, a, deadline_ns);\n\tdrop_mask(&m, result);\n",
                  "\tresult = wait_for_events(p, a, deadline_ns);\n"
                  "\tif (result != EVFD_EFAULT)\n\t\tdrop_mask(&m, result);\n",
                  "F_epoll_pwait_*"),
    "nonblock-set": ("vfs/syscall.c",
                     "\tint32_t on;\n\n\tif (evfd_port_copy_in(&on",
                     "\tint32_t on;\n\n\tevfd_file_change_flags(f, 0, ABI_O_NONBLOCK);\n"
                     "\tif (evfd_port_copy_in(&on", "C80_*"),
    "sleeper-forgotten": ("core/counter.c",
                          "\tadd_rlx(&o->choosy[side], -1u);\n",
                          "\tif (!error)\n\t\tadd_rlx(&o->choosy[side], -1u);\n",
                          "C21_*"),
    # wrong answers
    "no-memory-is-a-limit": ("vfs/fdtable.c",
                             "\t\tresult = EVFD_ENOMEM;\n\t\tif (have_chunk(p, fd)) {",
                             "\t\tif (have_chunk(p, fd)) {", "C1_*"),
    "fault-is-the-end": ("vfs/poll.c",
                         "\tif (result >= 0 && copy_revents_out(&w, fds) < 0)\n"
                         "\t\tresult = EVFD_EFAULT;\n",
                         "\tif (result >= 0 && copy_revents_out(&w, fds) < 0)\n"
                         "\t\tresult = EVFD_EINVAL;\n", "C39_*"),
    "signal-is-a-timeout": ("vfs/poll.c",
                            "return found || leaving == EVFD_ETIMEDOUT ? found : leaving;",
                            "return found;", "C45_*"),
    "nothing-is-a-timeout": ("vfs/poll.c",
                             "\twhile (!found && !leaving) {\n", "\tif (!found) {\n",
                             "C45_*"),
    "never-restarted": ("vfs/syscall.c",
                        "return n == EVFD_EINTR ? EVFD_ERESTARTSYS : n;",
                        "return n;", "C12_*"),
}


def build(root, out):
    suite = ("badinput", "block", "calls", "check", "create", "descriptor", "edge", "epoll",
             "library", "native", "pins", "poll", "read", "run", "tap", "target-inproc",
             "task", "text", "veridian", "write")
    wrapped = ("evfd_port_alloc", "evfd_port_block", "evfd_port_copy_in",
               "evfd_port_copy_out", "evfd_port_wait", "evfd_port_wait_short",
               "evfd_system_create", "inproc_exec", "inproc_fork",
               "inproc_process_create", "inproc_process_exit", "inproc_thread_join")
    # The suite is the same for all twins: its objects are made once.
    sources = hosted.sources(root)
    sources += [f"conformance/{f}.c" for f in suite]
    sources += [f"tests/faults/{p.name}"
                for p in sorted((root / "tests/faults").glob("*.c"))]
    objects = []
    for source in sources:
        made = out.parent / (source.replace("/", "-") + ".o")
        objects.append(str(made))
        if made.exists() and not source.startswith(("core/", "vfs/")):
            continue
        subprocess.run(["gcc", "-std=gnu11", "-O1", "-w", "-Iinclude", "-I.", "-c", source,
                        "-o", str(made)], cwd=root, check=True)
    subprocess.run(["gcc", *objects, "-o", str(out), "-lpthread",
                    *(f"-Wl,--wrap={name}" for name in wrapped)], check=True)


def copy(root, folder):
    for part in ("core", "vfs", "port", "include", "conformance", "tests/faults"):
        shutil.copytree(root / part, folder / part)


def main(argv):
    root = pathlib.Path(argv[1]).resolve()
    names = argv[2:] or list(TWINS)
    failed = 0
    print(f"1..{len(names)}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "root"
        folder.mkdir()
        copy(root, folder)
        for number, name in enumerate(names, 1):
            file, old, new, only = TWINS[name]
            text = hosted.plant(folder / file, old, new)
            build(folder, folder / "faults")
            (folder / file).write_text(text)
            run = subprocess.run([folder / "faults", "--only", only], text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            caught = run.returncode == 1
            failed += not caught
            print(f"{'ok' if caught else 'not ok'} {number} - twin {name} is caught")
            complaint = run.stdout.partition("\nnot ok")[2].splitlines()[1:2]
            print("\n".join(complaint or ["# " + run.stdout.replace("\n", "\n# ")]), flush=True)
    print(f"# table: fault injection | | | {len(names) - failed}/{len(names)}")
    return 1 if failed else 0


sys.exit(main(sys.argv))
