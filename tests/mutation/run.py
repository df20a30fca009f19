#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation testing of core/: does any test notice?

run.py ROOT                 every mutant of core/; TAP
run.py ROOT --all           the same, and the programs of vfs/ may kill too
run.py ROOT --check         this tool, on sample/; TAP
run.py ROOT --list          the mutants
run.py ROOT --only TEXT     those whose names contain TEXT, and what kills them
run.py ROOT --learn         write `order` anew
run.py ROOT --jobs N        so many at a time; the default is one a processor

A mutant is killed by the first killer that fails with it. The killers are the
programs of tests/core and, each by itself, those of tests/sim; of them, the ones that
come by the mutated place when nothing is mutated. A killer that spins is ended by
a limit of its processor time, one whose threads all sleep because nobody is left to
wake them: no verdict depends on how busy the machine is.

survivors: reasons, each followed by the mutants that survive for that reason. It fails
if another survives, if one of them is killed or does not exist, or if fewer than
95 % are killed. Those whose reason begins "By chance" are not run, and have survived.

order: by function, who has killed its mutants. For speed only: every mutant that these
do not kill meets all the others.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import platform
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile

import mutator

HERE = pathlib.Path(__file__).resolve().parent
KILLED_AT_LEAST = 95  # per cent
# What a killer may use: so many times what it does without a mutant, and so many ms.
TIMES, MS = 10, 300
LOOK_MS = 20  # how often to look whether everybody sleeps
jobs = os.cpu_count() or 1

# What a mutant leaves unset is the same each time, and no use.
CC = ["gcc", "-std=gnu11", "-O1", "-w", "-pthread",
      "-ftrivial-auto-var-init=pattern"]
FOLDERS = ("core", "vfs", "include", "port", "tests/core", "tests/mutation",
           "tests/support", "tests/sim")
# core/ but for the cells and park.c.
COUNTER = ["any", "calls", "counter", "mutex", "registry", "watch"]
# Quickest first.
UNITS = ["halves", "packed", "cost", "calls", "registry", "watch", "mutex", "locked", "waiting", "cell",
         "cell-lock", "park", "any", "word"]
# The simulator's programs about core/.
SIM_CORE = ["counter", "choosy", "slot", "watch", "handler"]


# ---- killers -----------------------------------------------------------------------------


