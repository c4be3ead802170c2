"""Containers as processes: in namespaces of their own where the kernel allows it, plain subprocesses elsewhere."""

from support.standin.sandbox.model import Bind, Box, CannotStart, Endpoint, Program
from support.standin.sandbox.process import Process
from support.standin.sandbox.sandbox import Sandbox

__all__ = ["Bind", "Box", "CannotStart", "Endpoint", "Process", "Program", "Sandbox"]
