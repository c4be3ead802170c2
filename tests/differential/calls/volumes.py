"""Volumes: create, list, inspect, delete."""

from __future__ import annotations

from tests.differential.calls.call import Call

_CREATE = "POST /volumes/create"
_MINE = '{"Name":"{volume}","Labels":{"differential":"{label}"}}'
_JOB = "network, volume, running member"

CALLS = (
    # TST-011 AC-5; the recorded runner.
    Call("create a volume", "", _CREATE, _MINE),
    Call("create a volume that exists", "volume", _CREATE, _MINE),
    Call("create a volume without a name", "", _CREATE, '{"Labels":{"differential":"{label}"}}'),
    Call("create a volume without a body", "", _CREATE),
    Call("create a volume of a malformed name", "", _CREATE, '{"Name":"a/b"}'),
    Call("create a volume from what is no JSON", "", _CREATE, "{"),
    # What tells that a volume is gone, and finds what an ended run has left.
    Call("list volumes by label", "volume", 'GET /volumes?filters={"label":["differential={label}"]}'),
    Call("list volumes by an unknown filter", "", 'GET /volumes?filters={"colour":["red"]}'),
    Call("inspect a volume", "volume", "GET /volumes/{volume}"),
    Call("inspect a missing volume", "", "GET /volumes/none"),
    # TST-011 AC-20.
    Call("delete a volume", "volume", "DELETE /volumes/{volume}"),
    Call("delete a volume by force", "volume", "DELETE /volumes/{volume}?force=1"),
    Call("delete a volume in use", _JOB, "DELETE /volumes/{volume}"),
    Call("delete a volume in use by force", _JOB, "DELETE /volumes/{volume}?force=1"),
    Call("delete a volume of an exited container", "network, volume, exited member-talker", "DELETE /volumes/{volume}"),
    Call("delete a missing volume", "", "DELETE /volumes/none"),
    Call("delete a missing volume by force", "", "DELETE /volumes/none?force=1"),
)
