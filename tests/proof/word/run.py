#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prove core/word.h (word.c says what and how): TAP.

run.py ROOT            every lemma and every goal of the contracts
run.py ROOT --twins    each broken twin of word.h must leave a goal unproved

Frama-C's WP plugin makes the goals, z3 and cvc4 prove them; both have to be known
to why3 (`why3 config detect`, done here in a configuration of our own). A contract is
proved in the view that has the lemmas that it needs: too many of them at once
drown the provers. A goal that is proved in one view is proved.
"""
import ast
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 15
PATIENCE = 90  # for the second try of a goal: the machine may be busy

WORD = "evfd_word_"
LEAVES = {
    "NUMBERS": "generation flags asleep make claim sleep leave close",
    "FLAGS": "claim sleep leave",
    "BITS": "ring sleep_choosy with_watched cancel",
    "QUIET": "is_quiet quiet",
    "EDGES": "readiness edge",
    "EDGE_OUT": "edge",
}
REST = "fits refuse offer wake_all take read add post swap apply apply_rare pass"
INVARIANTS = "operations quiet sleeping choosy watching"

VIEWS = {view: [WORD + f for f in functions.split()] for view, functions in LEAVES.items()}
VIEWS["STEPS"] = ([WORD + f for f in REST.split()]
                  + ["invariants_of_" + f for f in INVARIANTS.split()])

# name: text of word.h, its replacement, the views in which a goal must fail
TWINS = {
    "a sum that wraps": (
        "\tif (!evfd_word_fits(w, value))\n\t\treturn evfd_word_refuse(w, EVFD_EAGAIN);\n", "",
        {"STEPS": ["add"]}),
    "one too many fits": ("value < UINT64_MAX - w.count", "value <= UINT64_MAX - w.count",
                          {"STEPS": ["fits"]}),
    "a refusal that changes the count": (
        "struct evfd_step s = { .next = w, .result = error };",
        "struct evfd_step s = { .next = w, .result = error };\n\n\ts.next.count = 0;",
        {"STEPS": ["refuse"]}),
    "a claim that is not taken off": ("\ts->next.ctl -= claim * EVFD_ASLEEP_ONE;\n", "",
                                      {"NUMBERS": ["claim"]}),
    "a claim of more than sleep": ("n < asleep ? (uint32_t)n : asleep", "(uint32_t)n",
                                   {"NUMBERS": ["claim"]}),
    "a flag that rings for ever": ("\ts->next.ctl &= ~(uint64_t)flag;\n", "",
                                   {"BITS": ["ring"]}),
    "a taker that keeps the wake": (
        "\tif (!(w.ctl & EVFD_WORD_SEMAPHORE))\n\t\tevfd_word_offer(&s, s.next.count);\n", "",
        {"STEPS": ["take"]}),
    "a generation that stays": ("evfd_word_generation(w) + 1", "evfd_word_generation(w)",
                                {"NUMBERS": ["close"]}),
    "a cancel that forgets": ("\ts.next.ctl |= EVFD_WORD_CANCELLED;\n", "",
                              {"BITS": ["cancel"]}),
    "a watched word that is quiet": (
        "EVFD_WORD_QUIET (EVFD_WORD_SEMAPHORE | EVFD_WORD_TRANSITION)",
        "EVFD_WORD_QUIET (EVFD_WORD_SEMAPHORE | EVFD_WORD_TRANSITION | EVFD_WORD_WATCHED)",
        {"QUIET": ["is_quiet"]}),
    "a sleeper that spills over": (
        "\tif (evfd_word_asleep(w) == EVFD_ASLEEP_MAX)\n"
        "\t\treturn evfd_word_refuse(w, EVFD_ENOMEM);\n", "", {"NUMBERS": ["sleep"]}),
}


# ---- lemmas, as bit-vectors -----------------------------------------------------------

# Wider than any number that a lemma is about, so that nothing wraps.
WIDTH = 192
DEFINED = {
    "generation_of": "(({0}) / 0x100000000)",
    "asleep_of": "(({0}) % 0x100000000 / 0x100)",
}
BINARY = {
    ast.Add: "bvadd", ast.Mult: "bvmul", ast.FloorDiv: "bvudiv", ast.Mod: "bvurem",
    ast.BitAnd: "bvand", ast.BitOr: "bvor", ast.LShift: "bvshl", ast.RShift: "bvlshr",
}
COMPARE = {ast.LtE: "bvule", ast.Lt: "bvult", ast.Eq: "=", ast.NotEq: "distinct"}


def smt(node):
    """An expression of Python as one of SMT-LIB."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant):
        return f"(_ bv{node.value} {WIDTH})"
    if isinstance(node, ast.BinOp):
        return f"({BINARY[type(node.op)]} {smt(node.left)} {smt(node.right)})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        return f"(bvnot {smt(node.operand)})"
    if isinstance(node, ast.BoolOp):
        word = "and" if isinstance(node.op, ast.And) else "or"
        return f"({word} {' '.join(map(smt, node.values))})"
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return "(and " + " ".join(
            f"({COMPARE[type(op)]} {smt(a)} {smt(b)})"
            for op, a, b in zip(node.ops, sides, sides[1:])) + ")"
    if isinstance(node, ast.Call):
        name, args = node.func.id, [smt(a) for a in node.args]
        return {"U32": "(bvand {0} (_ bv4294967295 %d))" % WIDTH,
                "IFF": "(= {0} {1})", "ITE": "(ite {0} {1} {2})"}[name].format(*args)
    raise ValueError(ast.dump(node))


