"""Create, list, inspect, start, stop, kill, wait, delete."""

from __future__ import annotations

from tests.differential.calls.call import Call

_CREATE = "POST /containers/create?name={name}"
_ANY = "POST /containers/create"
_SLEEP = '"Image":"alpine:latest","Cmd":["tail","-f","/dev/null"]'
_DEFAULTS = '{"LogConfig":{"Type":"json-file"},"RestartPolicy":{"Name":"no"},"Memory":0,"CapAdd":null,"Mounts":[]}'
_LIST = 'GET /containers/json?all=1&filters={"label":["differential={label}"]}'
_RUNNING = 'GET /containers/json?filters={"label":["differential={label}"]}'
_INSPECT = "GET /containers/{id}/json"
_MEMBER = "network, volume, running member"
_KILL = "POST /containers/{id}/kill"
_WAIT = "POST /containers/{id}/wait"
_START = "POST /containers/{id}/start"

CALLS = (
    # Create: TST-011 AC-6, AC-9, AC-14; TST-010 AC-3.
    Call("create", "", _CREATE, "{" + _SLEEP + "}"),
    Call("create without a name", "", _ANY, "{" + _SLEEP + "}"),
    Call("create by image id", "", _CREATE, '{"Image":"{image}"}'),
    Call("create by digest", "", _CREATE, '{"Image":"{digest}"}'),
    Call("create with a missing image", "", _ANY, '{"Image":"no-such-image","Cmd":["true"]}'),
    Call("create with a missing tag", "", _ANY, '{"Image":"alpine:no-such-tag"}'),
    Call("create with a malformed image", "", _ANY, '{"Image":"UPPER"}'),
    Call("create without an image", "", _ANY, '{"Cmd":["true"]}'),
    Call("create from nothing", "", _ANY, "{}"),
    Call("create without a body", "", _ANY),
    Call("create from what is no JSON", "", _ANY, "{"),
    Call("create from a JSON list", "", _ANY, "[]"),
    Call("create from another media type", "", _ANY, "{}", media="text/plain"),
    Call("create without a media type", "", _ANY, "{}", media=""),
    Call("create with a field of another type", "", _ANY, "{" + _SLEEP + ',"Env":"WORD=x"}'),
    Call("create with a malformed name", "", "POST /containers/create?name=a b", "{" + _SLEEP + "}"),
    Call("create with a name in use", "created sleeper", _CREATE, "{" + _SLEEP + "}"),
    Call("create in a missing network", "", _CREATE, "{" + _SLEEP + ',"HostConfig":{"NetworkMode":"no-such-network"}}'),
    Call("create with a relative bind", "", _CREATE, "{" + _SLEEP + ',"HostConfig":{"Binds":["vol:data"]}}'),
    Call("create with a relative work folder", "", _CREATE, "{" + _SLEEP + ',"WorkingDir":"data"}'),
    Call("create with a link to nothing", "", _ANY, "{" + _SLEEP + ',"HostConfig":{"Links":["none-such:x"]}}'),
    Call("create with a malformed link", "", _ANY, "{" + _SLEEP + ',"HostConfig":{"Links":["a:b:c"]}}'),
    Call("create with a relative tmpfs", "", _ANY, "{" + _SLEEP + ',"HostConfig":{"Tmpfs":{"tmp":""}}}'),
    Call("create with a malformed host", "", _ANY, "{" + _SLEEP + ',"HostConfig":{"ExtraHosts":["one"]}}'),
    Call("create with a host of no address", "", _ANY, "{" + _SLEEP + ',"HostConfig":{"ExtraHosts":["one:two"]}}'),
    Call(
        "create with fields that nobody knows", "", _CREATE, "{" + _SLEEP + ',"Colour":"red","HostConfig":{"Size":9}}'
    ),
    Call("create with what is the default", "", _CREATE, "{" + _SLEEP + f',"HostConfig":{_DEFAULTS}}}'),
    # List: TST-011 AC-21; TST-010 AC-9, AC-10; docker ps.
    Call("list running containers", "running sleeper, exited talker", _RUNNING),
    Call("list all, one running", "running sleeper", _LIST),
    Call("list all, one created", "created sleeper", _LIST),
    Call("list all, one exited", "exited talker", _LIST),
    Call("list all, one in a network", _MEMBER, _LIST),
    Call("list two, one linked to the other", "running linked-to, created linked", _LIST),
    Call("list two, the newest first", "created sleeper, created talker", _LIST),
    Call("list by a label that none has", "created sleeper", 'GET /containers/json?all=1&filters={"label":["none"]}'),
    Call("list by a label's key", "created sleeper", 'GET /containers/json?all=1&filters={"label":["key-{label}"]}'),
    Call("list by name", "created sleeper", 'GET /containers/json?all=1&filters={"name":["{name}"]}'),
    Call("list by id", "created sleeper", 'GET /containers/json?all=1&filters={"id":["{id:12}"]}'),
    Call("list by status", "exited talker", 'GET /containers/json?filters={"status":["exited"],"id":["{id}"]}'),
    Call("list by a filter's older form", "created sleeper", 'GET /containers/json?all=1&filters={"id":{"{id}":true}}'),
    Call("list by an unknown filter", "", 'GET /containers/json?filters={"colour":["red"]}'),
    Call("list by an unknown status", "", 'GET /containers/json?filters={"status":["asleep"]}'),
    Call("list by a filter that is no JSON", "", "GET /containers/json?filters={"),
    Call("list with a limit that is no number", "", "GET /containers/json?limit=few"),
    # Inspect: TST-011 AC-8; TST-010 AC-5, AC-6.
    Call("inspect a created container", "created shell", _INSPECT),
    Call("inspect a running container", "running sleeper", _INSPECT),
    Call("inspect an exited container", "exited talker", _INSPECT),
    Call("inspect a killed container", "killed sleeper", _INSPECT),
    Call("inspect a stopped container", "running polite, ready, stopped", _INSPECT),
    Call("inspect one in a network, created", "network, volume, created member", _INSPECT),
    Call("inspect one in a network, running", _MEMBER, _INSPECT),
    Call("inspect one in a network, exited", "network, volume, exited member-talker", _INSPECT),
    Call("inspect one that was disconnected", _MEMBER + ", disconnected", _INSPECT),
    Call("inspect one that could not start", "failed nothing", _INSPECT),
    Call("inspect the service", "running service", _INSPECT),
    Call("inspect one with a link", "running linked-to, created linked", _INSPECT),
    Call("inspect by name", "created by-entrypoint", "GET /containers/{name}/json"),
    Call("inspect by short id", "created sleeper", "GET /containers/{id:12}/json"),
    Call("inspect a missing container", "", "GET /containers/none/json"),
    Call("inspect a removed container", "removed sleeper", _INSPECT),
    # Start: TST-011 AC-7, AC-11; the recorded runner starts an exited container again.
    Call("start", "created sleeper", _START),
    Call("start by name", "created sleeper", "POST /containers/{name}/start"),
    Call("start of a started container", "running sleeper", _START),
    Call("start of an exited container", "exited talker", _START),
    Call("start of one whose link does not run", "created linked-to, created linked", _START),
    Call("start of a program that is missing", "created nothing", _START),
    Call("start of a program by a path that is missing", "created nothing-there", _START),
    Call("start of what is no program", "created folder", _START),
    Call("start as a user that is missing", "created nobody", _START),
    Call("start of a missing container", "", "POST /containers/none/start"),
    # Stop: TST-010 AC-7; TST-011's clean-up; the recorded runner without t.
    Call("stop", "running polite, ready", "POST /containers/{id}/stop"),
    Call("stop at once", "running sleeper", "POST /containers/{id}/stop?t=0"),
    Call("stop of an exited container", "exited talker", "POST /containers/{id}/stop"),
    Call("stop of a created container", "created sleeper", "POST /containers/{id}/stop"),
    Call("stop with a time that is no number", "running sleeper", "POST /containers/{id}/stop?t=soon"),
    Call("stop of a missing container", "", "POST /containers/none/stop"),
    # Kill: TST-011 AC-16.
    Call("kill", "running sleeper", _KILL),
    Call("kill by SIGTERM what ignores it", "running sleeper", _KILL + "?signal=SIGTERM"),
    Call("kill by a signal's number", "running sleeper", _KILL + "?signal=9"),
    Call("kill by a signal's short name", "running sleeper", _KILL + "?signal=kill"),
    Call("kill by an unknown signal", "running sleeper", _KILL + "?signal=SIGNONE"),
    Call("kill of an exited container", "exited talker", _KILL),
    Call("kill of a created container", "created sleeper", _KILL),
    Call("kill of a missing container", "", "POST /containers/none/kill"),
    # Wait: TST-011 AC-13; docker run waits for next-exit or removed.
    Call("wait for a running container", "running sleeper", _WAIT, meanwhile=(_KILL,)),
    Call("wait for not-running", "running sleeper", _WAIT + "?condition=not-running", meanwhile=(_KILL,)),
    Call("wait for an exited container", "exited talker", _WAIT),
    Call("wait for a created container", "created sleeper", _WAIT + "?condition=not-running"),
    Call("wait for the next exit", "created talker", _WAIT + "?condition=next-exit", meanwhile=(_START,)),
    Call("wait for an exited one's next exit", "exited talker", _WAIT + "?condition=next-exit", meanwhile=(_START,)),
    Call("wait for the removal", "exited talker", _WAIT + "?condition=removed", meanwhile=("DELETE /containers/{id}",)),
    Call("wait for the removal by itself", "running transient", _WAIT + "?condition=removed", meanwhile=(_KILL,)),
    Call("wait for an unknown condition", "running sleeper", _WAIT + "?condition=bored"),
    Call("wait for a missing container", "", "POST /containers/none/wait"),
    # Delete: TST-011 AC-18; TST-010 AC-8; the recorded runner deletes names that are not there.
    Call("delete an exited container", "exited talker", "DELETE /containers/{id}"),
    Call("delete a created container", "created sleeper", "DELETE /containers/{name}"),
    Call("delete a running container", "running sleeper", "DELETE /containers/{id}"),
    Call("delete a running container by force", "running sleeper", "DELETE /containers/{id}?force=1&v=1"),
    Call("delete a second time", "removed sleeper", "DELETE /containers/{id}?force=true&v=true"),
    Call("delete a missing container", "", "DELETE /containers/none?force=1&v=1"),
)
