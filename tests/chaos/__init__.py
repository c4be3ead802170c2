"""The suite under attack: ``./acceptance selftest --chaos``.

Each case is a run of the suite, as a process, on a stand-in of its own, and something that goes wrong around it:
signals, a daemon that dies or freezes, connections that are cut, a full disk, an AWS that refuses. What the run left,
how long it took, what it needed of memory and processor time, and what it wrote is then judged against a quiet run of
the same invocation.
"""
