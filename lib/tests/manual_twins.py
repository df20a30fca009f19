#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""manual_twins.py SOURCE: the manual with one fault each; manual.py must see it. TAP."""
import pathlib
import shutil
import sys
import tempfile

import faulty

SOURCE = pathlib.Path(sys.argv[1]).resolve()
CHECK = pathlib.Path(__file__).parent / "manual.py"

# what, the complaint that there must be, file, the text, and what stands there instead;
# None: the file is gone
TWINS = [
    ("a page is missing", "every call of evfd.h has a page", "docs/man/evfd_swap.3", None, None),
    ("a call has no page", "every call of evfd.h has a page", "lib/evfd.h",
     "EVFD_API int evfd_cancel(", "EVFD_API int evfd_end(evfd_t h);\nEVFD_API int evfd_cancel("),
    ("an example does not compile", "evfd.7: its example compiles", "docs/man/evfd.7",
     "evfd_write(done, 1);", "evfd_write(done);"),
    ("a page has no example", "evfd_cancel.3: its example compiles", "docs/man/evfd_cancel.3",
     ".Bd -literal", ".Bd -unfilled"),
    ("a reference leads nowhere", "evfd_post.3: what it refers to is there",
     "docs/man/evfd_post.3", ".Sh SEE ALSO\n", ".Sh SEE ALSO\n.Xr evfd_past 3 ,\n"),
    ("mandoc finds something", "evfd_stat.3: mandoc finds nothing", "docs/man/evfd_stat.3",
     ".Sh DESCRIPTION\n", ".Sh DESCRIPTION\n.Qx\n"),
    ("an option is not described", "it has the options of the program",
     "conformance/run.c", '\t"  --', '\t"  --unheard-of\\n"\n\t"  --'),
]


def see(sees, name, text, instead):
    with tempfile.TemporaryDirectory() as folder:
        for part in ("docs/man", "lib"):
            shutil.copytree(SOURCE / part, pathlib.Path(folder) / part)
        (pathlib.Path(folder) / "conformance").mkdir()
        shutil.copy(SOURCE / "conformance/run.c", pathlib.Path(folder) / "conformance")
        path = pathlib.Path(folder) / name
        if text is None:
            path.unlink()
        else:
            whole = path.read_text()
            assert text in whole, f"{name}: not there: {text}"
            path.write_text(whole.replace(text, instead, 1))
        ran = faulty.run(sys.executable, CHECK, folder, timeout=200)
    return ran.returncode != 0 and faulty.complains(ran, sees), ran


sys.exit(faulty.judge(TWINS, see) < len(TWINS))
