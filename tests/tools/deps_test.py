#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/deps on machines that this one is not: stand-ins for dpkg-query, apt-get,
id and sudo say what is there and write down what is asked of them."""
import os
import shutil
import stat
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = ("gcc libc6-dev binutils meson ninja-build pkgconf python3 "
         "cmake").split()


class Machine:
    """A folder with a copy of the script and a PATH of stand-ins."""

    def __init__(self, folder, installed, uid=0, has_sudo=False, debian=True,
                 apt_works=True):
        self.folder = folder
        self.bin = os.path.join(folder, "bin")
        self.log = os.path.join(folder, "log")
        os.makedirs(os.path.join(folder, "tools"))
        os.makedirs(os.path.join(folder, "build"))
        os.makedirs(self.bin)
        shutil.copy(os.path.join(ROOT, "tools", "deps"),
                    os.path.join(folder, "tools", "deps"))
        for name in ("sh", "dirname", "env", "rm", "fmt", "cat"):
            os.symlink(shutil.which(name), os.path.join(self.bin, name))
        open(self.log, "w", encoding="utf-8").close()
        if debian:
            names = "|".join(installed) or "none"
            self.stand_in("dpkg-query", f"""
for last; do :; done
case $last in
{names}) echo 'install ok installed' ;;
*) echo 'unknown ok not-installed'; exit 1 ;;
esac""")
        self.stand_in("apt-get", f'echo "$@" >>{self.log}\n'
                                 f"exit {0 if apt_works else 100}")
        self.stand_in("id", f"echo {uid}")
        if has_sudo:
            self.stand_in("sudo", f'echo sudo >>{self.log}\nexec "$@"')

    def stand_in(self, name, body):
        path = os.path.join(self.bin, name)
        with open(path, "w", encoding="utf-8") as script:
            script.write(f"#!/bin/sh\n{body}\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def run(self, *verbs, **env):
        done = subprocess.run([os.path.join(self.folder, "tools", "deps"),
                               *verbs], env={"PATH": self.bin, **env},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        with open(self.log, encoding="utf-8") as log:
            asked = log.read()
        return done.returncode, done.stdout, asked

    def is_configured(self):
        return os.path.isdir(os.path.join(self.folder, "build"))


def all_there(folder):
    machine = Machine(folder, BUILD)
    status, said, asked = machine.run("build")
    return (status, said, asked) == (0, "", "") and machine.is_configured()


def one_missing(folder):
    machine = Machine(folder, [p for p in BUILD if p != "meson"])
    status, said, asked = machine.run("build")
    installs = [line for line in asked.splitlines() if "install" in line]
    return (status == 0 and "installing: meson" in said
            and installs == ["-q -y install --no-install-recommends meson"]
            and not machine.is_configured())


def asked_once(folder):
    machine = Machine(folder, [])
    _, _, asked = machine.run("build", "bench")
    return asked.split().count("gcc") == 1


def through_sudo(folder):
    machine = Machine(folder, [], uid=1000, has_sudo=True)
    status, _, asked = machine.run("build")
    return status == 0 and "sudo" in asked and "gcc" in asked


def no_root(folder):
    machine = Machine(folder, [], uid=1000)
    status, said, asked = machine.run("build")
    return (status == 1 and asked == "" and "not root" in said
            and "apt-get install" in said)


def install_fails(folder):
    machine = Machine(folder, [], apt_works=False)
    status, said, _ = machine.run("build")
    return (status == 1 and "could not install" in said
            and machine.is_configured())


def not_debian(folder):
    machine = Machine(folder, [], debian=False)
    status, said, _ = machine.run("build")
    skipped, _, _ = machine.run("build", EVFD_DEPS="skip")
    return status == 1 and "not a Debian" in said and skipped == 0


def unknown_verb(folder):
    status, said, asked = Machine(folder, []).run("everything")
    return status == 2 and "unknown verb" in said and asked == ""


def every_verb(folder):
    machine = Machine(folder, BUILD)
    verbs = ("build", "run", "test", "bench", "check-all", "format")
    return all(machine.run(verb)[0] == 0 for verb in verbs)


def main():
    cases = (all_there, one_missing, asked_once, through_sudo, no_root,
             install_fails, not_debian, unknown_verb, every_verb)
    failed = 0
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        with tempfile.TemporaryDirectory() as folder:
            good = case(folder)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {case.__name__}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
