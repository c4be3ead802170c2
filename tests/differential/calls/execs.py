"""Exec: create, start, inspect."""

from __future__ import annotations

from tests.differential.calls.call import END, Call

_CREATE = "POST /containers/{id}/exec"
_ECHO = '{"Cmd":["echo","exec-works"],"AttachStdout":true,"AttachStderr":true}'
_START = "POST /exec/{exec}/start"
_STAY = '{"Detach":false,"Tty":false}'
_INSPECT = "GET /exec/{exec}/json"

CALLS = (
    # TST-010 AC-14; the recorded runner meets the 409.
    Call("create an exec", "running sleeper", _CREATE, _ECHO),
    Call("create an exec in an exited container", "exited talker", _CREATE, _ECHO),
    Call("create an exec in a created container", "created sleeper", _CREATE, _ECHO),
    Call("create an exec of nothing", "running sleeper", _CREATE, '{"AttachStdout":true}'),
    Call("create an exec from what is no JSON", "running sleeper", _CREATE, "{"),
    Call("create an exec without a body", "running sleeper", _CREATE),
    Call("create an exec in a missing container", "", "POST /containers/none/exec", _ECHO),
    # TST-010 AC-15; the recorded runner's cancelled job.
    Call("start an exec", "running sleeper, exec echo", _START, _STAY, hijack="upgrade"),
    Call("start an exec unasked", "running sleeper, exec seven", _START, _STAY, hijack="bare"),
    Call(
        "start an exec and write",
        "running sleeper, exec cat",
        _START,
        _STAY,
        hijack="upgrade",
        meanwhile=(b"to\n", END),
    ),
    Call("start an exec for a terminal", "running sleeper, exec echo", _START, '{"Tty":true}', hijack="upgrade"),
    Call("start an exec and leave it", "running sleeper, exec echo", _START, '{"Detach":true}'),
    Call("start an exec of a missing program", "running sleeper, exec nothing", _START, _STAY, hijack="upgrade"),
    Call("start an exec a second time", "running sleeper, ran echo", _START, _STAY, hijack="upgrade"),
    Call("start an exec after the end", "running sleeper, exec echo, ended", _START, _STAY, hijack="upgrade"),
    Call("start an exec from what is no JSON", "running sleeper, exec echo", _START, "{", hijack="upgrade"),
    Call("start a missing exec", "", "POST /exec/none/start", _STAY, hijack="upgrade"),
    # TST-010 AC-16, AC-17.
    Call("inspect an exec before its start", "running sleeper, exec echo", _INSPECT),
    Call("inspect an exec that ended well", "running sleeper, ran echo", _INSPECT),
    Call("inspect an exec that ended with 7", "running sleeper, ran seven", _INSPECT),
    Call("inspect an exec of a missing program", "running sleeper, ran nothing", _INSPECT),
    Call("inspect an exec after its container's end", "running sleeper, ran echo, ended", _INSPECT),
    Call("inspect a missing exec", "", "GET /exec/none/json"),
)
