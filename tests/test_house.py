"""Rules of the house that a linter cannot check: what looks like a value is one, and nothing grows past reading."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from support.settings import ROOT

_LINES = 300  # of a file
_METHODS = 20  # of a class
# Calls that leave the process, whoever's methods they are: of the API, of AWS, of files, sockets, processes, threads.
_IO = frozenset({"act", "ask", "begin", "call", "connect", "hijack", "observe", "probe", "start", "submit"}) | {
    *("Popen", "mkdir", "mkdtemp", "open", "read_bytes", "read_text", "unlink", "write_bytes", "write_text"),
    *("until", "wait_end", "wait_for"),
}
_PROPERTIES = frozenset({"property", "cached_property"})
_CONSTRUCTORS = frozenset({"__init__", "__post_init__"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def classes(path: Path) -> Iterator[tuple[ast.ClassDef, dict[str, Function]]]:
    """The classes of a file, each with its methods."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield node, {each.name: each for each in node.body if isinstance(each, Function)}


def decorators(function: Function) -> set[str]:
    """The names of its decorators, without where they come from."""
    return {ast.unparse(each).partition("(")[0].rpartition(".")[2] for each in function.decorator_list}


def called(function: Function) -> set[str]:
    """The names of all that it calls, whoever's they are, but a recorder's: it only notes."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    methods = {f.attr for f in calls if isinstance(f, ast.Attribute) and not ast.unparse(f.value).endswith("recorder")}
    return methods | {func.id for func in calls if isinstance(func, ast.Name)}


def of_self(node: ast.AST) -> str:
    """The name of what ``self`` has, if the node is that."""
    is_of_self = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return node.attr if isinstance(node, ast.Attribute) and is_of_self else ""


def used(function: Function, methods: dict[str, Function]) -> list[Function]:
    """The methods of its own class that it calls, and the properties that it reads."""
    nodes = list(ast.walk(function))
    calls = {of_self(node.func) for node in nodes if isinstance(node, ast.Call)}
    reads = {of_self(node) for node in nodes}
    return [each for name, each in methods.items() if name in (reads if is_property(each) else calls)]


def is_property(function: Function) -> bool:
    return bool(decorators(function) & _PROPERTIES)


def reached(function: Function, methods: dict[str, Function]) -> set[str]:
    """What it calls, itself and by the methods of its own class that it uses."""
    return called(function).union(*(called(each) for each in used(function, methods)))


def found_in(paths: Iterable[Path], io: Iterable[str] = _IO) -> list[str]:
    """The properties and constructors that do I/O, a line each."""
    return [
        f"{path.name}: {owner.name}.{name} calls {', '.join(sorted(does_io))}"
        for path in paths
        for owner, methods in classes(path)
        for name, function in methods.items()
        if name in _CONSTRUCTORS or is_property(function)
        if (does_io := reached(function, methods) & set(io))
    ]


def made_once() -> set[str]:
    """The names of the methods that make an exchange once: calling them is I/O."""
    made = {
        name
        for path in files("support")
        for _, methods in classes(path)
        for name, function in methods.items()
        if "once" in decorators(function)
    }
    return made - set(dir(builtins))


ROOMS = ("core", "api", "cleanup", "report", "gitlab", "ecs", "drift", "aws", "recordings", "coordinator")


def room(name: str) -> list[Path]:
    if name == "core":
        return [*(ROOT / "support").glob("*.py"), ROOT / "environment.py"]
    return files(name) or files(f"support/{name}")


@pytest.mark.parametrize("name", ROOMS)
def test_no_property_and_no_constructor_does_io(name: str) -> None:
    assert found_in(room(name), _IO | made_once()) == []


@pytest.mark.parametrize("name", ["gitlab", "ecs", "drift"])
def test_no_class_has_more_methods_than_fit_in_a_head(name: str) -> None:
    long = [f"{path.name}: {owner.name}" for path in room(name) for owner, ms in classes(path) if len(ms) > _METHODS]
    assert long == []


@pytest.mark.parametrize("name", [*ROOMS, "steps"])
def test_no_file_is_too_long_to_read(name: str) -> None:
    assert [path.name for path in room(name) if path.read_bytes().count(b"\n") > _LINES] == []


@pytest.mark.parametrize("name", [*ROOMS, "steps", "standin", "falsify", "tests"])
def test_no_expression_is_written_only_for_its_side_effect(name: str) -> None:
    silenced = "noqa: B" + "018"
    assert [path.name for path in room(name) if silenced in path.read_text(encoding="utf-8")] == []


SEEN = """
class Part:
    def __init__(self): self.file = self._opened()
    def _opened(self): return open("x")
    @property
    def plain(self): return self.answer.status
    @property
    def asks(self): return self.api.ask(None)
    @cached_property
    def by_another(self): return self._asked()
    def _asked(self): return self.driver.observe(None)
    @functools.cached_property
    def by_a_property(self): return self.asks
    def asks_as_it_says(self): return self.api.ask(None)
    @property
    def names_a_method(self): return Thread(target=self._asked)
"""


def test_io_is_found_where_a_value_hides_it(tmp_path: Path) -> None:
    path = tmp_path / "part.py"
    path.write_text(SEEN)
    assert found_in([path]) == [
        "part.py: Part.__init__ calls open",
        "part.py: Part.asks calls ask",
        "part.py: Part.by_another calls observe",
        "part.py: Part.by_a_property calls ask",
    ]
