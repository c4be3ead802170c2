"""Bridges and their ports, over netlink: one bridge per network, one pair of devices per container on it.

Written out because the four messages that it takes cost less than loading a netlink library does. The daemon has no
address on the bridges, so nothing is routed from one to another.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from standin.sandbox import kernel
from standin.sandbox.model import Endpoint

_NEWLINK, _DELLINK, _NEWADDR = 16, 17, 20
_REQUEST, _ACK, _CREATE, _EXCL = 1, 4, 0x400, 0x200
_IFF_UP = 1
_ADDRESS, _IFNAME, _MASTER, _LINKINFO, _NET_NS_PID = 1, 3, 10, 18, 19
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1
_IFA_ADDRESS, _IFA_LOCAL = 1, 2


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _link(*attributes: bytes, up: bool = True) -> bytes:
    flags = _IFF_UP if up else 0
    return struct.pack("BxHiII", socket.AF_UNSPEC, 0, 0, flags, flags) + b"".join(attributes)


def _name(kind: int, text: str) -> bytes:
    return _attribute(kind, text.encode() + b"\0")


class Link:
    """The network devices of the namespace that this is made in; a context manager."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _ask(self, kind: int, flags: int, body: bytes) -> None:
        header = struct.pack("IHHII", 16 + len(body), kind, _REQUEST | _ACK | flags, 1, 0)
        self._socket.send(header + body)
        number = -struct.unpack_from("i", self._socket.recv(8192), 16)[0]
        if number:
            raise OSError(number, f"netlink: {os.strerror(number)}")

    def up(self, name: str) -> None:
        self._ask(_NEWLINK, 0, _link(_name(_IFNAME, name)))

    def add_bridge(self, name: str) -> None:
        kind = _attribute(_LINKINFO, _name(_INFO_KIND, "bridge"))
        self._ask(_NEWLINK, _CREATE | _EXCL, _link(_name(_IFNAME, name), kind))

    def add_port(self, name: str, bridge: str, peer: str, pid: int, mac: bytes) -> None:
        """A pair of devices: ``name`` on ``bridge`` here, ``peer`` in the namespace of ``pid``."""
        there = _attribute(_NET_NS_PID, struct.pack("I", pid))
        other = _link(_name(_IFNAME, peer), _attribute(_ADDRESS, mac), there, up=False)
        data = _attribute(_INFO_DATA, _attribute(_VETH_PEER, other))
        kind = _attribute(_LINKINFO, _name(_INFO_KIND, "veth") + data)
        master = _attribute(_MASTER, struct.pack("I", socket.if_nametoindex(bridge)))
        self._ask(_NEWLINK, _CREATE | _EXCL, _link(_name(_IFNAME, name), master, kind))

    def add_address(self, name: str, address: str, prefix: int) -> None:
        packed = socket.inet_aton(address)
        head = struct.pack("BBBBI", socket.AF_INET, prefix, 0, 0, socket.if_nametoindex(name))
        body = head + _attribute(_IFA_LOCAL, packed) + _attribute(_IFA_ADDRESS, packed)
        self._ask(_NEWADDR, _CREATE | _EXCL, body)

    def delete(self, name: str) -> None:
        self._ask(_DELLINK, 0, _link(_name(_IFNAME, name), up=False))


@contextmanager
def _inside(pid: int) -> Iterator[Link]:
    """The devices of another process's namespace; this thread is back in its own afterwards."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        kernel.enter(pid, "net")
        try:
            with Link() as link:
                yield link
        finally:
            kernel.join(own)
    finally:
        os.close(own)


class Networks:
    """The networks of a sandbox and who is on them, by a pid in their namespaces."""

    def __init__(self) -> None:
        self._prefixes: dict[str, int] = {}
        self._ports: dict[tuple[int, str], tuple[str, str]] = {}  # here and there, by pid and network
        self._made = 0

    def open(self) -> None:
        self._link = Link()

    def close(self) -> None:
        for id_ in list(self._prefixes):
            self.remove(id_)
        self._link.__exit__()

    def add(self, id_: str, subnet: str) -> None:
        self._link.add_bridge(_bridge(id_))
        self._prefixes[id_] = ipaddress.IPv4Network(subnet).prefixlen

    def remove(self, id_: str) -> None:
        self._link.delete(_bridge(id_))
        del self._prefixes[id_]

    def attach(self, pid: int, endpoints: list[Endpoint]) -> None:
        """Give the namespaces of ``pid`` a device and its address for each endpoint."""
        names = []
        for endpoint in endpoints:
            self._made += 1
            port, mac = f"port{self._made}", b"\x02\x42" + socket.inet_aton(endpoint.address)
            used = {there for (owner, _), (_, there) in self._ports.items() if owner == pid}
            device = next(name for name in (f"eth{number}" for number in range(len(used) + 1)) if name not in used)
            self._link.add_port(port, _bridge(endpoint.network), device, pid, mac)
            self._ports[pid, endpoint.network] = port, device
            names.append(device)
        with _inside(pid) as link:
            link.up("lo")
            for endpoint, device in zip(endpoints, names, strict=True):
                link.up(device)
                link.add_address(device, endpoint.address, self._prefixes[endpoint.network])

    def detach(self, pid: int, id_: str) -> None:
        """Take the device away, if a start came that far; with the namespaces it may have gone by itself."""
        if (pid, id_) not in self._ports:
            return
        port, _ = self._ports.pop((pid, id_))
        try:
            self._link.delete(port)
        except OSError as error:
            if port in (name for _, name in socket.if_nameindex()):
                raise OSError(error.errno, f"{port} of network {id_} stays: {error.strerror}") from error


def _bridge(id_: str) -> str:
    return f"br-{id_[:12]}"
