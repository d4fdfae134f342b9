"""Continuous three-component records through PhaseNet, beside the loop over windows and SeisBench's annotate().

The loop sees the same windows with the same weights, batch norms folded by torch, and adds them up in the same way;
both work in turns on stretches of the same half hour, on one thread, and CPU time is compared. The data are noise with
bursts like arrivals: records of real earthquakes cannot be shipped.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.registry import Result
from seisgui.learning.picking.peaks import find_picks
from seisgui.learning.picking.picker_model import BATCH, PickerModel, make_picker, read_start
from seisgui.learning.picking.stitched import Stitching, stitch_steps

PROMISE = "picking: >= 2.5 x the batch-1 window loop, >= .9 x SeisBench's annotate() where installed, same picks"
WANTED, WANTED_ANNOTATE = 2.5, 0.9
PUBLISHED = Path(__file__).parents[2] / "shared" / "data" / "weights" / "phasenet_original_ncedc.pt"
RATE, SECONDS, EVENTS, ROUNDS, WARM_UP = 100.0, 1800, 30, 6, 2
THRESHOLD, DISTANCE = 0.3, 50
FloatArray = NDArray[np.float32]


def picker() -> tuple[PickerModel, str]:
    """Published weights where they are at hand, else the program's own."""
    start = read_start(str(PUBLISHED) if PUBLISHED.is_file() else "built-in")
    return make_picker(start, start.info)[0], start.title


def continuous(components: int) -> FloatArray:
    """(components, samples) of noise with arrivals: bursts that begin at once and die away, P before S."""
    generator = np.random.default_rng(0)
    count = round(RATE * SECONDS)
    data = generator.normal(size=(components, count))
    times = np.arange(1500) / RATE
    for onset in generator.integers(3000, count - 6000, EVENTS):
        for delay, size in ((0, 8.0), (int(generator.integers(300, 900)), 15.0)):
            burst = generator.normal(size=(components, len(times))) * np.exp(-times / 3.0) * size
            data[:, onset + delay : onset + delay + len(times)] += np.cumsum(burst, axis=1) * 0.3
    return data.astype(np.float32)


class Loop:
    """One window after another through a network, added up as the program does."""

    def __init__(self, model: PickerModel, network: torch.nn.Module) -> None:
        self.model, self.network = model, network

    def curves(self, data: FloatArray, stitching: Stitching) -> FloatArray:
        """Probabilities (n_phase, samples)."""
        samples, weights = stitching.samples, stitching.weights(stitching.samples)
        total = np.zeros((len(self.model.phases), data.shape[-1]), np.float32)
        weight = np.zeros(data.shape[-1], np.float32)
        with torch.inference_mode():
            for first in stitching.starts(data.shape[-1]).tolist():
                window = self.model.info.scale.apply(data[None, :, first : first + samples])
                told = torch.softmax(self.network(torch.from_numpy(window)), dim=1)[0].numpy()
                total[:, first : first + samples] += told * weights
                weight[first : first + samples] += weights
        return total / weight


def ours(model: PickerModel, data: FloatArray, stitching: Stitching) -> FloatArray:
    """The same curves as the program makes them."""
    read = lambda first, count: data[None, :, first : first + count]  # noqa: E731 - a reader of an array
    steps = stitch_steps(model, read, 1, data.shape[-1], stitching)
    return np.concatenate([probability[0] for _, probability in steps], axis=-1)


def picks(model: PickerModel, curves: FloatArray) -> list[tuple[str, int]]:
    return [
        (phase, index)
        for phase in model.arrivals
        for index in find_picks(curves[model.index_of(phase)], THRESHOLD, DISTANCE).index.tolist()
    ]


def timed(work: Callable[[], FloatArray]) -> tuple[float, FloatArray]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def measure() -> Result:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return on_one_thread()
    finally:
        torch.set_num_threads(threads)


def on_one_thread() -> Result:
    model, weights = picker()
    data = continuous(len(model.components))
    stitching = Stitching.of(model)
    folded, plain = Loop(model, model.module.folded()), Loop(model, model.module)
    seconds: dict[str, list[float]] = {"ours": [], "loop": [], "unfolded": []}
    same, found = True, 0
    for place, stretch in enumerate(np.array_split(data, ROUNDS + WARM_UP, axis=-1)):
        ours_s, curves = timed(lambda stretch=stretch: ours(model, stretch, stitching))
        loop_s, theirs = timed(lambda stretch=stretch: folded.curves(stretch, stitching))
        plain_s, _ = timed(lambda stretch=stretch: plain.curves(stretch, stitching))
        same &= picks(model, curves) == picks(model, theirs)
        found += len(picks(model, curves))
        if place >= WARM_UP:
            for name, value in (("ours", ours_s), ("loop", loop_s), ("unfolded", plain_s)):
                seconds[name].append(value)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    ratio = median["loop"] / median["ours"]
    length = data.shape[-1] / (ROUNDS + WARM_UP) / RATE
    day = 86400.0 * median["ours"] / length
    annotate, kept, numbers = beside_seisbench(model, data, median["ours"] / length)
    figure = (
        f"{ratio:.1f} x the loop with folded batch norms, {median['unfolded'] / median['ours']:.1f} x without; a day "
        f"of 100 Hz in {day:.0f} s of CPU (windows {stitching.step} samples apart, {BATCH} at a time); "
        f"{found} picks {'the same' if same else 'NOT the same'} ({weights}); {annotate}"
    )
    return Result(figure, ratio >= WANTED and same and found > 0 and kept, {"ratio": ratio, "day_s": day, **numbers})


def beside_seisbench(model: PickerModel, data: FloatArray, ours_s: float) -> tuple[str, bool, dict[str, float]]:
    """SeisBench's annotate() on the same data with the same overlap; ``ours_s`` is CPU time a second of data."""
    if find_spec("seisbench") is None:
        return "SeisBench is not installed", True, {}
    import obspy
    import seisbench.models

    theirs = seisbench.models.PhaseNet(phases="".join(model.phases), component_order="".join(model.components))
    theirs.load_state_dict(model.module.state_dict())
    theirs.eval()
    headers = {"network": "XX", "station": "AAA", "sampling_rate": RATE}
    stream = obspy.Stream(
        [
            obspy.Trace(row.copy(), {**headers, "channel": f"HH{name}"})
            for row, name in zip(data, model.components, strict=True)
        ]
    )
    stitching = Stitching.of(model)
    options = {"overlap": stitching.samples - stitching.step, "batch_size": 64}
    theirs.annotate(stream.slice(endtime=stream[0].stats.starttime + 120), **options)
    began = time.process_time()
    theirs.annotate(stream, **options)
    ratio = (time.process_time() - began) / SECONDS / ours_s
    return f"{ratio:.1f} x SeisBench's annotate()", ratio >= WANTED_ANNOTATE, {"annotate_ratio": ratio}
