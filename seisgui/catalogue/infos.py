"""Networks as plain data: layers, counts, defaults, official weights."""

from __future__ import annotations

from dataclasses import dataclass, field

from seisgui.catalogue.freezing import NONE, Branch, FreezePlan, FreezePreset
from seisgui.errors import InputError

SEED_CLASSES = 9  # layer trees and counts are those of nine classes and one input channel

Settings = dict[str, float | int | str | bool]


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """One layer: ``parameters`` as Keras counts them (batch norm four values a channel).

    ``path`` is its module in the network, ``group`` the titles of the branches it belongs to, outermost first.
    """

    name: str
    kind: str
    output: str
    parameters: int = 0
    path: str = ""
    group: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfficialWeights:
    """A published file of weights; ``name`` is what ``--start-from`` takes."""

    name: str
    title: str
    file: str
    sha256: str  # its first characters
    megabytes: int
    source: str


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """A network as plain data; ``build`` is 'package.module:function', resolved where torch may be imported.

    The function takes (n_class, channels) and returns a ``torch.nn.Module``. With ``output`` 'patch' it maps patches
    (n, channels, patch, patch) to logits (n, n_class) of their middle pixel; a row of layers that do not pad the
    patch (see ``seisgui.networks.registry``) predicts whole sections at once, others patch by patch. With ``output``
    'section' it maps tiles (n, channels, h, w) of any size to logits (n, n_class, h, w); a tile gives the values of
    the whole section where it starts at multiples of ``multiple`` and has ``halo`` more pixels on every side. With
    ``output`` 'record' it maps windows (n, components, samples) of any length to logits (n, n_phase, samples);
    ``patch`` is the length it learns with.
    """

    name: str
    title: str
    task: str
    description: str
    build: str
    patch: int  # samples and traces of an input patch, or of a training tile
    receptive_field: int
    uses_torch: bool = True
    offers_position: bool = True
    default_epochs: int = 1
    updates_per_epoch: int = 50
    layers: tuple[LayerInfo, ...] = ()
    settings: Settings = field(default_factory=dict)
    output: str = "patch"  # patch | section | record | trace
    multiple: int = 1
    halo: int = 0
    encoder: tuple[str, ...] = ()  # modules that may come from another run, another network of the family, a file
    family: str = ""  # networks of one family have the same encoder; '' is a family of its own
    class_layers: tuple[str, ...] = ("classes",)  # modules whose rows are the classes
    freezing: tuple[FreezePreset, ...] = ()  # beside those that every network has
    official: tuple[OfficialWeights, ...] = ()
    counted_for: tuple[int, int] = (SEED_CLASSES, 1)  # classes and input channels of the layer table

    @property
    def parameters(self) -> int:
        """Parameters for as many classes and input channels as ``counted_for`` says."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def tree(self) -> tuple[Branch, ...]:
        """The layers by branch, to choose what is frozen; () where the catalogue does not know them."""
        return _branches([layer for layer in self.layers if layer.path], 0)

    @property
    def presets(self) -> tuple[FreezePreset, ...]:
        """Freeze presets: those named after papers, then what the network's parts allow."""
        if not self.uses_torch:
            return ()
        if not self.encoder:
            return (*self.freezing, NONE)
        rest = tuple(dict.fromkeys(layer.path.split(".")[0] for layer in self.layers if layer.path))
        body = tuple(path for path in rest if path not in self.class_layers) or self.encoder
        return (
            *self.freezing,
            NONE,
            FreezePreset("encoder", "Encoder frozen, the rest learns", self.encoder),
            FreezePreset("all-but-head", "Only the class layer learns", body),
        )

    def plan(self, preset: str, frozen_norms: str = "eval") -> FreezePlan:
        """The plan of a preset, or of branches in one line; raises ``InputError`` naming the presets."""
        if "=" in preset:
            return FreezePlan.from_text(preset, frozen_norms)
        for known in self.presets:
            if known.name == preset:
                return known.plan(frozen_norms)
        choices = ", ".join(known.name for known in self.presets) or "none"
        raise InputError(f"{self.name} has no freeze preset {preset!r}.", f"Choose one of: {choices}.")


def _branches(layers: list[LayerInfo], depth: int) -> tuple[Branch, ...]:
    found: dict[str, list[LayerInfo]] = {}
    for layer in layers:
        found.setdefault(layer.group[depth] if depth < len(layer.group) else f"\0{layer.path}", []).append(layer)
    return tuple(_branch(title, members, depth) for title, members in found.items())


def _branch(title: str, members: list[LayerInfo], depth: int) -> Branch:
    if title.startswith("\0"):
        layer = members[0]
        return Branch(layer.name, (layer.path,), layer.parameters, detail=layer.kind)
    total = sum(layer.parameters for layer in members)
    paths = tuple(layer.path for layer in members)
    return Branch(title, paths, total, _branches(members, depth + 1))
