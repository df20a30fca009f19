# SPDX-License-Identifier: MIT
"""What the programs of bench/ left in CSV files, for report and publish to print."""
import csv
import os

GUEST = ("Instructions of the guest, one at a time in QEMU: exact, and the same on every "
         "machine. Ours against Debian's, the same static program; *net* is without the "
         "empty call.")


def rows_of(path):
    """The rows of a CSV file as dictionaries, and its comments."""
    with open(path, encoding="utf-8") as lines:
        lines = lines.read().splitlines()
    comments = [line[2:] for line in lines if line.startswith("# ")]
    return list(csv.DictReader(line for line in lines
                               if not line.startswith("#"))), comments


def verdict(row):
    figure, goal = float(row["figure"]), float(row["goal"])
    said = "met" if figure <= goal else "**missed**"
    if float(row["stretch"]) == goal:
        said = "exact" if figure == goal else "**wrong**"
    elif figure <= float(row["stretch"]):
        said = "met, stretch too"
    return "disturbed" if int(row["disturbed"]) else said


def number(text):
    return f"{float(text):.3g}" if abs(float(text)) < 100 else f"{float(text):.0f}"


def guest(data):
    """The instructions of the guest, if they were counted."""
    path = os.path.join(data, "guest.md")
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as counted:
        return f"\n{GUEST}\n\n{counted.read()}"
