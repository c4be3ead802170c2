"""``./acceptance``: behave by default, beside it the project's own commands.

Runs in the user's folder, where relative paths are his; behave then runs where the features are, in this very process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from support import signals
from support.files import keep_private
from support.program import IS_CLONE, PROGRAM

ROOT = Path(__file__).resolve().parent.parent
_CHECKS = {
    "ruff check": ("-m", "ruff", "check"),
    "ruff format --check": ("-m", "ruff", "format", "--check"),
    "mypy": ("-m", "mypy"),
    # It has no module to run, and the script beside the interpreter does not survive a move of .venv.
    "lint-imports": ("-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"),
}
_CHAOS = "--chaos"
_USAGE = 2  # ExitCode.USAGE, which is not imported for a command that does not need it

_HELP = """\
Acceptance suite for Sockerless, a daemon that speaks the Docker API without Docker.

  ./acceptance [options] [feature ...]   judge the criteria; all features by default
{commands}
Whatever is no command goes to behave, for example
  ./acceptance --tags=@gitlab                      the criteria of one document
  ./acceptance --tags=@TST-011-AC-12               one criterion, with all that it needs
  ./acceptance --tags="@gitlab and not @TST-011-AC-22"
  ./acceptance --dry-run                           only list them
  ./acceptance --short                             without ECS
  ./acceptance -D socket=/run/sockerless.sock      what is under test: a unix socket or a URL
  ./acceptance -D reports=DIR                      where reports go (default: reports)
`./acceptance --behave-help` lists all of behave's options, `./acceptance config` all settings (-D NAME=VALUE).

Exit code: 0 all judged and nothing violated, 1 violated, 2 usage or configuration, 3 not judged.
Reports: reports/acceptance.html (to read), reports/junit (for CI), reports/evidence/latest.
"""


@dataclass(frozen=True)
class Command:
    """``run`` takes the arguments after the command's name and gives the exit code."""

    usage: str
    means: str
    run: Callable[[list[str]], int]


def _module(name: str) -> Callable[[list[str]], int]:
    """A command that is a module's ``main(argv)``, imported when it is used."""

    def run(argv: list[str]) -> int:
        return int(import_module(name).main(argv) or 0)

    return run


def selftest(argv: list[str]) -> int:
    """The project's own checks, pytest's line last, or with ``--chaos`` the chaos suite; non-zero when any fails."""
    if not IS_CLONE:
        print("acceptance: selftest is for a clone of the project: its tests are not installed", file=sys.stderr)
        return _USAGE
    if _CHAOS in argv:
        chaos = ("-m", "tests.chaos", *(argument for argument in argv if argument != _CHAOS))
        return subprocess.run([sys.executable, *chaos], cwd=ROOT, check=False).returncode
    pytest = ("-m", "pytest", *(from_here(Path.cwd(), argument) for argument in argv))
    codes = {}
    for name, check in (*_CHECKS.items(), ("pytest", pytest)):
        print(f"acceptance: {name}", flush=True)
        codes[name] = subprocess.run([sys.executable, *check], cwd=ROOT, check=False).returncode
    failed = [name for name in _CHECKS if codes[name]]
    if failed:
        print(f"acceptance: failed: {', '.join(failed)} (see above)", file=sys.stderr)
    return max(codes.values())


COMMANDS = {
    "serve": Command("serve --socket PATH", "run the stand-in daemon in the foreground", _module("standin.serve")),
    "sweep": Command("sweep [--yes]", "list what killed runs left, or remove it", _module("support.cleanup.sweep")),
    "doctor": Command(
        "doctor", "what would keep a run from judging, and the remedy", _module("support.doctor.command")
    ),
    "status": Command("status", "what of the suite is there now", _module("support.doctor.status")),
    "config": Command("config", "all settings, and where each comes from", _module("support.doctor.effective")),
    "record": Command(
        "record --listen PATH …", "record a client and a daemon, to be replayed", _module("support.recordings.command")
    ),
    "falsify": Command("falsify", "see whether the criteria catch a daemon that lies", _module("falsify.command")),
    "runner": Command(
        "runner --runner PATH", "let a real GitLab Runner do jobs", _module("support.coordinator.command")
    ),
    "selftest": Command(
        "selftest [pytest options]", "check and test the project itself (--chaos: attack it)", selftest
    ),
}


def main(argv: Sequence[str], launcher: object = None) -> int:
    """Run what the arguments ask for and give the exit code; ``launcher`` starts what the suite runs of itself."""
    arguments = list(argv)
    first = arguments[0] if arguments else ""
    if first in ("-h", "--help", "help"):
        rows = [f"  ./acceptance {each.usage:<25} {each.means}" for each in COMMANDS.values()]
        print(_HELP.format(commands="\n".join(rows) + "\n").replace("./acceptance", PROGRAM), end="")
        return 0
    if first in COMMANDS:
        if first not in ("serve", "record", "selftest"):  # what these make is for others, too
            keep_private()
        if interrupted := signals.forget():
            return 128 + interrupted
        return COMMANDS[first].run(arguments[1:])
    if first and not first.startswith(("-", "@")) and not _names_a_file(first):
        known = ", ".join(COMMANDS)
        print(f"acceptance: {first!r} is neither a command ({known}) nor a feature; see --help", file=sys.stderr)
        return _USAGE
    return int(import_module("support.report.launching").main(arguments, launcher=launcher))


def from_here(here: Path, argument: str) -> str:
    """The argument as an absolute path where it names a file (``FILE``, ``FILE:LINE``, ``@FILE``, ``FILE::TEST``)."""
    sign = "@" if argument.startswith("@") else ""
    name, colon, rest = argument.removeprefix(sign).partition(":")
    return f"{sign}{here / name}{colon}{rest}" if name and (here / name).exists() else argument


def _names_a_file(argument: str) -> bool:
    name = argument.partition(":")[0]
    return Path(name).exists() or (ROOT / name).exists() or name.endswith(".feature")


def run(launcher: object = None) -> int:
    """``main`` for a shell: Ctrl-C, and a reader that went away, end it without a traceback."""
    signals.note()
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - `>&-` closed it
    try:
        code = main(sys.argv[1:], launcher)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python's own last flush fails once more
        return 128 + signal.SIGPIPE
    finally:
        signals.ignore()