def python(acsl):
    """An ACSL term or predicate, of the few forms that the lemmas have, as Python."""
    for name, text in DEFINED.items():
        acsl = re.sub(rf"\b{name}\(([^()]*)\)", lambda m, t=text: t.format(m[1]), acsl)
    acsl = re.sub(r"\(uint32_t\)(~?\w+)", r"U32(\1)", acsl)
    acsl = re.sub(r"\((\([^()]*\)[^()]*) <==> ([^()]*\([^()]*\)[^()]*)\)", r"IFF(\1, \2)", acsl)
    acsl = re.sub(r"\(((?:[^()?]|\([^()]*\))*) \? (\w+) : (\w+)\)", r"ITE(\1, \2, \3)", acsl)
    return acsl.replace("&&", " and ").replace("||", " or ").replace("/", "//")


def lemmas(text):
    """(name, an SMT-LIB script that is unsatisfiable if the lemma holds)"""
    text = re.sub(r"^\s*@", " ", text, flags=re.M)
    for name, variables, body in re.findall(
            r"(?:lemma|axiom) (\w+):\s*\\forall integer ([^;]+);([^;]+);", text):
        parts = [p for p in re.split(r"(?<!<)==>", " ".join(body.split()))]
        terms = [smt(ast.parse(python(p).strip(), mode="eval").body) for p in parts]
        script = [f"(declare-const {v.strip()} (_ BitVec {WIDTH}))"
                  for v in variables.split(",")]
        script += [f"(assert {t})" for t in terms[:-1]]
        script += [f"(assert (not {terms[-1]}))", "(check-sat)"]
        yield name, "\n".join(script)


def holds(script):
    run = subprocess.run(["z3", "-T:60", "-in"], input=script, text=True,
                         stdout=subprocess.PIPE)
    return run.stdout.strip() == "unsat"


# ---- goals ---------------------------------------------------------------------------------

