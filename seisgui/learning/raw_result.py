"""The raw result beside a regularised one: the same weights as a run of their own that smooths over no neighbours."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from seisgui.learning import forest
from seisgui.learning.model import Trained


def is_regularised(trained: Trained) -> bool:
    """Whether the model's probabilities are averaged over neighbouring pixels."""
    return float(trained.settings.get("regularise", 0.0)) > 0.0


def raw_of(trained: Trained, run_id: str) -> Trained:
    """The same without it, naming the regularised run that it belongs to."""
    settings = {**trained.settings, "regularise": 0.0, "raw_of": run_id}
    return replace(trained, model=_unregularised(trained.model), settings=settings)


def _unregularised(model: Any) -> Any:
    if isinstance(model, forest.ForestModel):
        return replace(model, settings=replace(model.settings, regularise=0.0))
    if hasattr(model, "net"):  # a network and a forest together: the network smooths for both
        return replace(model, net=replace(model.net, regularise=0.0))
    return replace(model, regularise=0.0)


def save_raw(raw: Trained, source: Path, folder: Path) -> None:
    """Write what the raw run predicts with into ``folder``, from the files of the regularised run in ``source``."""
    if isinstance(raw.model, forest.ForestModel):
        raw.model.save(folder)
        return
    from seisgui.learning.checkpoint import WEIGHTS, read_checkpoint, save_checkpoint

    state, info = read_checkpoint(source / WEIGHTS)
    save_checkpoint(folder / WEIGHTS, state, replace(info, regularise=0.0))
    if (source / forest.FILE).is_file():
        shutil.copyfile(source / forest.FILE, folder / forest.FILE)
