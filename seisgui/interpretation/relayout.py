"""Header bytes corrected after painting: labels land on the same traces, as one undoable edit."""

from __future__ import annotations

from seisgui.interpretation.sources import ProjectSources


class RelayoutMixin(ProjectSources):
    """The part of a project that changes how its files are read."""
