"""Verbs for lies about what a run finds around it: variables, and AWS's own files (TST-010 AC-1, AC-2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PAIR = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_PROFILE = "acceptance"
KEYS = f"[{_PROFILE}]\naws_access_key_id = {{key}}\naws_secret_access_key = {{secret}}\n"
OTHERS = "[default]\naws_access_key_id = AKIA0000000000000000\naws_secret_access_key = somebodys\n"


@dataclass(frozen=True)
class Around:
    """``variables`` are a run's environment, to be changed in place; ``folder`` is the run's own, for files.

    ``foreign`` are placements that are there and not the daemon's, by the names of their variables; empty where the
    AWS is not simulated.
    """

    variables: dict[str, str]
    folder: Path
    foreign: Mapping[str, str]


Environment = Callable[[Around], None]


def with_variables(**variables: str) -> Environment:
    """These variables, whatever they were."""
    return lambda around: around.variables.update(variables)


def without(*names: str) -> Environment:
    """These variables are not set."""

    def change(around: Around) -> None:
        for name in names:
            around.variables.pop(name, None)

    return change


def foreign(*names: str) -> Environment:
    """These variables name what is there and is not the daemon's."""
    return lambda around: around.variables.update({name: around.foreign[name] for name in names})


def in_profile(content: str, name: str = _PROFILE) -> Environment:
    """A profile instead of a pair of keys; ``content`` is its file, the run's own keys in braces."""

    def change(around: Around) -> None:
        key, secret = (around.variables.pop(variable, "") for variable in PAIR)
        files = _files(around, content.format(key=key, secret=secret))
        around.variables.update(files, AWS_PROFILE=name)

    return change


def beside_keys(content: str) -> Environment:
    """AWS's files have this, which nobody asked for: a pair of keys is in the environment."""
    return lambda around: around.variables.update(_files(around, content))


def _files(around: Around, content: str) -> dict[str, str]:
    credentials = around.folder / "credentials"
    credentials.write_text(content, encoding="utf-8")
    credentials.chmod(0o600)
    return {"AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_CONFIG_FILE": str(around.folder / "no-config")}