class Killer:
    """A program and its arguments."""

    def __init__(self, name, path, *arguments):
        self.name, self.command = name, [str(path), *arguments]
        self.met = b""  # a byte a mutant: does it come by?
        self.limit_ms = 0
        self.used_ms = 0  # by all runs

    def run(self, mutant, limit_ms, met=None):
        """How it fails with that mutant, or None; and the ms that it took."""
        environment = dict(os.environ, EVFD_MUTANT=str(mutant),
                           EVFD_MUTANT_MS=str(limit_ms),
                           CMOCKA_MESSAGE_OUTPUT="TAP")
        if met:
            environment["EVFD_MUTANT_MET"] = str(met)
        with subprocess.Popen(self.command, env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            failure = listen(process)
            if failure:
                os.kill(process.pid, signal.SIGKILL)  # a zombie at worst
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if not failure and process.returncode:
            failure = f"ends with {process.returncode}"
            if process.returncode == -signal.SIGPROF:
                failure = "spins"
        return failure, 1000 * (usage.ru_utime + usage.ru_stime)

    def meet(self, folder):
        """Learn which mutants it comes by, and how long it takes."""
        path = folder / f"met-{self.name}"
        failure, ms = self.run(0, 60000, path)
        if failure:
            sys.exit(f"mutation: without a mutant {self.name} {failure}")
        self.met = path.read_bytes()
        self.limit_ms = int(TIMES * ms) + MS
        self.used_ms += ms

    def try_to_kill(self, mutant, is_listed):
        """A mutant that is said to survive gets more time before it counts as a hang:
        on a busy machine a loop that waits for another thread takes longer."""
        limit_ms = 10 * self.limit_ms if is_listed else self.limit_ms
        failure, ms = self.run(mutant.number, limit_ms)
        self.used_ms += ms
        return failure


def listen(process):
    """Until the end of the output; or how it fails before."""
    text, asleep = b"", None
    poll = select.poll()
    poll.register(process.stdout, select.POLLIN)
    while True:
        if poll.poll(LOOK_MS):
            more = os.read(process.stdout.fileno(), 65536)
            if not more:
                return None
            *lines, text = (text + more).split(b"\n")
            if any(line.startswith(b"not ok") for line in lines):
                return "fails"
            continue
        before, asleep = asleep, sleepers(process.pid)
        if asleep and asleep == before:
            return "sleeps for ever"


def sleepers(pid):
    """{thread: how long it has run}, or None if one of them is not asleep. None of
    these programs has a timer: if two looks agree, all slept in between, and nobody
    is left to wake them."""
    times = {}
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/stat", "rb") as stat:
                if stat.read().rsplit(b")", 1)[1].split()[0] != b"S":
                    return None
            with open(f"/proc/{pid}/task/{task}/schedstat", "rb") as ran:
                times[task] = ran.read()
    except OSError:
        return None
    return times


# ---- building ----------------------------------------------------------------------------


class Ninja:
    """Objects and programs in a folder, which has a copy of the sources."""

    def __init__(self, folder, mutants):
        self.folder = folder
        self.lines = [
            f"cc = {' '.join(CC)} -DMUTANTS={mutants} -Iinclude -I."
            " -include tests/mutation/select.h",
            "rule cc\n command = $cc $flags -c $in -o $out",
            "rule link\n command = $cc $in -o $out $libs",
        ]

    def program(self, name, sources, flags="", libs=""):
        objects = []
        for source in dict.fromkeys([*sources, "tests/mutation/select.c"]):
            out = f"out{'-sim' if flags else ''}/{source}.o"
            edge = f"build {out}: cc {source}\n flags = {flags}"
            if edge not in self.lines:
                self.lines.append(edge)
            objects.append(out)
        self.lines.append(f"build {name}: link {' '.join(objects)}\n libs = {libs}")
        return self.folder / name

    def build(self):
        (self.folder / "build.ninja").write_text("\n".join(self.lines) + "\n")
        done = subprocess.run(["ninja", "--quiet"], cwd=self.folder, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            sys.exit("mutation: " + done.stdout.decode())


def core(*names):
    return [f"core/{name}.c" for name in names]


def native_cell():
    name = f"cell_{platform.machine()}"
    return name if name in ("cell_x86_64", "cell_aarch64", "cell_s390x") else "cell_lock"


def unit_programs(ninja):
    """The programs of tests/core."""
    support = ["tests/support/testport.c", "tests/support/sleeper.c"]
    parts = {
        "word": [],
        "halves": [],
        "packed": [],
        "park": core("park"),
        "cell-lock": support + core(*COUNTER, "cell_lock"),
        "locked": support[:1] + core("cell_lock"),
        "cost": support[:1] + core("calls", "counter", "mutex", "registry"),
    }
    for name in UNITS:
        sources = parts.get(name, support + core(*COUNTER, native_cell()))
        test = f"tests/core/{name.removesuffix('-lock')}.c"
        yield Killer(name, ninja.program(name, [test, *sources], libs="-lcmocka"))


def sim_programs(ninja):
    """{host: the simulator}"""
    other = "ucontext" if platform.machine() == "x86_64" else "x86_64"
    hosts = {"wait": ("wait", "cell"), "park": ("park", "cell"),
             "packed": ("wait", "cell_packed")}
    left_out = {f"{part}.c" for parts in hosts.values() for part in parts}
    left_out.add(f"context_{other}.c")
    sources = core(*COUNTER)
    for folder in ("port/sim", "tests/sim", "tests/sim/programs", "vfs"):
        sources += sorted(f"{folder}/{path.name}"
                          for path in (ninja.folder / folder).glob("*.c")
                          if path.name not in left_out)
    return {name: ninja.program(f"sim-{name}",
                                [*sources, *(f"port/sim/{part}.c" for part in parts)],
                                "-include port/sim/atomic.h")
            for name, parts in hosts.items()}


def sim_killers(folder, programs, is_all):
    """Each program of the simulator by itself."""
    about_core = set()
    for name in SIM_CORE:
        text = (folder / "tests/sim/programs" / f"{name}.c").read_text("utf-8")
        about_core.update(re.findall(r'\.name = "([^"]+)"', text))
    for host, path in programs.items():
        listed = subprocess.run([str(path), "--list"], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        for name in re.findall(r"^(\S+)", listed, re.M):
            if is_all or name in about_core:
                yield Killer(f"{host}:{name}", path, name, "--quick")


class Build:
    """All mutants of core/ of a tree, and all killers."""

    def __init__(self, root, folder, is_all):
        for name in FOLDERS:
            shutil.copytree(root / name, folder / name)
        foreign = {f"cell_{machine}.c" for machine in ("x86_64", "aarch64", "s390x")}
        files = sorted({path.name for path in (root / "core").glob("*.c")} - foreign
                       | {native_cell() + ".c"})
        sources, self.mutants = mutator.mutate(
            folder / "core", files, ["-include", str(HERE / "parse.h"),
                                     f"-I{folder}", f"-I{folder}/include"])
        for name, source in sources.items():
            (folder / "core" / name).write_text(source.render(), "ascii")
        ninja = Ninja(folder, len(self.mutants))
        units, sims = list(unit_programs(ninja)), sim_programs(ninja)
        ninja.build()
        self.killers = units + list(sim_killers(folder, sims, is_all))
        with workers() as pool:
            list(pool.map(lambda killer: killer.meet(folder), self.killers))


class SampleBuild:
    """The same of sample/."""

    def __init__(self, folder):
        tests = folder / "tests/mutation"
        shutil.copytree(HERE, tests)
        sources, self.mutants = mutator.mutate(tests / "sample", ["sample.c"], [])
        (tests / "sample/sample.c").write_text(sources["sample.c"].render(), "ascii")
        (folder / "include").mkdir()
        ninja = Ninja(folder, len(self.mutants))
        names = [f"tests/mutation/sample/{name}.c" for name in ("sample", "test")]
        self.killers = [Killer("sample", ninja.program("sample", names))]
        ninja.build()
        self.killers[0].meet(folder)


# ---- verdicts ----------------------------------------------------------------------------


def workers():
    return concurrent.futures.ThreadPoolExecutor(jobs)


def killers_of(mutant, build, order):
    """Who comes by, the likely ones first."""
    likely = {name: i for i, name in enumerate(order.get(mutant.function, ()))}
    # Over all hosts the rest of core/ is the same.
    host = {"park.c": "park", "cell_packed.h": "packed"}.get(mutant.file, "wait")
    return sorted((k for k in build.killers
                   if k.met[mutant.number] and k.name.split(":")[0] in (host, k.name)),
                  key=lambda k: likely.get(k.name, len(likely)))


def judge(build, order, listed={}, is_told=False):
    """[(killer, how)] or [None] by mutant."""
    def verdict(mutant):
        found = None
        killers = killers_of(mutant, build, order)
        if listed.get(mutant.name, "").startswith("By chance"):
            killers = []
        for killer in killers:
            failure = killer.try_to_kill(mutant, mutant.name in listed)
            if failure:
                found = (killer.name, failure)
                break
        if is_told:
            print(f"{mutant.file}:{mutant.line}: {mutant.name}\n\t"
                  f"{'%s %s' % found if found else 'SURVIVES'}", flush=True)
        return found

    with workers() as pool:
        return list(pool.map(verdict, build.mutants))


def read_survivors(text):
    """{name of a mutant: why it survives}"""
    reasons, reason = {}, []
    was_name = False
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("\t"):
            if not reason or line[1:] in reasons:
                sys.exit(f"mutation: survivors: {line[1:]}: "
                         f"{'twice' if reason else 'no reason'}")
            reasons[line[1:]] = " ".join(reason)
            was_name = True
        else:
            reason = [line] if was_name else reason + [line]
            reason = [part for part in reason if part]
            was_name = False
    return reasons


def complaints(mutants, verdicts, reasons):
    """What disagrees with the list of survivors."""
    for mutant, verdict in zip(mutants, verdicts):
        if not verdict and mutant.name not in reasons:
            yield f"survives: {mutant.name}"
        if verdict and mutant.name in reasons:
            yield f"listed as a survivor, but {' '.join(verdict)}: {mutant.name}"
    for name in sorted(set(reasons) - {mutant.name for mutant in mutants}):
        yield f"listed as a survivor, but does not exist: {name}"


def read_order():
    path = HERE / "order"
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    return {function: killers.split() for function, killers in
            (line.split(": ") for line in lines if not line.startswith("#"))}


def write_order(mutants, verdicts):
    kills = collections.defaultdict(collections.Counter)
    for mutant, verdict in zip(mutants, verdicts):
        if verdict:
            kills[mutant.function][verdict[0]] += 1
    with open(HERE / "order", "w", encoding="ascii") as out:
        out.write("# Written by run.py --learn: function, and who killed its mutants.\n")
        for function, counter in sorted(kills.items()):
            ranked = sorted(counter, key=lambda name: (-counter[name], name))
            out.write(f"{function}: {' '.join(ranked)}\n")


# ---- what is printed ---------------------------------------------------------------------


class Tap:
    def __init__(self):
        self.number = self.failed = 0

    def line(self, is_ok, what, notes=()):
        self.number += 1
        self.failed += not is_ok
        print(f"{'ok' if is_ok else 'not ok'} {self.number} - {what}")
        for note in notes:
            print(f"# {note}")
        sys.stdout.flush()

    def end(self):
        print(f"1..{self.number}")
        return 1 if self.failed else 0


def check(tap):
    """What is known of sample/; returns how many of the twins were caught."""
    with tempfile.TemporaryDirectory() as folder:
        build = SampleBuild(pathlib.Path(folder))
        mutants, verdicts = build.mutants, judge(build, {})
        build.killers = []
        unjudged = judge(build, {})
    found = [f"{verdict[1] if verdict else 'survives'}: {mutant.name}"
             for mutant, verdict in zip(mutants, verdicts)]
    expected = (HERE / "sample/expected").read_text("ascii").splitlines()
    tap.line(found == expected, "the mutants of sample/ and their verdicts",
             sorted(set(found) ^ set(expected)))
    killed = [m.name for m, verdict in zip(mutants, verdicts) if verdict]
    survivors = {m.name: "it is a sample" for m, verdict in zip(mutants, verdicts)
                 if not verdict}
    tap.line(not list(complaints(mutants, verdicts, survivors)),
             "survivors that are listed are no complaint")
    first = next(iter(survivors))
    twins = {
        "a survivor that is not listed": (verdicts,
            {k: v for k, v in survivors.items() if k != first},
            [f"survives: {first}"]),
        "a killed mutant that is listed": (verdicts,
            {**survivors, killed[0]: "a mistake"},
            [f"listed as a survivor, but sample fails: {killed[0]}"]),
        "a mutant that does not exist": (verdicts, {**survivors, "none": "a mistake"},
            ["listed as a survivor, but does not exist: none"]),
        "no killers": (unjudged, survivors, [f"survives: {name}" for name in killed]),
    }
    caught = 0
    for what, (judged, listed, complaint) in twins.items():
        is_caught = list(complaints(mutants, judged, listed)) == complaint
        caught += is_caught
        tap.line(is_caught, f"twin: {what}")
    return f"{caught}/{len(twins)}"


def report(tap, build, verdicts, reasons, twins):
    mutants = build.mutants
    wrong = list(complaints(mutants, verdicts, reasons))
    for file in sorted({mutant.file for mutant in mutants}):
        mine = [(m, v) for m, v in zip(mutants, verdicts) if m.file == file]
        bad = [c for c in wrong if f": {file} " in c]
        wrong = [c for c in wrong if c not in bad]
        dead = sum(1 for _, verdict in mine if verdict)
        tap.line(not bad, f"{file}: {dead} of {len(mine)} mutants killed, the others "
                 "explained" if not bad else f"{file}: {dead} of {len(mine)} killed",
                 bad)
    tap.line(not wrong, "nothing else is listed", wrong)
    killed = sum(1 for verdict in verdicts if verdict)
    per_cent = 100 * killed / len(mutants)
    tap.line(per_cent >= KILLED_AT_LEAST,
             f"{per_cent:.1f} % of all are killed, {KILLED_AT_LEAST} are wanted")
    seconds = sum(killer.used_ms for killer in build.killers) / 1000
    print(f"# {seconds:.0f} s of processor time in {len(build.killers)} killers")
    print("# table: mutation | one operator, constant, condition, call, result or "
          f"statement of core/ changed | {len(mutants)} mutants, {killed} killed "
          f"({per_cent:.1f} %), {len(mutants) - killed} explained | "
          f"twins caught {twins}")


def main():
    global jobs
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=pathlib.Path)
    for mode in ("--all", "--check", "--list", "--learn"):
        parser.add_argument(mode, action="store_true")
    parser.add_argument("--only", metavar="TEXT")
    parser.add_argument("--jobs", type=int, default=jobs)
    args = parser.parse_args()
    jobs = args.jobs
    tap = Tap()
    if args.check:
        check(tap)
        return tap.end()
    with tempfile.TemporaryDirectory() as folder:
        build = Build(args.root.resolve(), pathlib.Path(folder), args.all)
        if args.list:
            for mutant in build.mutants:
                print(f"{mutant.file}:{mutant.line}: {mutant.name}")
            return 0
        if args.only:
            build.mutants = [m for m in build.mutants if args.only in m.name]
            judge(build, read_order(), is_told=True)
            return 0
        twins = check(tap)
        reasons = read_survivors((HERE / "survivors").read_text("ascii"))
        verdicts = judge(build, read_order(), reasons, is_told=args.learn)
    if args.learn:
        write_order(build.mutants, verdicts)
    report(tap, build, verdicts, reasons, twins)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
