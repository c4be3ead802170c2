"""What ``--help`` says: commands, examples, exit codes. Only of the standard library: help installs nothing."""

from __future__ import annotations

from dataclasses import dataclass

HELP = frozenset(("-h", "--help"))
_OVERVIEW = """\
Acceptance suite for Sockerless, a daemon that speaks the Docker API without Docker.

  ./acceptance [options] [feature ...]   judge the criteria; all features by default
{commands}
Whatever is no command goes to behave, for example
  ./acceptance --tags=@gitlab                      the criteria of one document
  ./acceptance --tags=@TST-011-AC-12               one criterion, with all that it needs
  ./acceptance --tags="@gitlab and not @TST-011-AC-22"
  ./acceptance --dry-run                           only list them
  ./acceptance --short                             without ECS
  ./acceptance -q                                  print only what did not pass, and the end
  ./acceptance --table                             end with all criteria, not only those that did not pass
  ./acceptance -D socket=/run/sockerless.sock      what is under test: a unix socket or a URL
  ./acceptance -D reports=DIR                      where reports go (default: reports)
`./acceptance --behave-help` lists all of behave's options, `./acceptance sweep --help` those of a command,
`./acceptance config` all settings (-D NAME=VALUE). `./acceptance --version` says which suite this is.

{codes}
Reports: reports/acceptance.html (to read), reports/junit (for CI), reports/evidence/latest."""


@dataclass(frozen=True)
class Command:
    """``codes`` say what its exit codes 0, 1 and 3 mean; ``""`` where it has none of them."""

    usage: str
    means: str
    examples: tuple[tuple[str, str], ...]
    codes: tuple[str, str, str]


A_RUN = ("nothing is violated, all is judged", "something is violated", "something is not judged")
_SELFTEST = "check and test the project itself (--chaos: attack it)"
COMMANDS = {
    "serve": Command(
        "serve --socket PATH",
        "run the stand-in daemon in the foreground",
        (
            ("serve --socket /tmp/s.sock", "in memory; then: DOCKER_HOST=unix:///tmp/s.sock docker ps"),
            ("serve --socket /tmp/s.sock --backend ecs", "containers are tasks of a simulated AWS"),
        ),
        ("ended by Ctrl-C or SIGTERM", "", ""),
    ),
    "sweep": Command(
        "sweep [--yes]",
        "list what killed runs left, or remove it",
        (
            ("sweep -D socket=/run/sockerless.sock", "what is left there, and on this machine"),
            ("sweep --yes", "remove it"),
            ("sweep --older-than 2h", "only what is older"),
        ),
        ("nothing is left", "something is left", "the target cannot be inspected"),
    ),
    "doctor": Command(
        "doctor",
        "what would keep a run from judging, and the remedy",
        (
            ("doctor -D socket=/run/sockerless.sock", "before a run there"),
            ("doctor --json", "for programs"),
        ),
        ("nothing is wrong", "something is wrong", ""),
    ),
    "status": Command(
        "status",
        "what of the suite is there now",
        (("status", "containers, tasks, ledgers"), ("status --json", "for programs")),
        ("it is listed", "", "the target cannot be inspected"),
    ),
    "config": Command(
        "config",
        "all settings, and where each comes from",
        (("config", "the effective ones"), ("config -D deadline_scale=2 --json", "for programs")),
        ("they are listed", "", ""),
    ),
    "record": Command(
        "record --listen PATH …",
        "record a client and a daemon, to be replayed",
        (
            (
                "record --listen /tmp/r.sock --upstream /var/run/docker.sock --out mine/job.jsonl",
                "until Ctrl-C; ./acceptance --tags=@RUN-30 -D recordings=mine replays it",
            ),
        ),
        ("recorded", "", "no call passed, or not all could be recorded"),
    ),
    "falsify": Command(
        "falsify",
        "see whether the criteria catch a daemon that lies",
        (
            ("falsify --list", "all lies, variations and profiles"),
            ("falsify --only 'wait-*'", "some of them"),
            ("falsify --target /var/run/docker.sock --document TST-011", "in front of any daemon"),
        ),
        ("all is caught as it must be", "something is not", "nothing could be judged on this target"),
    ),
    "runner": Command(
        "runner --runner PATH",
        "let a real GitLab Runner do jobs",
        (
            ("runner --runner /usr/bin/gitlab-runner", "all jobs"),
            ("runner --only '@REAL-02 or @REAL-03'", "some, with the gitlab-runner on PATH"),
        ),
        A_RUN,
    ),
    "selftest": Command(
        "selftest [pytest options]",
        _SELFTEST,
        (
            ("selftest", "lint, types, imports, all tests"),
            ("selftest tests/core -k hijack", "pytest's own arguments pass through"),
            ("selftest --chaos --only 'hostile/*/gzip-bomb'", "attack the suite"),
        ),
        ("all is good", "something is not", ""),
    ),
}


def exit_codes() -> list[tuple[str, str, str, str]]:
    """What exit codes 0, 1 and 3 mean, of a run and of each command."""
    return [("a run", *A_RUN), *((name, *command.codes) for name, command in COMMANDS.items())]


ALWAYS = "2: usage or configuration; 128 + N: ended by signal N (130: Ctrl-C)."


def overview() -> str:
    """The help of ``./acceptance`` itself."""
    rows = [f"  ./acceptance {each.usage:<25} {each.means}" for each in COMMANDS.values()]
    codes = [("Exit code", "0", "1", "3"), *exit_codes()]
    table = [f"{name:<10} {good:<35} {bad:<22} {unjudged}".rstrip() for name, good, bad, unjudged in codes]
    return _OVERVIEW.format(commands="\n".join(rows) + "\n", codes="\n".join([*table, ALWAYS, ""]))


def details(name: str, options: str) -> str:
    """The help of a command; ``options`` is what its module says of them, ``""`` where it is not set up yet."""
    command = COMMANDS[name]
    good, bad, unjudged = command.codes
    codes = [f"{code}: {text}" for code, text in (("0", good), ("1", bad), ("3", unjudged)) if text]
    head = options.rstrip() or f"usage: ./acceptance {command.usage}\n\n{command.means}"
    lines = [head, "", "examples:"]
    for example, means in command.examples:
        lines += [f"  ./acceptance {example}", f"      {means}"]
    return "\n".join([*lines, "", f"exit code: {'; '.join(codes)}; {ALWAYS}"])
