# SPDX-License-Identifier: MIT
"""What core/, vfs/ and the in-process port consist of, for those who compile them
with something changed; and how to change it."""
import sys

CORE = ("any", "calls", "counter", "mutex", "registry", "watch", "park", "cell_x86_64")
PORT = ("inproc/process", "inproc/wait", "inproc/fault", "inproc/copy_x86_64",
        "posix/cell_lock")


def sources(root):
    """Relative to root, a path."""
    return [*(f"core/{name}.c" for name in CORE), *(f"port/{name}.c" for name in PORT),
            *(str(p.relative_to(root)) for p in sorted((root / "vfs").glob("*.c")))]


def plant(path, old, new):
    """Put `new` in place of `old`, which must stand in that file once. Returns the text that
    was there."""
    text = path.read_text()
    if text.count(old) != 1:
        sys.exit(f"{old!r} stands {text.count(old)} times in {path.name}; rewrite the twin")
    path.write_text(text.replace(old, new))
    return text
