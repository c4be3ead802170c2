"""The acts of the second job, in the order that its shell needs, each with the scenarios that look at it."""

from __future__ import annotations

from support.gitlab.image import Image
from support.gitlab.script import each, notes
from support.gitlab.second_job import SecondJob
from support.gitlab.volume import Volume
from support.script import Act

SecondAct = Act[SecondJob]


def _created(role: str) -> SecondAct:
    def create(job: SecondJob) -> None:
        job.container(role).as_created()

    return SecondAct(f"{role} container", (), create, ("network", "volumes"))


def _finish(job: SecondJob) -> None:
    job.took = job.driver.limit().elapsed


SECOND_SCRIPT: tuple[SecondAct, ...] = (
    SecondAct("images", (), each(lambda job: job.images, Image.pull)),
    SecondAct("network", (), lambda job: job.network.create()),
    SecondAct("volumes", notes(20), each(lambda job: job.volumes, Volume.create)),
    _created("service"),
    SecondAct("service started", notes(5, 10), lambda job: job.service.start(), ("images", "service container")),
    _created("helper"),
    SecondAct("helper attached", notes(1, 2, 3), lambda job: job.helper.attach(), ("images", "helper container")),
    SecondAct("helper relays", notes(1, 2, 3), lambda job: job.relaying(), ("helper attached",)),
    SecondAct("cache volume again", notes(20), lambda job: job.cache_volume.create_again(), ("volumes",)),
    _created("build"),
    SecondAct("shell", notes(11, 12, 15), lambda job: job.build_shell.shell(), ("images", "build container")),
    SecondAct("output while it runs", notes(15), lambda job: job.build_shell.delayed_output(), ("shell",)),
    SecondAct("wait while it runs", notes(11), lambda job: job.build_shell.wait_while_running(), ("shell",)),
    SecondAct("service up", notes(5, 19), lambda job: job.service.when_left_created(), ("service started",)),
    SecondAct("handshakes", notes(6, 7, 19), lambda job: job.handshakes(), ("shell", "service up")),
    SecondAct("no alias", notes(7), lambda job: job.without_alias(), ("handshakes",)),
    SecondAct("helper relayed", notes(1, 2, 3), lambda job: job.relayed(), ("helper relays",)),
    SecondAct("files read", notes(4), lambda job: job.files_read(), ("shell", "helper relayed")),
    SecondAct("shell ended", notes(12, 17), lambda job: job.build_shell.after_failing_end(), ("shell",)),
    SecondAct("shell again", notes(17), lambda job: job.restart.while_it_runs(), ("shell ended",)),
    SecondAct("shell waited for again", notes(18), lambda job: job.restart.before_stop(), ("shell again",)),
    SecondAct("shell stopped", notes(18), lambda job: job.restart.after_stop(), ("shell waited for again",)),
    SecondAct("second end", notes(18), lambda job: job.restart.after_answer(), ("shell stopped",)),
    SecondAct("service deleted", notes(19), lambda job: job.tasks_running_on(), ("handshakes",)),
    SecondAct(
        "all of it",
        notes(10),
        _finish,
        ("helper relayed", "shell ended", "second end", "service deleted", "cache volume again"),
    ),
    SecondAct("other names", notes(21), lambda job: job.seen_by_other_names(), ("images",)),
    SecondAct("missing image pulled", notes(13), lambda job: job.missing_pull()),
    SecondAct("missing image run", notes(14), lambda job: job.missing_run()),
)


def without_isolation() -> tuple[SecondAct, ...]:
    """The same where there is neither a volume's mount nor an alias, and nobody will look at them."""
    skipped = ("no alias", "files read")
    return tuple(
        SecondAct("handshakes", notes(19), lambda job: None, ("service up",)) if act.makes == "handshakes" else act
        for act in SECOND_SCRIPT
        if act.makes not in skipped
    )
