"""PostgreSQL asked from inside a container whether it is there, by the first message of its protocol."""

from __future__ import annotations

PORT = 5432
# StartupMessage (protocol 3.0, user and database postgres), as printf writes it: length first.
_STARTUP = r"\000\000\000\051\000\003\000\000user\000postgres\000database\000postgres\000\000"
ASKS_FOR_AUTHENTICATION = b"R"


def handshake_command(host: str, within: int = 5) -> str:
    """A command that prints, in hexadecimal, what a server at ``host`` first answers; nothing where none does."""
    return f"printf '{_STARTUP}' | nc -w {within} {host} {PORT} 2>/dev/null | od -An -v -tx1 -N9 | tr -d ' \\n'"


def answers(said: str) -> bool:
    """Whether what the command printed is PostgreSQL's request for authentication."""
    return said[:2] == ASKS_FOR_AUTHENTICATION.hex()
