"""behave as ``./acceptance`` runs it: features side by side; a single one in this very process, which costs least."""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any

from behave.__main__ import run_behave
from behave.configuration import Configuration
from behave.exception import ConfigError, TagExpressionError
from behave.runner_plugin import RunnerPlugin

from support import database
from support.cli import ROOT, from_here
from support.files import keep_private
from support.program import PROGRAM
from support.report import side_by_side
from support.report.publishing import Part
from support.settings import FOLDER, load, misspelt, of_user
from support.target import choose
from support.terminal import say
from support.text import one_line
from support.verdicts import ExitCode, NotJudged, UsageError

_LINES = re.compile(r"(:\d+)+$")
_OURS = {"--behave-help": ["--help"], "--short": ["-D", "short=true"], "-q": [], "--quiet": [], "--table": []}


def main(arguments: list[str], part: Part | None = None, launcher: object = None) -> int:
    """Run behave with these arguments, relative paths in them being relative to where the user is.

    ``part`` is what this process is to do of a run, where that is not all of it. ``launcher`` starts the runs that the
    suite makes of itself, where these are no processes as users start them.
    """
    keep_private()
    here = Path.cwd()
    os.environ[FOLDER] = str(here)
    os.chdir(ROOT)
    try:
        config = _configuration(arguments)
        _resolve(config, here)
        config.part, config.launcher, config.typed = part, launcher, arguments
        config.is_quiet, config.whole_table = not {"-q", "--quiet"}.isdisjoint(arguments), "--table" in arguments
        for line in misspelt(os.environ) if part is None else ():
            say(one_line(line))
        return _run(config, arguments, here)
    except UsageError as error:
        say(one_line(error))
        return ExitCode.USAGE
    except NotJudged as error:
        say(one_line(error))
        return ExitCode.NOT_JUDGED
    except OSError as error:  # of processes and pipes: more than the machine has
        say(f"cannot run: {one_line(error)}")
        return ExitCode.NOT_JUDGED


def _run(config: Any, arguments: list[str], here: Path) -> int:
    asks_behave = config.version or config.tags_help or config.lang_list or config.lang_help or config.lang == "help"
    if asks_behave or "help" in (config.format or []) or config.runner == "help":
        return int(run_behave(config))
    if config.part is None and not config.dry_run and _is_on_standin(config):
        database.set_up(here)
    chosen = side_by_side.shared_out(config) if config.part is None else {}
    if chosen:
        return side_by_side.run(chosen, arguments, here, config)
    config.format = config.format or [config.default_format]
    # What run_behave would do now, without its line about the runner's name.
    return int(RunnerPlugin().make_runner(config).run())


def _is_on_standin(config: Any) -> bool:
    with suppress(UsageError):  # the runner will say it
        return choose(load(config.userdata)).kind == "standin"
    return False


def _configuration(arguments: list[str]) -> Any:
    sys.argv[0] = PROGRAM  # what argparse calls the program
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return Configuration([word for each in arguments for word in _OURS.get(each, [each])])
    except (ConfigError, TagExpressionError) as error:
        # The line that points at a column is of no use once it is run together with the others.
        lines = [line for line in str(error).splitlines() if not line.startswith("_")]
        raise UsageError(one_line("; ".join(lines))) from None
    except SystemExit as error:
        if error.code:
            # argparse's list of all options hides its one line about what is wrong.
            line = said.getvalue().strip().rpartition("error: ")[2]
            raise UsageError(f"{one_line(line)}; see --behave-help") from None
        raise


def _resolve(config: Any, here: Path) -> None:
    """Make absolute what was given relative to the user's folder. Features may also be relative to the project."""
    for path in config.paths:
        if path.startswith("-"):  # argparse takes an option with a space in it, once misspelt, for a path
            raise UsageError(f"{path!r} is no option; see --behave-help")
    if config.paths != config.defaults.get("paths"):
        config.paths = [from_here(here, path) for path in config.paths]
        for path in config.paths:
            name = _LINES.sub("", path.removeprefix("@"))
            if not Path(name).exists():
                raise UsageError(f"there is no feature {name}: see features/, or leave it out for all of them")
    for opener in config.outputs:
        if opener.name:
            opener.name = str(of_user(opener.name))
    if config.junit_directory != config.defaults.get("junit_directory"):
        config.junit_directory = str(of_user(config.junit_directory))
