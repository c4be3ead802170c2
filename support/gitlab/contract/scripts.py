"""The scripts of the contract's containers. What they find they print as ``key=value``, a line each."""

from __future__ import annotations

from support.gitlab.handshake import ASKS_FOR_AUTHENTICATION, handshake_command

_LINES = "first line\nsecond line"
VARIABLES = {
    **{f"ACCEPTANCE_{number:02}": f"value {number} = a:b/c" for number in range(1, 74)},
    "ACCEPTANCE_74": "",
    "ACCEPTANCE_75": _LINES,
}
SERVICE, ONLY_HERE = "postgres", "only-here"
ON_STDERR = b"said on stderr\n"
SECOND_STATUS, THIRD_STATUS, FOURTH_STATUS, STOPPED_STATUS = 3, 4, 5, 9
READY, TICK, GOT_TERM = "ready", "tick", "got TERM"
OWN, IN_BUILDS, IN_KEPT = "kept by the container", "kept by the builds volume", "kept by the named volume"
SET_UP_TRIES = 20  # seconds for PostgreSQL to be set up
# The runner's build container finds its shell by a script in its command: lines, tabs, quotes, and 400 bytes.
FOUND, READS = "found by line 8", "the shell reads its stdin"
DETECTION = (
    f"""\
for shell in /usr/local/bin/no-such-shell /no/such/bash; do
	if [ -x "$shell" ]; then
		exec "$shell" -l
	fi
done
# a comment, which ends with its line
if [ "$(printf 'a b')" = 'a b' ]; then
	echo "{FOUND}"
else
	echo "no shell was found" >&2
	exit 1
fi
exec sh
""".ljust(399, "#")
    + "\n"
)


def first(service_id: str) -> str:
    """Print the variables, write files, and see that the service answers under its alias and under its ID."""
    printed = [f"printf '{name}=%s\\n' \"${{{name}-is not set}}\"" for name in VARIABLES if name != "ACCEPTANCE_75"]
    return "\n".join(
        [
            *printed,
            "echo \"ACCEPTANCE_75=$(printf '%s' \"${ACCEPTANCE_75-is not set}\" | tr '\\n' '|')\"",
            f"echo '{OWN}' >/own-file",
            f"echo '{IN_BUILDS}' >/builds/file",
            f"echo '{IN_KEPT}' >/kept/file",
            f"for try in $(seq {SET_UP_TRIES}); do",
            f"  network=$({handshake_command(SERVICE)})",
            f'  case "$network" in {ASKS_FOR_AUTHENTICATION.hex()}*) break ;; esac',
            "  sleep 1",
            "done",
            'echo "network=$network"',
            f'echo "id=$({handshake_command(service_id)})"',
            "exit 0\n",
        ]
    )


def second() -> str:
    """Look for all that again, write to stderr, and fail."""
    return "\n".join(
        [
            'echo "own=$(cat /own-file 2>/dev/null)"',
            'echo "builds=$(cat /builds/file 2>/dev/null)"',
            f'echo "network=$({handshake_command(SERVICE)})"',
            f"echo '{ON_STDERR.decode().strip()}' >&2",
            f"exit {SECOND_STATUS}\n",
        ]
    )


def later(word: str, status: int) -> str:
    """A line, and an exit status of its own."""
    return f"echo 'start={word}'\nexit {status}\n"


def neighbour() -> str:
    """In another network: ask for the first network's alias; then write a line a second until SIGTERM."""
    return "\n".join(
        [
            f'echo "leak=$({handshake_command(ONLY_HERE, 2)})"',
            f"trap 'echo {GOT_TERM}; exit {STOPPED_STATUS}' TERM",
            f"echo {READY}",
            f"while :; do echo {TICK}; sleep 1; done\n",
        ]
    )


def reader() -> str:
    """Behind the script in its command: see that the shell reads its stdin, and what is in the volume."""
    return f"echo '{READS}'\necho \"kept=$(cat /kept/file 2>/dev/null)\"\nexit 0\n"


def shown(name: str) -> str:
    """A variable's value as ``first`` prints it."""
    return VARIABLES[name].replace("\n", "|")
