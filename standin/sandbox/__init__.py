"""Containers as processes: in namespaces of their own where the kernel allows it, plain subprocesses elsewhere."""

from standin.sandbox.model import Bind, Box, CannotStart, Endpoint, Program
from standin.sandbox.process import Process
from standin.sandbox.sandbox import Sandbox

__all__ = ["Bind", "Box", "CannotStart", "Endpoint", "Process", "Program", "Sandbox"]
