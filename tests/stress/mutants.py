#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Broken twins of core/ for the stress test: each must hang or miscount.

mutants.py list                 names, one a line
mutants.py apply NAME CORE OUT  copy the folder CORE to OUT with that fault in it

A fault whose text is no longer in the source is an error: the twin has to be
rewritten together with the code that it breaks.
"""
import pathlib
import shutil
import sys

MUTANTS = {
    # a leaver forgets that a waker had claimed it
    "forgets-claim": ("counter.c",
        "\tadd_ar(&o->debt, 1);\n", ""),
    # a sleeper registers in a word that it has not looked at
    "no-recheck": ("counter.c",
        "\t\tif (!evfd_cell_cas(&o->word, w, s.next)) /* R1 */\n"
        "\t\t\treturn 0;\n",
        "\t\twhile (!evfd_cell_cas(&o->word, w, s.next))\n"
        "\t\t\ts = evfd_word_sleep(*w);\n"),
    # a choosy sleeper listens for the bell only after it has registered
    "bell-read-late": ("counter.c",
        "\tif (evfd_cell_cas(&o->word, w, s.next))\n"
        "\t\twhile (",
        "\tif (evfd_cell_cas(&o->word, w, s.next) &&\n"
        "\t    ((heard = load_acq(&o->bells[side])), true))\n"
        "\t\twhile ("),
    # writers and takers sleep on tokens like everybody: they eat each other's
    "choosy-on-tokens": ("counter.c",
        "\tif (rq->op == EVFD_OP_TAKE && rq->min > 1)\n"
        "\t\treturn sleep_on_bell(o, EVFD_READERS, w, deadline_ns);\n", ""),
    # a write claims nobody
    "no-claim": ("word.h",
        "\tif (value > 0)\n\t\tevfd_word_ring(&s, EVFD_WORD_CHOOSY_READERS);\n"
        "\tevfd_word_offer(&s, value);\n",
        "\tif (value > 0)\n\t\tevfd_word_ring(&s, EVFD_WORD_CHOOSY_READERS);\n"),
    # a read that makes room rings for no writer
    "no-writer-ring": ("word.h",
        "\tevfd_word_ring(&s, EVFD_WORD_CHOOSY_WRITERS);\n"
        "\tif (!(w.ctl",
        "\tif (!(w.ctl"),
    # a read takes what it did not report
    "not-conserved": ("word.h",
        "\ts.next.count = w.count - s.value;\n",
        "\ts.next.count = 0;\n"),
    # close claims nobody
    "close-forgets": ("word.h",
        "\tevfd_word_wake_all(&s);\n\ts.value = w.count;\n",
        "\ts.value = w.count;\n"),
    # the generation is not compared
    "no-generation": ("counter.c",
        "\t\tif (evfd_word_generation(w) != generation)\n"
        "\t\t\treturn EVFD_EBADF;\n\t\ts = evfd_word_apply",
        "\t\ts = evfd_word_apply"),
    # wait-any looks before it clears its bell
    "any-clears-late": ("any.c",
        "\t\tswap_ar(bell, 0); /* B1 */\n"
        "\t\tresult = take_any(r, set, n, value);\n",
        "\t\tresult = take_any(r, set, n, value);\n"
        "\t\tswap_ar(bell, 0);\n"),
    # an edge that finds the list held is dropped
    "edge-dropped": ("watch.c",
        "\telse if (or_ar(&l->state, HELD | queue) & HELD) /* W1 */\n",
        "\telse if (load_acq(&l->state) & HELD)\n\t\treturn;\n"
        "\telse if (or_ar(&l->state, HELD | queue) & HELD)\n"),
    # a slot is given away while sleepers are still leaving it
    "no-pin": ("registry.c",
        "\tadd_ar(&ref->object->pins, PIN);\n", ""),
}


def main(argv):
    if argv[1:] == ["list"]:
        print("\n".join(MUTANTS))
        return 0
    if len(argv) != 5 or argv[1] != "apply" or argv[2] not in MUTANTS:
        print(__doc__, file=sys.stderr)
        return 2
    name, core, out = argv[2:]
    file, old, new = MUTANTS[name]
    shutil.copytree(core, out, dirs_exist_ok=True)
    path = pathlib.Path(out) / file
    text = path.read_text()
    if text.count(old) != 1:
        print(f"mutants.py: {name}: its text stands {text.count(old)} times in {file};"
              " rewrite the twin", file=sys.stderr)
        return 2
    path.write_text(text.replace(old, new))
    return 0


sys.exit(main(sys.argv))
