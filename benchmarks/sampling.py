"""How many training patches a second of computing (one thread) are drawn around labelled pixels."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.registry import Result
from seisgui.learning.sampling import PatchSampler

PROMISE = "at least 400,000 patches of 65 x 65 a second from a 462 x 951 section, balanced over classes"
SIZE, BATCH, ROUNDS = 65, 256, 60
WANTED = 400_000


def drawn_a_second(sampler: PatchSampler) -> float:
    """Patches a second over batches of a training."""
    began = time.process_time()
    for _ in range(ROUNDS):
        sampler.draw(BATCH)
    return ROUNDS * BATCH / (time.process_time() - began)


def fancy_a_second(section: np.ndarray, generator: np.random.Generator) -> float:
    """The same patches by an index of every pixel, for comparison."""
    offsets = np.arange(SIZE)
    began = time.process_time()
    for _ in range(6):
        lateral, sample = (generator.integers(0, length - SIZE, BATCH) for length in section.shape)
        section[lateral[:, None, None] + offsets[:, None], sample[:, None, None] + offsets]
    return 6 * BATCH / (time.process_time() - began)


def measure() -> Result:
    generator = np.random.default_rng(0)
    section = generator.normal(size=(951, 462)).astype(np.float32)
    classes = generator.integers(0, 9, section.shape).astype(np.int16)
    sampler = PatchSampler([section], [classes], [classes < 9], SIZE)
    rate = max(drawn_a_second(sampler) for _ in range(10))
    indexed = max(fancy_a_second(section, generator) for _ in range(3))
    figure = f"{rate / 1e3:.0f} k patches/s (by index of every pixel {indexed / 1e3:.0f} k)"
    return Result(figure, rate >= WANTED, {"patches_per_s": rate, "indexed_per_s": indexed})
