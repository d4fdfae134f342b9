"""A section classified at every pixel by the dense twin, beside the patch loop with the same weights.

The loop is given batch norms folded by torch, the fastest of several batch sizes and memory layouts, and is timed on
a random share of the pixels, in turns with the twin.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from benchmarks.registry import Result
from seisgui.networks.dense_twin import DenseTwin
from seisgui.networks.device import autocast
from seisgui.networks.waldeland import PATCH, Waldeland

PROMISE = (
    "waldeland (65 x 65, valid) classifies a 462 x 951 section at every pixel >= 250 x faster than its patch loop, "
    "logits within 1e-5"
)
SHAPE = (951, 462)
WANTED, CLOSE = 250.0, 1e-5
BATCHES = (1, 8, 32, 128, 512)
SHARE, ROUNDS, LOOP_S = 0.02, 4, 40.0  # of the pixels; turns; seconds after which the loop is timed on fewer
LARGEST_LOGIT = 8.0


@dataclass(frozen=True)
class Loop:
    """The patch loop: a network without batch norms, and how it runs fastest."""

    network: nn.Module
    batch: int
    memory: torch.memory_format

    def logits(self, patches: Tensor, pixels: Tensor) -> Tensor:
        """(n, n_class) of pixels (n, 2); ``patches`` is a view (h, w, channels, 65, 65)."""
        found = []
        for some in pixels.split(self.batch):
            batch = patches[some[:, 0], some[:, 1]].contiguous(memory_format=self.memory)
            found.append(self.network(batch))
        return torch.cat(found)


def settled_network(stack: Tensor) -> Waldeland:
    """Batch norms that know the section, logits of the size that training gives."""
    torch.manual_seed(0)
    module = Waldeland(9)
    patches = patches_of(stack)
    some = patches[torch.randint(SHAPE[0], (256,)), torch.randint(SHAPE[1], (256,))]
    with torch.no_grad():
        for _ in range(20):
            module.train()(some)
        module.eval().classes.weight *= LARGEST_LOGIT / module(some).abs().max()
    return module


def section_stack() -> Tensor:
    """(1, h + 64, w + 64) of layered noise, amplitudes within -1 and 1."""
    torch.manual_seed(1)
    noise = torch.randn(1, 1, SHAPE[0] + PATCH - 1 + 30, SHAPE[1] + PATCH - 1 + 4)
    smooth = nn.functional.avg_pool2d(noise, (31, 5), 1)[0]
    return smooth / smooth.abs().max()


def patches_of(stack: Tensor) -> Tensor:
    """Every patch, a view (h, w, channels, 65, 65)."""
    return stack.unfold(1, PATCH, 1).unfold(2, PATCH, 1).permute(1, 2, 0, 3, 4)


def folded(module: Waldeland) -> nn.Module:
    """The network with batch norms folded by torch."""
    layers: list[nn.Module] = []
    for block in (*module.features, *module.head):
        layers += [fuse_conv_bn_eval(block[0], block[1]), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, module.classes, nn.Flatten())


def fastest_loop(module: Waldeland, patches: Tensor) -> Loop:
    """The batch size and memory layout that take least time a pixel."""
    pixels = random_pixels(max(BATCHES), seed=2)
    found: dict[float, Loop] = {}
    for memory in (torch.contiguous_format, torch.channels_last):
        network = folded(module).to(memory_format=memory)
        for batch in BATCHES:
            loop = Loop(network, batch, memory)
            count = max(batch, 64)
            loop.logits(patches, pixels[:batch])
            seconds = min(timed(lambda loop=loop, count=count: loop.logits(patches, pixels[:count])) for _ in range(2))
            found[seconds / count] = loop
    return found[min(found)]


def random_pixels(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    flat = torch.randperm(SHAPE[0] * SHAPE[1], generator=generator)[:count]
    return torch.stack([flat // SHAPE[1], flat % SHAPE[1]], 1)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(module: Waldeland, stack: Tensor) -> dict[str, float]:
    """Seconds a section of the twin and of the loop, and how far apart their logits are."""
    patches, twin = patches_of(stack), DenseTwin.of(module, PATCH)
    loop = fastest_loop(module, patches)
    dense = twin.dense(stack)
    pixels = random_pixels(round(SHARE * SHAPE[0] * SHAPE[1]), seed=3)
    twin_s, loop_s, told = [], [], []
    began = time.perf_counter()
    for part in pixels.chunk(ROUNDS):
        twin_s.append(timed(lambda: twin.dense(stack)))
        parts: list[Tensor] = []
        loop_s.append(timed(lambda parts=parts, part=part: parts.append(loop.logits(patches, part))) / len(part))
        told.append((dense[:, part[:, 0], part[:, 1]].T - parts[0]).abs().max())
        if time.perf_counter() - began > LOOP_S:
            break
    return {
        "twin_s": statistics.median(twin_s),
        "loop_s": statistics.median(loop_s) * SHAPE[0] * SHAPE[1],
        "share": SHARE * len(told) / ROUNDS,
        "batch": loop.batch,
        "channels_last": float(loop.memory == torch.channels_last),
        "largest_difference": float(max(told)),
        "largest_logit": float(dense.abs().max()),
        "step_8_s": min(timed(lambda: twin.dense(stack, 8)) for _ in range(3)),
    }


def on_the_gpu(module: Waldeland, stack: Tensor) -> float:
    """Seconds a section as the program runs it there."""
    device = torch.device("cuda")
    twin, stack = DenseTwin.of(module.to(device), PATCH), stack.to(device)

    def work() -> None:
        with autocast(device):
            twin.dense(stack)
        torch.cuda.synchronize()

    for _ in range(3):
        work()
    return min(timed(work) for _ in range(10))


def measure() -> Result:
    stack = section_stack()
    module = settled_network(stack)
    with torch.inference_mode():
        numbers = in_turns(module, stack)
        gpu = "GPU not measured"
        if torch.cuda.is_available():
            numbers["gpu_s"] = on_the_gpu(module, stack)
            gpu = f"{torch.cuda.get_device_name()} {numbers['gpu_s'] * 1e3:.1f} ms"
    ratio = numbers["ratio"] = numbers["loop_s"] / numbers["twin_s"]
    numbers["threads"] = torch.get_num_threads()
    difference, largest = numbers["largest_difference"], numbers["largest_logit"]
    figure = (
        f"{ratio:.0f} x: {numbers['twin_s']:.2f} s, every 8th pixel {numbers['step_8_s']:.2f} s, patch loop "
        f"{numbers['loop_s']:.0f} s (batches of {numbers['batch']}, from {numbers['share']:.1%} of the pixels), "
        f"{numbers['threads']} threads; logits up to {largest:.1f}, difference at most {difference:.1e}; {gpu}"
    )
    return Result(figure, ratio >= WANTED and difference <= CLOSE * max(1.0, largest), numbers)
