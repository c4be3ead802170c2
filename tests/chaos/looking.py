"""What a run wrote and left: secrets in it, bytes that a terminal would obey, tracebacks, what reports lack."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

MARK = "ACCEPTANCE_CHAOS"  # the variable by which processes of a case are known
# What a terminal obeys: C0 but for line feed and tab, DEL, C1, and what turns the direction of text.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_COLOURS = re.compile("\x1b\\[[0-9;]*m")
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|^Fatal Python error|^Exception (?:ignored )?in ", re.M)
# Which of the suite's deadlines an answer has; a start may be answered a little after its own (``ANSWER_SLACK``).
_DEADLINES = (
    (r"/images/create$", ("pull_timeout",)),
    (r"/containers/[^/]+/(start|restart)$", ("start_timeout", "exchange_timeout")),
    (r"/containers/[^/]+/(stop|kill)$", ("stop_timeout", "exchange_timeout")),
    (r"/containers/[^/]+/(attach|wait|logs)$|/exec/[^/]+/start$|/events$", ("job_timeout",)),
)
READ = ("acceptance.html", "summary.md", "acceptance.json")  # by people and tools
_ABOUT = 40  # characters shown around what was found


def raw_bytes(name: str, content: bytes, *, may_colour: bool = False) -> list[str]:
    """What a terminal would obey in an output, a line for the first of each kind."""
    text = content.decode("utf-8", "surrogateescape")
    text = _COLOURS.sub("", text) if may_colour else text
    # Bytes that are no UTF-8 reach a terminal as they are, those of C1 too.
    text = "".join(chr(ord(each) - 0xDC00) if "\udc80" <= each <= "\udcff" else each for each in text)
    kinds = {found[0]: found for found in reversed(list(_OBEYED.finditer(text)))}
    return [f"{name}: {_around(text, found)}" for found in kinds.values()]


def tracebacks(name: str, content: bytes) -> list[str]:
    """Python's own words about an error that nobody explained."""
    text = content.decode("utf-8", "replace")
    return [f"{name}: {_last_line(text[found.start() :])}" for found in _TRACEBACK.finditer(text)]


def secrets_in(name: str, content: bytes, canaries: Mapping[str, str]) -> list[str]:
    """Which canary, a secret by the name of the place where it was put, is in an output."""
    return [
        f"that of {place} is in {name}: {_near(content, value.encode())}"
        for place, value in canaries.items()
        if value.encode() in content
    ]


def exchange_times(content: bytes, seconds: Callable[..., float]) -> Iterator[tuple[str, float, float]]:
    """Each exchange of an ``exchanges.jsonl`` with the seconds that it took and those of its deadline."""
    for line in content.splitlines():
        try:
            exchange = json.loads(line)
        except ValueError:  # of a disk that was full
            continue
        took = exchange.get("done_after")
        path, query = str(exchange.get("path")), exchange.get("query") or {}
        names = next((names for pattern, names in _DEADLINES if re.search(pattern, path)), ("exchange_timeout",))
        grace = float(query["t"]) if str(query.get("t", "")).isdecimal() else 0.0
        if isinstance(took, int | float):
            yield f"{exchange.get('method')} {path}", float(took), seconds(*names) + grace


def files_left(temporary: Path, reports: Path) -> list[str]:
    """Temporary files, ledgers and unfinished reports."""
    ledgers = [*(reports / "ledger").glob("*")] if (reports / "ledger").exists() else []
    unfinished = [path for pattern in (".parts-*", "*.tmp", "*.partial", ".*.new") for path in reports.rglob(pattern)]
    return [
        *(f"temporary file {path.name}" for path in sorted(temporary.iterdir())),
        *(f"ledger {path.name}" for path in sorted(ledgers)),
        *(f"unfinished {path.relative_to(reports)}" for path in sorted(unfinished)),
    ]


def marked(mark: str) -> dict[int, str]:
    """The processes that carry a case's mark in their environment, with their commands."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = path.read_bytes()
            command = path.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            state = path.with_name("stat").read_text().rpartition(")")[2].split()[0]
        except OSError:  # over meanwhile
            continue
        if f"{MARK}={mark}".encode() in environment.split(b"\0") and state != "Z":
            found[int(path.parent.name)] = command.strip()
    return found


def report_problems(reports: Path, selected: Iterable[str], code: int) -> list[str]:
    """What is wrong with the reports of a run that ended with ``code``: JUnit complete and valid, and of that run."""
    problems, cases = [], set()
    try:
        said = json.loads((reports / "outcomes.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [f"no outcomes.json to read: {error}"]
    for path in sorted((reports / "junit").glob("*.xml")):
        if wrong := xml_problems(path):
            problems += wrong
        else:
            cases |= {case.get("name", "").partition(" ")[0] for case in ET.parse(path).getroot().iter("testcase")}
    outcomes = {each["id"] for feature in said["features"] for each in feature["outcomes"] if each["id"]}
    for what, there in (("JUnit", cases), ("outcomes.json", outcomes)):
        lacking = sorted(set(selected) - there)
        if lacking:
            problems.append(f"{what} lacks {len(lacking)} scenarios: {', '.join(lacking[:3])} …")
    if said["exit_code"] != code:
        problems.append(f"its exit code was {code}, its report says {said['exit_code']}")
    problems += [f"there is no {name}" for name in READ if not (reports / name).exists()]
    return problems


def xml_problems(path: Path) -> list[str]:
    """Why a file is no XML, or nothing."""
    try:
        ET.parse(path)
    except ET.ParseError as error:
        return [f"{path.name} is no XML: {error}"]
    return []


def _around(text: str, found: re.Match[str]) -> str:
    return repr(text[max(0, found.start() - _ABOUT) : found.end() + _ABOUT])


def _near(content: bytes, value: bytes) -> str:
    at = content.index(value)
    return repr(content[max(0, at - _ABOUT) : at].decode("utf-8", "replace"))


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    said = next((line for line in lines[1:] if not line.startswith((" ", "\t"))), lines[0])
    return said[:200]
