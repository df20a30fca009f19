#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build each broken twin of core/ and vfs/ and see the simulator find the fault.

twins.py ROOT [NAME ...]

TAP. The twins of tests/stress/mutants.py and the ones below; with each, the program
that is to find it, or None: any of them. The schedule that is printed must fail
again when it is replayed. A twin that survives means that there is a fault of
that kind which no program here can find.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Programs for the twins of tests/stress/mutants.py.
STRESS = {
    "forgets-claim": "debt",
    "no-recheck": "read-write",
    "bell-read-late": "full-read",
    "choosy-on-tokens": "takers-reader",
    "no-claim": "read-write",
    "no-writer-ring": "full-read",
    "not-conserved": "semaphore-exact",
    "close-forgets": "close",
    "no-generation": "close",
    "any-clears-late": "any-any",
    "edge-dropped": "watch-post",
    "no-pin": "reuse-deadline",
}

# name: layer, file, text, what stands there instead, program
TWINS = {
    # ---- core/ ----
    # a reader whose put failed does not pass its claim on
    "no-pass-on": ("core", "counter.c",
        "\t\t\tif (has_token)\n\t\t\t\tpass_on(o, generation);\n", "", "bad-put"),
    # who leaves does not look once more
    "leaves-blind": ("core", "counter.c",
        "\t\tif (s.result == EVFD_EAGAIN && leaving)\n\t\t\treturn leaving;\n",
        "\t\tif (leaving)\n\t\t\treturn leaving;\n", None),
    # a token is given before the wake that it is for is counted: wake, then add
    "wake-first": ("core", "counter.c",
        "\tadd_ar(&o->tokens, n);\n\tevfd_port_wake(&o->tokens, n);\n",
        "\tevfd_port_wake(&o->tokens, n);\n\tadd_ar(&o->tokens, n);\n", "read-write"),
    # the same for the bell
    "ring-first": ("core", "counter.c",
        "\tadd_ar(&o->bells[side], 1);\n"
        "\tevfd_port_wake(&o->bells[side], UINT32_MAX);\n",
        "\tevfd_port_wake(&o->bells[side], UINT32_MAX);\n"
        "\tadd_ar(&o->bells[side], 1);\n", "full-read"),
    # a ring wakes one of those who wait for an amount
    "rings-for-one": ("core", "counter.c",
        "\tevfd_port_wake(&o->bells[side], UINT32_MAX);\n",
        "\tevfd_port_wake(&o->bells[side], 1);\n", "takers"),
    # a taker that leaves units in counter mode claims nobody for them
    "no-offer": ("core", "word.h",
        "\tif (!(w.ctl & EVFD_WORD_SEMAPHORE))\n"
        "\t\tevfd_word_offer(&s, s.next.count);\n", "", "taker-of-one"),
    # WATCHED is set after the readiness was asked
    "watched-late": ("core", "counter.c",
        "\tready = mark_watched(o, generation, true);\n",
        "\tready = evfd_counter_readiness(o, generation);\n"
        "\tmark_watched(o, generation, true);\n", "watch-write"),
    # the holder of a list lets go without looking for edges
    "lets-go-blind": ("core", "watch.c",
        "\t\t\tif (cas_ar(&l->state, &seen, 0))\n\t\t\t\tbreak;\n",
        "\t\t\tswap_ar(&l->state, 0);\n\t\t\tbreak;\n", None),
    # a lock that was slept for is taken as if nobody else slept
    "mutex-takes-one": ("core", "mutex.c",
        "\twhile (swap_ar(m, 2) != 0)\n",
        "\tfor (uint32_t free = 0; !cas_ar(m, &free, 1) && swap_ar(m, 2) != 0;\n"
        "\t     free = 0)\n", None),
    # closer and last to leave both give the slot back
    "frees-twice": ("core", "registry.c",
        "\tif (!cas_ar(&ref->object->pins, &closed, 0))\n\t\treturn;\n",
        "\t(void)closed;\n\tstore_rel(&ref->object->pins, 0);\n", None),
    # wait-any does not take its watches off
    "any-stays": ("core", "any.c",
        "\t\tevfd_watch_remove(r, set[watched].handle, &set[watched].watch);\n",
        "", "any-any"),
    # the word is compared before the bucket is locked
    "park-compares-early": ("core", "park.c",
        "uintptr_t state = evfd_port_bucket_lock(bucket);\n\tint error = 0;\n\n"
        "\tif (load_rlx(word) != expected) {\n"
        "\t\tevfd_port_bucket_unlock(bucket, state);\n\t\treturn 0;\n\t}\n",
        "uintptr_t state;\n\tint error = 0;\n\n"
        "\tif (load_rlx(word) != expected)\n\t\treturn 0;\n"
        "\tstate = evfd_port_bucket_lock(bucket);\n", "read-write"),
    # who gives up leaves its place in the queue
    "park-stays": ("core", "park.c",
        "if (error && !p.is_done) {\n\t\t\tleave(&p);\n",
        "if (error && !p.is_done) {\n", "deadline-write"),
    # a permit of long ago ends a sleep as if it had been woken
    "park-trusts-permit": ("core", "park.c",
        "while (!p.is_done) {\n\t\tevfd_port_bucket_unlock(bucket, state);\n",
        "for (bool once = true; once; once = false) {\n"
        "\t\tevfd_port_bucket_unlock(bucket, state);\n", None),
    # a step that packs the word leaves no count for loads under way (U3)
    "packed-clears": ("core", "cell_packed.h",
        "put.count = seen.count; /* U3 */\n", "put.count = 0;\n", "look-big"),
    # 8 bytes are swapped for a word with sleepers
    "packs-sleepers": ("core", "cell_packed.h",
        "return !(w.ctl & EVFD_CELL_FIELD) && w.count <= EVFD_ASLEEP_MAX;",
        "return w.count <= EVFD_ASLEEP_MAX;", "read-write"),
    # a count that was loaded apart is taken without a second look at ctl
    "apart-looks-once": ("core", "cell_load.h",
        "\t\tw.ctl = load_rlx(&cell->ctl);\n", "\t\tw.ctl = before;\n", "stale-big"),
    # ---- vfs/fdtable.c, file.c ----
    "no-l3": ("vfs", "fdtable.c",
        "\t\tif (file_of(load_acq(slot)) == f)\n\t\t\treturn f;\n"
        "\t\tevfd_file_put(f);\n", "\t\treturn f;\n", "lookup-other"),
    "get-from-zero": ("vfs", "file.h",
        "\twhile (refs != 0)\n\t\tif (cas_ar", "\tfor (;;)\n\t\tif (cas_ar",
        "lookup-reuse"),
    # close decides by what it saw before it had the lock
    "close-looks-early": ("vfs", "fdtable.c",
        "\tevfd_mutex_lock(&p->lock);\n\tbefore = load_acq(slot); /* pairs with",
        "\tbefore = load_acq(slot);\n\tevfd_mutex_lock(&p->lock); /* pairs with", "closes"),
    # FD_CLOEXEC is set without the lock
    "cloexec-unlocked": ("vfs", "fdtable.c",
        "\tevfd_mutex_lock(&p->lock);\n"
        "\tdone = set_cloexec(p, (uint32_t)fd, cloexec);\n"
        "\tevfd_mutex_unlock(&p->lock);\n",
        "\tdone = set_cloexec(p, (uint32_t)fd, cloexec);\n", "cloexec-close"),
    # a number is taken without the lock
    "reserve-unlocked": ("vfs", "fdtable.c",
        "\tevfd_mutex_lock(&p->lock);\n\tfd = find_free(p, from);\n",
        "\tfd = find_free(p, from);\n\tevfd_mutex_lock(&p->lock);\n", "lowest"),
    # a failed creation keeps its file
    "no-abandon": ("vfs", "vnode_eventfd.c",
        "\t\tevfd_file_abandon(*f);\n\t\treturn result == EVFD_ENFILE",
        "\t\treturn result == EVFD_ENFILE", "make-no-memory"),
    # ---- vfs/epoll.c ----
    # H2 after H3: asked, then an edge, then QUEUED cleared
    "h3-before-h2": ("vfs", "epoll.c",
        "\tswap_ar(&item->state, is_oneshot ? DISARMED : 0);\n"
        "\tbits = ready_bits(item);\n",
        "\tbits = ready_bits(item);\n"
        "\tswap_ar(&item->state, is_oneshot ? DISARMED : 0);\n", None),
    # H4 without the second look at `incoming`
    "no-second-look": ("vfs", "epoll.c",
        "\t\tif (load_acq(&ep->incoming))\n\t\t\tpost(ep);\n", "", None),
    # H4 does not pass on what is left
    "left-unposted": ("vfs", "epoll.c",
        "\t\tif (!is_posted)\n\t\t\tpost(ep);\n", "\t\t(void)is_posted;\n",
        "level-two-waiters"),
    # E3 before E2
    "post-before-push": ("vfs", "epoll.c",
        "\tif (!(before & QUEUED))\n\t\tpush(item->epoll, item);\n"
        "\treturn post(item->epoll);\n",
        "\tbool woke = post(item->epoll);\n\n"
        "\tif (!(before & QUEUED))\n\t\tpush(item->epoll, item);\n"
        "\treturn woke;\n", None),
    # a one-shot that was not ready is armed without looking for an edge
    "oneshot-drops-edge": ("vfs", "epoll.c",
        "\t\tif (is_oneshot && swap_ar(&item->state, 0) & QUEUED)\n"
        "\t\t\tenqueue(&ep->ready, item, append);\n",
        "\t\tif (is_oneshot)\n\t\t\tswap_ar(&item->state, 0);\n", "oneshot-read"),
    # a level-triggered item leaves the queue when reported
    "level-leaves": ("vfs", "epoll.c",
        "\tif (!is_oneshot && !(item->events & ABI_EPOLLET))\n"
        "\t\tenqueue(&ep->ready, item, append);\n", "", "level-one-event"),
    # a fault drops the item
    "fault-drops": ("vfs", "epoll.c",
        "\t\telse if (result < 0)\n\t\t\tenqueue(&taken, item, prepend);\n",
        "", "fault-level"),
    # what maxevents did not let through is dropped
    "max-drops": ("vfs", "epoll.c",
        "\tprepend_all(&ep->ready, &taken);\n",
        "\tif (!ep->ready.head)\n\t\tprepend_all(&ep->ready, &taken);\n", None),
    # MOD does not ask what is ready
    "mod-does-not-ask": ("vfs", "epoll.c",
        "\t\tswap_ar(&item->state, 0);\n\tsubscribe(ep, item);\n",
        "\t\tswap_ar(&item->state, 0);\n"
        "\titem->file->vnode->ops->watch(item->file, &item->watch, item->watch.events);\n",
        "mod-again"),
    # MOD does not arm
    "mod-does-not-arm": ("vfs", "epoll.c",
        "\tif (load_rlx(&item->state) & DISARMED)\n"
        "\t\tswap_ar(&item->state, 0);\n", "", "mod-arms"),
    # ADD forgets what was ready already
    "add-does-not-ask": ("vfs", "epoll.c",
        "\tif (ready & (events | UNMASKED))\n\t\tmake_ready(ep, item);\n",
        "\t(void)ready;\n", "edge-add"),
    # MOD asks what is ready before it has the new edges
    "mod-asks-first": ("core", "counter.c",
        "\tready = mark_watched(o, generation, true);\n\tif (ready >= 0) {\n"
        "\t\tw->events = events;\n"
        "\t\tif (!w->next)\n\t\t\tevfd_watchlist_insert(&o->watches, w);\n\t}\n"
        "\tevfd_watchlist_unlock(&o->watches);\n",
        "\tready = mark_watched(o, generation, true);\n"
        "\tif (ready >= 0 && !w->next)\n\t\tevfd_watchlist_insert(&o->watches, w);\n"
        "\tevfd_watchlist_unlock(&o->watches);\n"
        "\tevfd_watchlist_lock(&o->watches);\n\tw->events = events;\n"
        "\tevfd_watchlist_unlock(&o->watches);\n", None),
    # an item is removed while it may be on `incoming`
    "removes-pushed": ("vfs", "epoll.c",
        "\ttake_incoming(ep);\n\tif (load_rlx(&item->state) == QUEUED)\n",
        "\tif (load_rlx(&item->state) == QUEUED)\n", None),
    # the end of a file does not pin the epoll (X2)
    "no-x2": ("vfs", "epoll.c",
        "\t\tadd_rlx(&(*ep)->refs, 1);\n",
        "\t\tadd_rlx(&(*ep)->refs, 0);\n", "ends-meet"),
    # the end of a file removes an item that may be gone (X4)
    "no-x4": ("vfs", "epoll.c",
        "\t\tif (load_acq(&f->items) == item)\n"
        "\t\t\tremove_item(ep, item);\n\t\telse\n\t\t\titem = NULL;\n",
        "\t\tremove_item(ep, item);\n", "ends-meet"),
    # an epoll is added to an epoll without nest_lock
    "nest-unlocked": ("vfs", "epoll.c",
        "\tevfd_mutex_lock(&f->system->nest_lock);\n\tresult = check_nesting(f, target);\n"
        "\tif (result == 0)\n\t\tresult = locked_control(f, op, &wanted);\n"
        "\tevfd_mutex_unlock(&f->system->nest_lock);\n",
        "\tresult = check_nesting(f, target);\n"
        "\tif (result == 0)\n\t\tresult = locked_control(f, op, &wanted);\n",
        "nest-loop"),
    # ---- vfs/poll.c, pipe.c ----
    # P4 before P3: looks, then clears the bell
    "p4-before-p3": ("vfs", "poll.c",
        "\t\tswap_ar(&w->bell, 0);\t\t\t\t   \n"
        "\t\tfound = look_at_all(w);\n",
        "\t\tfound = look_at_all(w);\n\t\tswap_ar(&w->bell, 0);\n", "poll-spurious"),
    # what subscribing found ready is not looked at
    "p1-ignored": ("vfs", "poll.c",
        "\tif (subscribe_to_all(w))\n\t\tfound = look_at_all(w);\n",
        "\tsubscribe_to_all(w);\n", "poll-write"),
    # poll returns with its watches still on the lists
    "poll-stays": ("vfs", "poll.c",
        "\tunsubscribe(w);\n\treturn found ||", "\treturn found ||", "poll-poll"),
    # a reader of a pipe listens for the bell once it has let go of the mutex
    "pipe-listens-late": ("vfs", "pipe.c",
        "\tevfd_mutex_unlock(&p->mutex);\n"
        "\tresult = evfd_port_wait(&e->bell, seen, EVFD_FOREVER);\n",
        "\tevfd_mutex_unlock(&p->mutex);\n\tseen = load_rlx(&e->bell);\n"
        "\tresult = evfd_port_wait(&e->bell, seen, EVFD_FOREVER);\n", "pipe"),
    # the end of the writer does not wake the reader
    "pipe-closes-quietly": ("vfs", "pipe.c",
        "\te->is_open = false;\n\tring(other);\n", "\te->is_open = false;\n",
        "pipe-writer-closes"),
}