def prove(root, environment, view, functions, folder=None, seconds=SECONDS):
    """{goal: proved}. folder: where a twin of core/ is."""
    include = f"-I{folder or root} -I{root}/include -I{root} -D{view} '-D_Alignas(n)='"
    run = subprocess.run(
        ["frama-c", "-machdep", "gcc_x86_64", "-cpp-extra-args=" + include, "-wp", "-wp-rte",
         "-warn-unsigned-overflow" if view == "STEPS" else "-no-warn-unsigned-overflow",
         "-wp-prover", "z3,cvc4", "-wp-timeout", str(seconds), "-wp-par", str(os.cpu_count()),
         "-wp-prop=-@lemma", "-wp-fct", ",".join(functions), str(HERE / "word.c")],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    goals = {name: "Valid" in status + rest for status, name, rest in
             re.findall(r"^\[wp\] \[([^]]+)\] Goal (\S+)(.*)$", run.stdout, re.M)}
    if run.returncode or not goals:
        sys.exit("run.py: frama-c:\n" + run.stdout)
    return goals


class Tap:
    def __init__(self, planned):
        self.number = self.failed = 0
        print(f"1..{planned}", flush=True)

    def say(self, good, what):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {what}", flush=True)


def check_all(root, environment):
    text = (HERE / "word.c").read_text()
    declared = set(re.findall(rf"^static inline .*?({WORD}\w+)\(",
                              (root / "core/word.h").read_text(), re.M))
    missing = declared - {f for functions in VIEWS.values() for f in functions}
    statements = list(lemmas(text))
    tap = Tap(3)
    tap.say(not missing, f"{len(declared)} functions, each with a contract"
            + " but " * bool(missing) + " ".join(sorted(missing)))
    wrong = [name for name, script in statements if not holds(script)]
    named = len(re.findall(r"@? (?:lemma|axiom) ", text))
    tap.say(not wrong and named == len(statements),
            f"{len(statements) - len(wrong)} of {named} lemmas proved as bit-vectors"
            + ", not: " * bool(wrong) + " ".join(wrong))
    goals = {}
    for view, functions in VIEWS.items():
        for name, good in prove(root, environment, view, functions).items():
            goals[name] = goals.get(name, False) or good
    for view, functions in VIEWS.items():
        again = [f for f in functions if any(f"typed_{f}_" in name and not good
                                             for name, good in goals.items())]
        if again:
            for name, good in prove(root, environment, view, again,
                                    seconds=PATIENCE).items():
                goals[name] = goals[name] or good
    open_ = sorted(name for name, good in goals.items() if not good)
    tap.say(not open_, f"{len(goals) - len(open_)} of {len(goals)} goals proved"
            + ", not: " * bool(open_) + " ".join(open_))
    print("# table: proof of the transitions | core/word.h, for every word and argument |"
          f" {len(goals) - len(open_)} goals of {len(declared)} functions,"
          f" {len(statements) - len(wrong)} lemmas |")
    return tap.failed


def check_twins(root, environment):
    tap = Tap(len(TWINS))
    for name, (old, new, views) in TWINS.items():
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(root / "core", pathlib.Path(folder) / "core")
            path = pathlib.Path(folder) / "core/word.h"
            text = path.read_text()
            if text.count(old) != 1:
                sys.exit(f"run.py: {name}: {old!r} stands {text.count(old)} times in word.h;"
                         " rewrite the twin")
            path.write_text(text.replace(old, new))
            open_ = [goal for view, functions in views.items() for goal, good in
                     prove(root, environment, view, [WORD + f for f in functions],
                           folder).items() if not good]
        tap.say(open_, f"twin leaves something unproved: {name} ({len(open_)} goals)")
    print("# table: proof of the transitions | | |"
          f" {len(TWINS) - tap.failed}/{len(TWINS)}")
    return tap.failed


def main(argv):
    root = pathlib.Path(argv[1]).resolve()
    with tempfile.TemporaryDirectory() as home:
        # Not the user's configuration of why3.
        environment = dict(os.environ, HOME=home)
        subprocess.run(["why3", "config", "detect"], check=True, env=environment,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        failed = (check_twins if "--twins" in argv else check_all)(root, environment)
    return 1 if failed else 0


sys.exit(main(sys.argv))
