"""Networks: create, list, inspect, disconnect, delete."""

from __future__ import annotations

from tests.differential.calls.call import Call

_CREATE = "POST /networks/create"
_MINE = '{"Name":"{network_name}","Labels":{"differential":"{label}"}}'
_AS_THE_RUNNER_DOES = (
    '{"Name":"{network_name}","Driver":"","Scope":"","EnableIPv6":false,"IPAM":null,"Internal":false,"Attachable":false,'
    '"Ingress":false,"ConfigOnly":false,"ConfigFrom":null,"Options":{},"Labels":{"differential":"{label}"}}'
)
_JOB = "network, volume, running member"
_ENDED = "network, volume, exited member-talker"
_INSPECT = "GET /networks/{network}"
_LEAVE = "POST /networks/{network}/disconnect"
_FORCE = '{"Container":"{id}","Force":true}'

CALLS = (
    # TST-011 AC-4; the recorded runner sends empty and null options along.
    Call("create a network", "", _CREATE, _MINE),
    Call("create a network as the runner does", "", _CREATE, _AS_THE_RUNNER_DOES),
    Call("create a network of a name in use", "network", _CREATE, _MINE),
    Call("create a network without a name", "", _CREATE, "{}"),
    Call("create a network from what is no JSON", "", _CREATE, "{"),
    Call("create a network without a body", "", _CREATE),
    # TST-011 AC-17, AC-21; the recorded runner lists, then inspects each.
    Call("list networks", _JOB, 'GET /networks?filters={"id":["{network}"]}'),
    Call("list networks by label", "network", 'GET /networks?filters={"label":["differential={label}"]}'),
    Call("list networks by name", "network", 'GET /networks?filters={"name":["{network_name}"]}'),
    Call("list networks by an unknown filter", "", 'GET /networks?filters={"colour":["red"]}'),
    Call("inspect a network", "network", _INSPECT),
    Call("inspect a network by name", "network", "GET /networks/{network_name}"),
    Call("inspect a network by short id", "network", "GET /networks/{network:12}"),
    Call("inspect a network in use", _JOB, _INSPECT),
    Call("inspect a network, its container exited", _ENDED, _INSPECT),
    Call("inspect a network, its container created", "network, volume, created member", _INSPECT),
    Call("inspect a network, its container disconnected", _JOB + ", disconnected", _INSPECT),
    Call("inspect the default network", "", "GET /networks/bridge"),
    Call("inspect a missing network", "", "GET /networks/none-such"),
    Call("disconnect", _JOB, _LEAVE, _FORCE),
    Call("disconnect an exited container", _ENDED, _LEAVE, _FORCE),
    Call("disconnect a second time", _JOB + ", disconnected", _LEAVE, _FORCE),
    Call("disconnect a second time without force", _JOB + ", disconnected", _LEAVE, '{"Container":"{id}"}'),
    Call("disconnect a missing container", "network", _LEAVE, '{"Container":"none"}'),
    Call("disconnect a missing container by force", "network", _LEAVE, '{"Container":"none","Force":true}'),
    Call("disconnect from a missing network", "running sleeper", "POST /networks/none-such/disconnect", _FORCE),
    Call("disconnect from what is no JSON", "network", _LEAVE, "{"),
    # TST-011 AC-19.
    Call("delete a network", "network", "DELETE /networks/{network}"),
    Call("delete a network by name", "network", "DELETE /networks/{network_name}"),
    Call("delete a network in use", _JOB, "DELETE /networks/{network}"),
    Call("delete a network, its container exited", _ENDED, "DELETE /networks/{network}"),
    Call("delete a missing network", "", "DELETE /networks/none-such"),
    Call("delete the default network", "", "DELETE /networks/bridge"),
)
