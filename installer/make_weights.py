"""Make the built-in weights: a U-Net taught to tell the characters of simulated sections.

    .venv/bin/python installer/make_weights.py [--out resources/weights] [--seed 0] [--updates 1500]

The same seed, number of updates and threads give the same weights; one thread takes about a quarter of an hour.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seisgui.learning.model_library import ModelCard
from seisgui.learning.simulated import CHARACTERS, INTERVAL_MS, SimulatedSection, simulated_section
from seisgui.learning.starting_weights import save_with_card
from seisgui.networks import registry

NETWORK, TILE, BATCH = "unet", 128, 8
POOL, CHECKED = 480, 40  # sections to learn from, and others to look at in the end
LEARNING_RATE = 2e-3


def main() -> None:
    """Simulate, train, look at other sections, save."""
    parser = argparse.ArgumentParser(description="Make the built-in weights.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "resources" / "weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--updates", type=int, default=1500)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    generator = np.random.default_rng(options.seed)
    began = time.monotonic()
    pool = [simulated_section(generator) for _ in range(POOL)]
    print(f"{POOL} sections after {time.monotonic() - began:.0f} s", flush=True)
    module = registry.build(NETWORK, len(CHARACTERS), 1)
    train(module, pool, generator, options.updates)
    accuracy = looked_at(module, [simulated_section(np.random.default_rng([options.seed, k])) for k in range(CHECKED)])
    print(
        f"accuracy {accuracy:.3f} on {CHECKED} sections not learnt from, {time.monotonic() - began:.0f} s", flush=True
    )
    card = ModelCard(
        start_from="built-in",
        kind="built-in",
        title="Simulated sections",
        network=NETWORK,
        classes=CHARACTERS,
        survey=f"{POOL} simulated sections, seed {options.seed}",
        orientation="both",
        patch=TILE,
        interval=INTERVAL_MS,
        unit="ms",
        position=False,
        scores=(("pixel_accuracy", round(accuracy, 4)),),
        notes=f"Made by installer/make_weights.py, {options.updates} updates; the accuracy is that on other simulated "
        "sections. With few strokes on F3 a U-Net learns more from here than from scratch; a forest learns more still.",
    )
    save_with_card(options.out / f"{NETWORK}-simulated.safetensors", module.state_dict(), card)


def train(module: nn.Module, pool: list[SimulatedSection], generator: np.random.Generator, updates: int) -> None:
    optimiser = torch.optim.AdamW(module.parameters(), LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, updates, pct_start=0.1)
    module.train()
    for number in range(updates):
        inputs, targets = batch_of(pool, generator)
        loss = functional.cross_entropy(module(inputs), targets, label_smoothing=0.05)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
        if number % 100 == 99:
            print(f"update {number + 1}: loss {float(loss.detach()):.3f}", flush=True)


def batch_of(pool: list[SimulatedSection], generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Tiles (n, 1, 128, 128) and their characters: mirrored, louder or softer, of either polarity."""
    inputs = np.empty((BATCH, 1, TILE, TILE), dtype=np.float32)
    targets = np.empty((BATCH, TILE, TILE), dtype=np.int64)
    for number in range(BATCH):
        section = pool[int(generator.integers(len(pool)))]
        across, down = (int(generator.integers(side - TILE + 1)) for side in section.amplitude.shape)
        window = slice(across, across + TILE), slice(down, down + TILE)
        flip = slice(None, None, int(generator.choice([-1, 1])))
        gain = float(np.exp(generator.normal(0, 0.25))) * float(generator.choice([-1, 1]))
        inputs[number, 0] = np.clip(gain * section.amplitude[window][flip], -1, 1)
        targets[number] = section.character[window][flip]
    return torch.from_numpy(inputs).contiguous(memory_format=torch.channels_last), torch.from_numpy(targets)


def looked_at(module: nn.Module, sections: list[SimulatedSection]) -> float:
    """Share of samples whose character is found."""
    module.eval()
    right = []
    with torch.inference_mode():
        for section in sections:
            found = module(torch.from_numpy(section.amplitude)[None, None]).argmax(1)[0].numpy()
            right.append(float((found == section.character).mean()))
    return float(np.mean(right))


if __name__ == "__main__":
    main()
