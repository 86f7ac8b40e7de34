"""Sets up this course's environment with nothing but Python and its `venv` module.

Finds `uv` on PATH, or brings it into `.venv-uv/`, and installs exactly what `uv.lock` names into
`.venv/`. Runs before anything is installed and on old Pythons too, which it has to answer in
words: so it uses the standard library and the syntax of Python 3.6 only.
"""

import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENVIRONMENT = os.path.join(ROOT, ".venv")
UV_HOME = os.path.join(ROOT, ".venv-uv")
STAMP = os.path.join(ENVIRONMENT, ".in-step")
OLDEST_PYTHON = (3, 11)
UV_REQUIREMENT = "uv>=0.8,<1"


def main():
    """Brings the environment in step with the lock; returns the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        return stop(
            "Python 3.11 or newer is needed, and this is {}.{}. Install one from python.org or your system's "
            "packages, then run: make PYTHON=/path/to/python3".format(*sys.version_info[:2])
        )
    if not os.access(ROOT, os.W_OK):
        return stop("{} cannot be written to. Clone the course into a folder of your own.".format(ROOT))
    try:
        uv = find_uv() or bring_uv()
    except (OSError, subprocess.CalledProcessError) as error:
        return stop("uv could not be installed ({}). {}".format(error, advice_for_uv()))
    say("Installing what uv.lock names into .venv (minutes the first time, seconds later)")
    done = subprocess.run([uv, "sync", "--locked", "--compile-bytecode", *python_choice()], cwd=ROOT, env=calm())
    if done.returncode:
        return stop("The environment is not in step; the lines above say why. Run the same command again.")
    with open(STAMP, "w") as stamp:
        stamp.write("The Makefile compares this file's date with that of uv.lock.\n")
    return 0


def find_uv():
    """Gives the path of a usable `uv`, or None."""
    local = os.path.join(UV_HOME, "Scripts" if os.name == "nt" else "bin", "uv")
    for candidate in (shutil.which("uv"), shutil.which(local)):
        if candidate and recent(candidate):
            return candidate
    return None


def recent(uv):
    """Says whether this `uv` reads the lock; versions before 0.8 do not."""
    try:
        words = subprocess.run([uv, "--version"], stdout=subprocess.PIPE, universal_newlines=True).stdout.split()
        return tuple(int(part) for part in words[1].split(".")[:2]) >= (0, 8)
    except (OSError, IndexError, ValueError):
        return False


def bring_uv():
    """Installs `uv` into its own small environment and gives its path."""
    say("Bringing uv into .venv-uv")
    shutil.rmtree(UV_HOME, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", UV_HOME], check=True)
    with open(os.path.join(UV_HOME, ".gitignore"), "w") as ignore:
        ignore.write("*\n")
    python = os.path.join(UV_HOME, "Scripts" if os.name == "nt" else "bin", "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", UV_REQUIREMENT], check=True)
    found = find_uv()
    if found is None:
        raise OSError("pip installed no uv that can be used")
    return found


def python_choice():
    """Gives the arguments that make `uv` use this very Python, unless the environment stands already."""
    return [] if os.path.exists(os.path.join(ENVIRONMENT, "pyvenv.cfg")) else ["--python", sys.executable]


def calm():
    """Gives the environment without what points `uv` elsewhere, and with the system's certificates.

    A school's or company's proxy is known to the system only.
    """
    elsewhere = ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
    kept = {name: value for name, value in os.environ.items() if name not in elsewhere}
    return {"UV_SYSTEM_CERTS": "true", **kept}


def advice_for_uv():
    """Gives the one thing to do when `uv` cannot be brought."""
    return (
        "On Debian and Ubuntu the module is a package: apt install python3-venv. "
        "Otherwise install uv yourself (docs.astral.sh/uv) and run the command again."
    )


def say(line):
    """Prints one line of progress."""
    sys.stderr.write(line + "\n")


def stop(line):
    """Prints the one line that says what to do; gives exit code 1."""
    sys.stderr.write(line + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
