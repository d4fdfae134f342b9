"""Make the built-in weights of the picker: PhaseNet taught on simulated records.

    .venv/bin/python installer/make_picker_weights.py [--out resources/weights] [--seed 0] [--epochs 20]
                                                      [--records FILE] [--real FILE]

Simulates records of the preset 'regional' (or takes those of FILE), trains from scratch with the program's own training
and keeps the weights with a card. E and N are the simulated horizontal motion seen from random directions, across which
there is only noise; a fifth of the records have a vertical component only, so that the weights also fit records of one
component. The same seed, epochs and threads give the same weights; one thread takes six minutes of a core.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from seisgui.interpretation.pick_exchange import import_picks
from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.events import Control
from seisgui.learning.model_library import CARD, CHECKPOINT, WEIGHTS, ModelCard
from seisgui.learning.picking.picker_model import PickerModel, read_picker
from seisgui.learning.picking.simulate import simulate_steps
from seisgui.learning.picking.simulate_presets import REGIONAL
from seisgui.learning.reproduce.huynh_scores import Rule, arrivals_of, pick_steps, score
from seisgui.learning.requests import HeldOutGroup, TrainRequest
from seisgui.learning.train import train
from seisgui.seismic.progress import finish
from seisgui.seismic.records import open_records

EVERY = 10  # every so-many-th shot is not learnt from
RULE = Rule(threshold=0.5, distance=50, tolerance=0.1)
SETTINGS: dict[str, float | int | str | bool] = {
    "batch": 20,
    "updates_per_epoch": 100,
    "learning_rate": 1e-2,
    "schedule": "cosine",
    "patience": 0,
    "window": 3001,
    "noise": 0.3,
    "snr_least": 0.0,
    "snr_most": 20.0,
    "stretch": 0.5,
    "swap": 0.5,
    "vertical_only": 0.1,
    "stack": 0.1,
}


def main() -> None:
    """Simulate, train, look at shots that were not learnt from (and at real records), save."""
    parser = argparse.ArgumentParser(description="Make the built-in weights of the picker.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "resources" / "weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--records", type=Path, help="records that were simulated before")
    parser.add_argument("--real", type=Path, help="real records to look at, which change nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        records = options.records or Path(folder) / "regional.npz"
        if options.records is None:
            finish(simulate_steps(REGIONAL, records, options.seed))
            print(f"{REGIONAL.n_record} records after {time.monotonic() - began:.0f} s", flush=True)
        with Project.create(Path(folder) / "weights.seisproj") as project:
            dataset = project.add_gathers([records])
            import_picks(project, records, dataset=dataset.id)
            project.wait_saved(60.0)
            run, away = trained(project, options.seed, options.epochs, began)
            model = PickerModel.load(project, run.id)
            scores = looked_at(model, records, away)
            print(f"shots not learnt from: {scores}, {time.monotonic() - began:.0f} s", flush=True)
            if options.real is not None:
                print(f"{options.real.name}: {looked_at(model, options.real)}", flush=True)
            save(
                project.run_folder(run.id) / WEIGHTS,
                options.out / "phasenet-simulated.safetensors",
                card_of(scores, options),
            )


def trained(project: Project, seed: int, epochs: int, began: float) -> tuple[RunRecord, tuple[str, ...]]:
    """A run from scratch on all but every tenth shot, and the events that it did not learn from."""
    away = tuple(group.title for group in project.open_records().groups("event")[::EVERY])
    request = TrainRequest(
        project.path,
        task="picking",
        network="phasenet",
        hold_out_groups=tuple(HeldOutGroup("event", title) for title in away),
        epochs=epochs,
        seed=seed,
        device="cpu",
        settings=SETTINGS,
    )
    steps = train(project, request, Control())
    while True:
        try:
            event = next(steps)
        except StopIteration as outcome:
            return outcome.value, away
        if type(event).__name__ == "CurvePoint":
            loss = event.training["loss"]
            print(f"epoch {event.epoch}: loss {loss:.4f}, {time.monotonic() - began:.0f} s", flush=True)


def looked_at(model: PickerModel, path: Path, events: tuple[str, ...] | None = None) -> dict[str, float]:
    """F1 of P and S on whole records of some events (None: of all), tolerance .1 s."""
    records = open_records([path])
    try:
        groups = records.groups("event")
        chosen = [group.records.tolist() for group in groups if events is None or group.title in events]
        indices = sorted(index for some in chosen for index in some)
        picked = finish(pick_steps(model, records, indices, RULE, None, 0))
        found = score(picked, arrivals_of(records, indices), RULE.tolerance)["count"]
        return {f"{phase} F1": round(each.f1, 4) for phase, each in found.items()}
    finally:
        records.close()


def card_of(scores: dict[str, float], options: Any) -> ModelCard:
    """What the weights were trained on."""
    updates = options.epochs * int(SETTINGS["updates_per_epoch"])
    return ModelCard(
        start_from="built-in",
        kind="built-in",
        title="Simulated records",
        network="phasenet",
        task="picking",
        classes=("N", "P", "S"),
        survey=f"{REGIONAL.n_record} simulated records of {REGIONAL.n_shot} shots, seed {options.seed}",
        patch=int(SETTINGS["window"]),
        interval=1000.0 / REGIONAL.rate,
        unit="ms",
        position=False,
        scores=tuple(scores.items()),
        notes=f"Made by installer/make_picker_weights.py, {updates} updates.",
    )


def save(source: Path, target: Path, card: ModelCard) -> None:
    """The weights of a run with what a picker needs beside them, and a card."""
    state, info = read_picker(source)
    info = replace(info, extra={"title": card.title})
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    save_file(state, partial, {CHECKPOINT: json.dumps(info.to_json()), CARD: json.dumps(card.to_json())})
    partial.chmod(0o644)  # safetensors keeps files to their owner; these are for whoever the program is installed for
    partial.replace(target)


if __name__ == "__main__":
    main()
