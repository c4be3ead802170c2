"""Ping, version, info, events, and what no daemon serves."""

from __future__ import annotations

from tests.differential.calls.call import Call

_EVENTS = 'GET /events?since={since}&until={until}&filters={"container":["{id}"]}'
_LIVE = 'GET /events?until={soon}&filters={"container":["{id}"]}'
_DEATHS = 'GET /events?since={since}&until={until}&filters={"container":["{id}"],"type":["container"],"event":["die"]}'
_NETWORK = 'GET /events?since={since}&until={until}&filters={"type":["network"],"network":["{network}"]}'
_IN_NETWORK = "network, volume, running member, disconnected"

CALLS = (
    # TST-011 AC-1; the recorded runner sends HEAD.
    Call("ping", "", "GET /_ping", version=""),
    Call("ping by HEAD", "", "HEAD /_ping", version=""),
    Call("ping with a version in the path", "", "GET /_ping"),
    Call("ping with a newer version", "", "GET /_ping", version="/v1.99"),
    Call("ping by HEAD with a newer version", "", "HEAD /_ping", version="/v1.99"),
    Call("ping by POST", "", "POST /_ping", version=""),
    # The recorded runner.
    Call("version", "", "GET /version"),
    Call("version without a version in the path", "", "GET /version", version=""),
    Call("version with a newer version", "", "GET /version", version="/v1.99"),
    Call("version by POST", "", "POST /version"),
    Call("info", "", "GET /info"),
    Call("info by DELETE", "", "DELETE /info"),
    # TST-011: errors are {"message": …}.
    Call("an unknown route", "", "GET /no/such/route"),
    Call("an unknown route without a version", "", "GET /no/such/route", version=""),
    Call("a known path by an unknown method", "", "PUT /containers/json"),
    Call("a newer API version", "", "GET /info", version="/v1.99"),
    Call("a newer API version, missing container", "", "GET /containers/none/json", version="/v9.0"),
    Call("an older API version", "", 'GET /containers/json?filters={"id":["none"]}', version="/v1.24"),
    Call("too old an API version", "", "GET /info", version="/v1.1"),
    Call("a version that is no number", "", "GET /info", version="/vNext"),
    # Containers that are destroyed from outside are seen by their events.
    Call("events of a life", "exited talker", _EVENTS),
    Call("events of a kill", "killed sleeper", _EVENTS),
    Call("events of a removal", "removed sleeper", _EVENTS),
    Call("events of an exec", "running sleeper, ran seven", _EVENTS),
    Call("events of one kind", "exited talker", _DEATHS),
    Call("events of a network", _IN_NETWORK, _NETWORK),
    Call("events as they happen", "created talker", _LIVE, meanwhile=("POST /containers/{id}/start",)),
    Call("events of a start that fails", "failed nothing-there", _EVENTS),
    Call("events with a filter that is no JSON", "", "GET /events?until={until}&filters={"),
    Call("events since what is no time", "", "GET /events?since=yesterday&until={until}"),
    Call("events until before since", "", "GET /events?since=200&until=100"),
)
