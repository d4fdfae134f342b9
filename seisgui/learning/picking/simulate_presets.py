"""What `seisgui simulate` offers: families of ground, and how they are shot and recorded; numpy only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seisgui.errors import InputError
from seisgui.learning.picking.simulate_ground import Family, Range

PLAIN = Family(
    name="plain",
    layers=(3, 8),
    p_speed=(1700.0, 3200.0),
    scatter=0.08,
    ratio=(1.65, 1.95),
    faults=(0, 0),
    throw=(0.0, 0.0),
    fold=0.04,
    tilt=0.08,
    hills=0.0,
    roughness=(0.005, 0.02),
)
HILLY = Family(
    name="hilly",
    layers=(5, 12),
    p_speed=(1900.0, 3900.0),
    scatter=0.12,
    ratio=(1.6, 2.1),
    faults=(1, 3),
    throw=(0.03, 0.12),
    fold=0.12,
    tilt=0.25,
    hills=0.15,
    roughness=(0.01, 0.04),
)
FLAT = replace(HILLY, name="flat", hills=0.0)
CRUST = Family(
    name="crust",
    layers=(3, 10),
    p_speed=(3600.0, 6300.0),
    scatter=0.08,
    ratio=(1.65, 1.95),
    faults=(0, 3),
    throw=(0.02, 0.1),
    fold=0.1,
    tilt=0.2,
    hills=0.06,
    roughness=(0.01, 0.05),
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A data base of simulated records. Shots have one model each; all of their receivers become records.

    ``spacing`` is the side of a cell in m, ``frequency`` of the wavelet in Hz where the spacing is the smallest (both
    are drawn for every shot, and a coarser grid gets lower frequencies); ``before`` the source's origin time in the
    record in s; ``snr`` in dB is drawn for every record (None: no noise); ``vertical_only`` is the share of records
    whose horizontal components are zero.
    """

    name: str
    about: str
    family: Family
    n_record: int
    rate: float
    n_sample: int
    components: tuple[str, ...]
    shape: tuple[int, int] = (150, 300)
    spacing: Range = (2.0, 2.0)
    frequency: Range = (25.0, 45.0)
    receivers: int = 24
    deep: Range = (0.35, 0.95)
    before: Range = (0.15, 0.5)
    fastest: float = 4600.0
    snr: Range | None = None
    vertical_only: float = 0.0

    @property
    def n_shot(self) -> int:
        """Shots that it takes; of the last one, receivers may be left over."""
        return -(-self.n_record // self.receivers)

    @property
    def n_bytes(self) -> int:
        """Size of its file, nearly all of it amplitudes."""
        return 4 * self.n_record * len(self.components) * self.n_sample + 400 * self.n_record + 10_000


HUYNH = Preset(
    name="huynh2021",
    about="X and Z records of faulted layers under hills at 2 kHz, in number 3,890 to train on and 480 to test",
    family=HILLY,
    n_record=3890 + 480,
    rate=2000.0,
    n_sample=3001,
    components=("X", "Z"),
)
REGIONAL = Preset(
    name="regional",
    about="E, N, Z records of small earthquakes at 100 Hz under noise: what the built-in weights learn from",
    family=CRUST,
    n_record=1920,
    rate=100.0,
    n_sample=4501,
    components=("E", "N", "Z"),
    shape=(180, 420),
    spacing=(25.0, 60.0),
    frequency=(3.0, 8.0),
    receivers=32,
    before=(4.0, 24.0),
    fastest=7200.0,
    snr=(0.0, 40.0),
    vertical_only=0.2,
)
PRESETS = (
    HUYNH,
    replace(HUYNH, name="huynh2021-small", about="the same, 720 records", n_record=720),
    replace(HUYNH, name="huynh2021-flat", about="the same without topography", family=FLAT),
    replace(HUYNH, name="huynh2021-plain", about="plain layers without faults and topography", family=PLAIN),
    REGIONAL,
)


def preset_named(name: str) -> Preset:
    """A preset by name; ``InputError`` names the choices."""
    found = next((preset for preset in PRESETS if preset.name == name), None)
    if found is None:
        choices = "; ".join(f"{preset.name} ({preset.about})" for preset in PRESETS)
        raise InputError(f"{name!r} is no preset of simulated records.", f"Choose from: {choices}.")
    return found
