"""Networks, the three that every engine has included."""

from __future__ import annotations

import ipaddress

from standin import fields
from standin.filters import Filters
from standin.http import ApiError, Request, Response, answer
from standin.lifecycle import disconnect, emit_network
from standin.router import route
from standin.state import PREDEFINED, Daemon, Json, Network
from standin.views import network_inspect


@route("POST", "/networks/create", "TST-011 AC-4")
async def create(daemon: Daemon, request: Request) -> Response:
    body = fields.read("Network", request.json())
    name, driver = body.get("Name") or "", body.get("Driver") or "bridge"
    if not name.strip():
        raise ApiError(400, f"invalid name: {name}")
    if any(network.name == name for network in daemon.networks.values()):
        raise ApiError(409, f"network with name {name} already exists")
    if driver != "bridge":
        raise ApiError(404, f'plugin "{driver}" not found')
    for option in body.get("Options") or ():
        if option.startswith("com.docker.network."):
            raise ApiError(400, f"Options: {option} is not served by the stand-in")
    subnet, gateway = _pool(daemon, body)
    network = Network(name, driver, subnet, gateway, body)
    daemon.networks[network.id] = network  # from now on its name is taken
    try:
        await daemon.backend.add_network(network)
    except BaseException:
        del daemon.networks[network.id]
        raise
    emit_network(daemon, network, "create")
    return answer({"Id": network.id, "Warning": ""}, 201)


def _pool(daemon: Daemon, body: Json) -> tuple[ipaddress.IPv4Network, str]:
    pools = fields.read("IPAM", body.get("IPAM") or {}, "IPAM.").get("Config") or ()
    if len(pools) > 1:
        raise ApiError(
            400, f"IPAM.Config is not served by the stand-in with more than one pool, and here are {len(pools)}"
        )
    wanted: Json = fields.read("IPAM.Config", next(iter(pools), {}), "IPAM.Config.")
    if not wanted.get("Subnet"):
        subnet = daemon.free_subnet()
        return subnet, str(subnet[1])
    try:
        given = ipaddress.ip_network(wanted["Subnet"])
    except ValueError as error:
        reason = "invalid CIDR block notation"
        raise ApiError(400, f"invalid network config:\ninvalid subnet {wanted['Subnet']}: {reason}") from error
    if isinstance(given, ipaddress.IPv6Network):
        raise ApiError(400, f"IPAM.Config.Subnet {given} is not served by the stand-in: its networks are IPv4's")
    subnet = given
    if any(other.subnet and subnet.overlaps(other.subnet) for other in daemon.networks.values()):
        raise ApiError(403, "Pool overlaps with other one on this address space")
    return subnet, wanted.get("Gateway") or str(subnet[1])


@route("GET", "/networks", "TST-011 AC-21")
async def list_networks(daemon: Daemon, request: Request) -> Response:
    filters = Filters(request, "name", "id", "label", "driver", "type", "scope")
    shown = [
        network_inspect(network, ())
        for network in daemon.networks.values()
        if filters.partly("name", network.name)
        and filters.starts("id", network.id)
        and filters.exact("driver", network.driver)
        and filters.exact("scope", "local")
        and filters.exact("type", "builtin" if network.name in PREDEFINED else "custom")
        and filters.labels(network.settings.get("Labels") or {})
    ]
    return answer(shown)


@route("GET", "/networks/{name}", "all traces, n 5")
async def inspect(daemon: Daemon, _request: Request, name: str) -> Response:
    network = daemon.network(name)
    return answer(network_inspect(network, daemon.on_network(network)))


@route("POST", "/networks/{name}/disconnect", "TST-011 AC-17")
async def disconnect_container(daemon: Daemon, request: Request, name: str) -> Response:
    body = fields.read("Disconnect", request.json())
    reference = body.get("Container") or ""
    try:
        container = daemon.container(reference)
    except ApiError:
        if not body.get("Force"):
            raise
        raise ApiError(404, f"endpoint {reference} not found") from None
    network = next((n for n in daemon.networks.values() if name in (n.id, n.name, n.id[:12])), None)
    async with container.lock:
        if network is None or network.name not in container.endpoints:
            # The engine says it in two ways.
            known, kind = (network.name, "" if container.running else "the ") if network else (name, "the ")
            raise ApiError(500, f"container {container.id} is not connected to {kind}network {known}")
        if container.running:
            await daemon.backend.disconnect(container, network)
        disconnect(daemon, container, network)
        del container.endpoints[network.name]
    return Response()


@route("DELETE", "/networks/{name}", "TST-011 AC-19")
async def delete(daemon: Daemon, _request: Request, name: str) -> Response:
    network = daemon.network(name)
    if network.name in PREDEFINED:
        raise ApiError(403, f"{network.name} is a pre-defined network and cannot be removed")
    if daemon.on_network(network):
        reason = f"network {network.name} id {network.id} has active endpoints"
        raise ApiError(403, f"error while removing network: {reason}")
    del daemon.networks[network.id]
    await daemon.backend.remove_network(network)
    emit_network(daemon, network, "destroy")
    return Response(204)
