"""Where a Docker API listens: a unix socket or a TCP address, from what people write into settings."""

from __future__ import annotations

import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from support.redaction import redact_text
from support.verdicts import UsageError

_MAX_UNIX_PATH = 107  # bytes that sockaddr_un holds


@dataclass(frozen=True)
class Endpoint:
    """Either ``path`` (unix) or ``host`` and ``port`` (TCP)."""

    path: str = ""
    host: str = ""
    port: int = 0

    @property
    def url(self) -> str:
        """As the docker SDK takes it."""
        return f"unix://{self.path}" if self.path else f"tcp://{self._authority}"

    @property
    def host_header(self) -> str:
        """What goes into ``Host:``; unix sockets have none of their own."""
        return "localhost" if self.path else self._authority

    @property
    def _authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def connect(self, timeout: float) -> socket.socket:
        """A connected socket with this time-out. Raises ``OSError``."""
        if not self.path:
            return socket.create_connection((self.host, self.port), timeout)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        try:
            connection.connect(self.path)
        except OSError:
            connection.close()
            raise
        return connection

    def check_length(self) -> None:
        """Raise ``UsageError`` in one line where the system takes no path of this length."""
        if len(os.fsencode(self.path)) > _MAX_UNIX_PATH:
            raise UsageError(
                f"{self.path} is longer than the {_MAX_UNIX_PATH} bytes a unix socket's path may have: "
                "use a shorter one (or a shorter TMPDIR, where the suite chose it)"
            )

    def check(self) -> None:
        """Raise ``UsageError`` in one line where nothing can listen there."""
        if not self.path:
            return
        self.check_length()
        forbidden = UsageError(f"no permission to use {self.path}: run as a user who may, or change its mode")
        try:
            mode = Path(self.path).stat().st_mode
        except PermissionError:
            raise forbidden from None
        except (OSError, ValueError):
            raise UsageError(
                f"no socket at {self.path}: start the daemon, or set SOCKERLESS_SOCKET to its socket"
            ) from None
        if not stat.S_ISSOCK(mode):
            raise UsageError(f"{self.path} is not a socket: set SOCKERLESS_SOCKET to the daemon's unix socket or URL")
        if not os.access(self.path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise forbidden


def parse(text: str, folder: Path = Path()) -> Endpoint:
    """``/path``, ``unix:///path``, ``tcp://host:port`` or ``http://host:port``; paths may be relative to ``folder``.

    Raises ``UsageError``.
    """
    if "://" not in text:
        return Endpoint(path=str((folder / Path(text).expanduser()).absolute()))
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise UsageError(f"{redact_text(text)} is no address of a Docker API: {error}") from None
    if url.scheme == "unix" and url.path and url.password is None:
        return Endpoint(path=str((folder / (url.netloc + url.path)).absolute()))
    if url.scheme in ("tcp", "http") and url.hostname and port and url.path in ("", "/"):
        return Endpoint(host=url.hostname, port=port)
    raise UsageError(
        f"{redact_text(text)} is no address of a Docker API: write unix:///path, tcp://host:port or a path"
    )
