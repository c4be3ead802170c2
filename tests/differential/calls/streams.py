"""Attach and logs."""

from __future__ import annotations

from tests.differential.calls.call import END, Call

_ATTACH = "POST /containers/{id}/attach?"
_ALL = _ATTACH + "stdin=1&stdout=1&stderr=1&stream=1"
_OUTPUT = _ATTACH + "stdout=1&stderr=1&stream=1"
_START = "POST /containers/{id}/start"
_KILL = "POST /containers/{id}/kill"
_SCRIPT = b'echo "build-output"\necho to-stderr >&2\nexit 7\n'
_LIKE_A_FRAME = b"\x01\0\0\0\0\0\0\x02hi\xff\n"
_LOGS = "GET /containers/{id}/logs?stdout=true&stderr=true"

CALLS = (
    # Attach: TST-011 AC-10 to AC-12, AC-15; the recorded runner attaches to an exited container, too.
    Call("attach, then start and write", "created shell", _ALL, hijack="upgrade", meanwhile=(_START, _SCRIPT, END)),
    Call("attach, then write and start", "created shell", _ALL, hijack="upgrade", meanwhile=(_SCRIPT, END, _START)),
    Call("attach without asking for it", "created shell", _ALL, hijack="bare", meanwhile=(_START, _SCRIPT, END)),
    Call(
        "attach, start, write and close", "created cat", _ALL, hijack="upgrade", meanwhile=(_START, _LIKE_A_FRAME, END)
    ),
    Call("attach to an exited container", "scripted shell", _ALL, hijack="upgrade", meanwhile=(_START, _SCRIPT, END)),
    Call(
        "attach to stdout alone", "created talker", _ATTACH + "stdout=1&stream=1", hijack="upgrade", meanwhile=(_START,)
    ),
    Call(
        "attach to stderr alone", "created talker", _ATTACH + "stderr=1&stream=1", hijack="upgrade", meanwhile=(_START,)
    ),
    Call("attach to both outputs", "created talker", _OUTPUT, hijack="upgrade", meanwhile=(_START,)),
    Call("attach to what was logged", "exited talker", _ATTACH + "stdout=1&stderr=1&logs=1", hijack="upgrade"),
    Call("attach to a running container", "running sleeper", _OUTPUT, hijack="upgrade", meanwhile=(_KILL,)),
    Call("attach to a missing container", "", "POST /containers/none/attach?stdout=1&stream=1", hijack="upgrade"),
    Call("attach to a missing container unasked", "", "POST /containers/none/attach?stdout=1&stream=1", hijack="bare"),
    # Logs: TST-010 AC-11 to AC-13; docker logs -f.
    Call("logs of both streams", "exited talker", _LOGS),
    Call("logs of stdout", "exited talker", "GET /containers/{id}/logs?stdout=1"),
    Call("logs of stderr", "exited talker", "GET /containers/{id}/logs?stderr=1"),
    Call("logs with timestamps", "exited counter", _LOGS + "&timestamps=true"),
    Call("logs, the last two lines", "exited counter", _LOGS + "&tail=2"),
    Call("logs, no lines", "exited counter", _LOGS + "&tail=0"),
    Call("logs, all lines", "exited counter", _LOGS + "&tail=all"),
    Call("logs, a tail that is no number", "exited counter", _LOGS + "&tail=few"),
    Call("logs since before", "exited counter", _LOGS + "&since={since}"),
    Call("logs since after", "exited counter", _LOGS + "&since={later}"),
    Call("logs until before", "exited counter", _LOGS + "&until={since}"),
    Call("logs followed to the end", "running polite, ready", _LOGS + "&follow=1", meanwhile=(_KILL + "?signal=TERM",)),
    Call("logs followed of an exited container", "exited talker", _LOGS + "&follow=1"),
    Call("logs of a container that was started twice", "exited talker, again", _LOGS),
    Call("logs of a created container", "created talker", _LOGS),
    Call("logs of a container that could not start", "failed nothing", _LOGS),
    Call("logs of entrypoint, environment and user", "exited by-entrypoint", _LOGS),
    Call("logs of what a link brings", "running linked-to, exited linked", _LOGS),
    Call("logs of what a tmpfs is", "exited scratch", _LOGS),
    Call("logs of an unfinished line", "exited unfinished", _LOGS),
    Call("logs of neither stream", "exited talker", "GET /containers/{id}/logs"),
    Call("logs since what is no time", "exited talker", _LOGS + "&since=yesterday"),
    Call("logs of a missing container", "", "GET /containers/none/logs?stdout=1"),
)
