"""All lies, by document and layer. To add one, write it into the file of its layer: ``lies.py`` says how."""

from __future__ import annotations

from falsify.catalogue import drift, ecs, gitlab
from falsify.lies import Lie

LIES: tuple[Lie, ...] = (*gitlab.LIES, *ecs.LIES, *drift.LIES)
