"""How long a call of AWS may take, its retries included; and which services of AWS do not answer at all."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from botocore.config import Config

from support.aws.errors import is_passing, is_silence

CALL_WITHIN = 30.0  # seconds, where no setting says it
_CONNECT, _READ = 0.1, 0.4  # the shares of one attempt in that time: whoever never answers is asked twice
_SILENT = 0.5  # the share for which nobody waits again for who did not answer
_PAUSE, _LONGEST_PAUSE = 0.5, 5.0  # seconds between two attempts, and at most
_BEGAN = "acceptance-began"  # in the context that botocore keeps of a call


class Patience:
    """botocore's own retries are counted and may take minutes; these end ``within`` seconds, whatever AWS does.

    A service that gave no answer at all is not waited for again for a while: what needs it then fails at once, and the
    verdicts come in time.
    """

    def __init__(self, within: float) -> None:
        self.within = within
        self._lock = threading.Lock()
        self._silent: dict[str, tuple[float, Exception]] = {}

    def config(self, proxies: dict[str, str] | None) -> Config:
        """The settings of a client whose calls take no longer, once ``watch`` has it."""
        return Config(
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=self.within * _CONNECT,
            read_timeout=self.within * _READ,
            proxies=proxies,
        )

    def watch(self, client: Any) -> None:
        """Have this client's calls retried."""
        client.meta.events.register("before-call", _note_begin)
        client.meta.events.register("needs-retry", self._pause_before_retry)

    def silence(self, service: str) -> Exception | None:
        """With what the service's last call ended, where that was no answer at all and not long ago."""
        with self._lock:
            until, error = self._silent.get(service, (0.0, None))
        return error if time.monotonic() < until else None

    def failed(self, service: str, error: Exception) -> None:
        """A call of the service ended with this error, after its retries."""
        if is_silence(error):
            with self._lock:
                self._silent[service] = (time.monotonic() + self.within * _SILENT, error)

    def _pause_before_retry(
        self, attempts: int, response: Any, caught_exception: Exception | None, request_dict: Any, **_: object
    ) -> float | None:
        """botocore asks after each attempt: the seconds until the next one; None where there is none."""
        http, parsed = response if response is not None else (None, {})
        if not is_passing(caught_exception, http.status_code if http is not None else 0, parsed):
            return None
        pause = min(_PAUSE * 2 ** min(attempts - 1, 10), _LONGEST_PAUSE) * random.uniform(0.6, 1.0)  # noqa: S311
        elapsed = time.monotonic() - float(request_dict["context"].get(_BEGAN, 0.0))
        return pause if elapsed + pause <= self.within * (1 - _CONNECT - _READ) else None


def _note_begin(params: Any, **_: object) -> None:
    params["context"][_BEGAN] = time.monotonic()
