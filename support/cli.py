"""``./acceptance``: behave by default, beside it the project's own commands.

Runs in the user's folder, where relative paths are his; behave then runs where the features are, in this very process.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from importlib import import_module, metadata
from pathlib import Path

from support import signals
from support.files import keep_private
from support.helping import COMMANDS, HELP, details, overview
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


_RUNS: dict[str, Callable[[list[str]], int]] = {
    "serve": _module("standin.serve"),
    "sweep": _module("support.cleanup.sweep"),
    "doctor": _module("support.doctor.command"),
    "status": _module("support.doctor.status"),
    "config": _module("support.doctor.effective"),
    "record": _module("support.recordings.command"),
    "falsify": _module("falsify.command"),
    "runner": _module("support.coordinator.command"),
    "selftest": selftest,
}


def main(argv: Sequence[str], launcher: object = None) -> int:
    """Run what the arguments ask for and give the exit code; ``launcher`` starts what the suite runs of itself."""
    arguments = list(argv)
    first = arguments[0] if arguments else ""
    if first == "--version":
        print(_version())
        return 0
    if first == "help" or not HELP.isdisjoint(arguments):
        named = next((word for word in arguments[:2] if word in COMMANDS), "")
        print(_help(named).replace("./acceptance", PROGRAM))
        return 0
    if first in COMMANDS:
        if first not in ("serve", "record", "selftest"):  # what these make is for others, too
            keep_private()
        if interrupted := signals.forget():
            return 128 + interrupted
        return _RUNS[first](arguments[1:])
    if first and not first.startswith(("-", "@")) and not _names_a_file(first):
        known = ", ".join(COMMANDS)
        print(f"acceptance: {first!r} is neither a command ({known}) nor a feature; see --help", file=sys.stderr)
        return _USAGE
    return int(import_module("support.report.launching").main(arguments, launcher=launcher))


def _version() -> str:
    facts = import_module("support.report.facts")
    return f"sockerless-acceptance {facts.suite_version()}, behave {metadata.version('behave')}"


def _help(command: str) -> str:
    """The help, or a command's: its options as its own module lists them, then examples. Nothing need be installed."""
    if not command:
        return overview()
    options = io.StringIO()
    if command != "selftest":
        with redirect_stdout(options), suppress(SystemExit, ModuleNotFoundError):
            _RUNS[command](["--help"])
    return details(command, options.getvalue())


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