FLAGS = ["gcc", "-std=gnu11", "-O1", "-w", "-c"]


def fail(message):
    sys.exit("twins.py: " + message)


class Builder:
    """Compiles a tree with `core`, `vfs` in it, reusing what is not changed."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.common = [self.compile(source, folder, root) for source in
                       sorted([*root.glob("port/sim/*.c"),
                               *root.glob("tests/sim/*.c"),
                               *root.glob("tests/sim/programs/*.c")])
                       if source.name not in ("context_ucontext.c", "wait.c", "park.c",
                                              "cell.c", "cell_packed.c")]
        self.host = [self.compile(root / f"port/sim/{name}.c", folder, root)
                     for name in ("wait", "cell")]
        self.sound = {source.name: self.compile(source, folder, root)
                      for source in self.sources(root)}

    @staticmethod
    def sources(tree):
        core = [x for x in tree.glob("core/*.c")
                if not x.name.startswith("cell_") and x.name != "park.c"]
        return sorted([*core, *tree.glob("vfs/*.c")])

    def compile(self, source, out, tree):
        source = pathlib.Path(source)
        made = out / f"{source.parent.name}-{source.name}.o"
        subprocess.run([*FLAGS, f"-I{tree}", f"-I{self.root}/include", f"-I{self.root}",
                        f"-I{self.root}/port/sim",
                        "-include", str(self.root / "port/sim/atomic.h"),
                        str(source), "-o", str(made)], check=True)
        return made

    def build(self, tree, changed):
        """changed: the file that the fault is in."""
        objects = dict(self.sound)
        host = list(self.host)
        place, name = {
            "park.c": (0, "park.c"),
            "cell_packed.h": (1, "cell_packed.c"),
            "cell_load.h": (1, "cell_packed.c"),
        }.get(changed, (None, None))
        if name is not None:  # which the host includes, from beside itself
            (tree / "port/sim").mkdir(parents=True)
            host[place] = self.compile(shutil.copy(self.root / "port/sim" / name,
                                                   tree / "port/sim"), tree, tree)
        for source in self.sources(tree):
            if changed.endswith(".h") or source.name == changed:
                objects[source.name] = self.compile(source, tree, tree)
        out = tree / "sim"
        subprocess.run(["gcc", *map(str, self.common), *map(str, host),
                        *map(str, objects.values()), "-o", str(out)], check=True)
        return out


def pattern_of(text):
    """Matches `text` whatever its white space and its comments."""
    gap = r"(?:\s|/\*(?:[^*]|\*(?!/))*\*/)*"
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.compile(gap.join(re.escape(x) for x in re.findall(r"\w+|[^\w\s]", bare)))


def plant(root, name, tree):
    """Copy both layers to tree with the fault in them; the file that it is in."""
    for layer in ("core", "vfs"):
        shutil.copytree(root / layer, tree / layer)
    if name not in TWINS:
        mutants = str(root / "tests/stress/mutants.py")
        before = {x.name: x.read_bytes() for x in (tree / "core").iterdir()}
        subprocess.run([mutants, "apply", name, str(root / "core"),
                        str(tree / "core")], check=True)
        return [x.name for x in (tree / "core").iterdir()
                if x.read_bytes() != before[x.name]][0]
    layer, file, old, new, _ = TWINS[name]
    path = tree / layer / file
    text, times = pattern_of(old).subn(lambda _: new, path.read_text())
    if times != 1:
        fail(f"{name}: its text stands {times} times in {file}; rewrite the twin")
    path.write_text(text)
    return file


def fails_again(sim, output):
    """Does the schedule that was printed fail when it is replayed?"""
    told = re.search(r"^replay: \S+ (\S+ --replay \S+)$", output, re.M)
    return told and subprocess.run([str(sim), *told[1].split()], check=False,
                                   stdout=subprocess.DEVNULL).returncode == 1


def find(sim, program):
    """The output of the run that found the fault, or None."""
    named = [["--quick", program], ["--long", program]] if program else []
    for arguments in *named, ["--quick"]:
        run = subprocess.run([str(sim), "--first", *arguments], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if run.returncode == 1:
            return run.stdout if fails_again(sim, run.stdout) else None
        if run.returncode:
            return f"not ok - died: {run.returncode}\n"
    return None


def main(argv):
    root = pathlib.Path(argv[1]).resolve()
    listed = subprocess.run([str(root / "tests/stress/mutants.py"), "list"], check=True,
                            text=True, capture_output=True).stdout.split()
    names = argv[2:] or listed + list(TWINS)
    failed = 0
    print(f"1..{len(names)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        builder = Builder(root, pathlib.Path(folder))
        for number, name in enumerate(names, 1):
            tree = pathlib.Path(folder) / name
            program = TWINS[name][4] if name in TWINS else STRESS.get(name)
            sim = builder.build(tree, plant(root, name, tree))
            found = find(sim, program)
            failed += found is None
            print(f"{'ok' if found else 'not ok'} {number} - twin {name} is found")
            lines = [x for x in (found or "").splitlines() if not x.startswith("ok")]
            print("\n".join("# " + x for x in lines[1:4]), flush=True)
    print(f"# table: schedule explorer | | | {len(names) - failed}/{len(names)}")
    return 1 if failed else 0


sys.exit(main(sys.argv))
