"""Records with known arrivals, and a PhaseNet whose weights are set by hand so that it finds them."""

from pathlib import Path

import numpy as np
import torch

from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning.events import Control
from seisgui.learning.picking.picker_model import PickerInfo, PickerModel
from seisgui.learning.picking.predict import predict_records
from seisgui.learning.picking.requests import PickPredictRequest
from seisgui.networks.phasenet import PhaseNet

SIGMA = 6.0  # samples of a bump


def spike_picker(**changes) -> PickerModel:
    """Tells P where the vertical, and S where the north component stands high above its surroundings."""
    model = PhaseNet(3, 3).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        for norm in (module for module in model.modules() if isinstance(module, torch.nn.BatchNorm1d)):
            norm.weight.fill_(1.0)
        for channel, component in ((0, 2), (1, 1)):
            model.inc.weight[channel, component, 3] = 1.0
            model.down_branch[0][0].weight[channel, channel, 3] = 1.0
            model.up_branch[3][2].weight[channel, channel, 3] = 1.0
            model.out.weight[channel + 1, channel, 0] = 1.0
        model.out.bias.copy_(torch.tensor([0.0, -8.0, -8.0]))
    return PickerModel(model, PickerInfo(**changes))


def waveforms(arrivals, samples=9001, seed=0):
    """(n, 3, samples) of noise with a bump on Z at each P and on N at each S: ``arrivals`` [(p, s)] in samples."""
    data = np.random.default_rng(seed).normal(size=(len(arrivals), 3, samples))
    time = np.arange(samples)
    for row, pair in enumerate(arrivals):
        for component, at in zip((2, 1), pair, strict=True):
            for each in np.atleast_1d([] if at is None else at):
                data[row, component] += 40.0 * np.exp(-0.5 * ((time - each) / SIGMA) ** 2)
    return data.astype(np.float32)


def records_file(path: Path, arrivals, rate=100.0, **arrays) -> Path:
    """An npz of such records with their labels; a label is the first of several arrivals."""
    data = arrays.pop("data", None)
    if data is None:
        data = waveforms(arrivals, arrays.pop("samples", 9001))
    labels = [[-1 if at is None else np.atleast_1d(at)[0] for at in pair] for pair in arrivals]
    p, s = np.array(labels, dtype=np.int64).T
    names = arrays.pop("name", np.array([f"XX_S{row % 5}_{row:03d}" for row in range(len(arrivals))]))
    np.savez(path, data=data, p=p, s=s, name=names, sampling_rate=rate, **arrays)
    return path


def project_of(folder: Path, *files: Path, name="spikes") -> Project:
    """A project with these records and the picker above as its run 'spikes'."""
    project = Project.create(folder / f"{name}.seisproj")
    dataset = project.add_gathers(list(files))
    keep_run(project, spike_picker(), "spikes", dataset.id)
    return project


def keep_run(project: Project, model: PickerModel, run_id: str, dataset_id: str, **record) -> None:
    folder = project.run_folder(run_id)
    folder.mkdir(parents=True)
    model.save(folder)
    write_run(folder, RunRecord(run_id, "picking", "phasenet", "2026-01-01T00:00:00", dataset_id, **record))


def predict(project: Project, run_id="spikes", **changes):
    """What a run picks, and the events on the way."""
    steps, events = predict_records(project, PickPredictRequest(project.path, run_id, **changes), Control()), []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as outcome:
            return outcome.value, events


def times_of(found, phase, record) -> list[float]:
    return [pick.time for pick in found.picks if (pick.phase, pick.record) == (phase, record)]
