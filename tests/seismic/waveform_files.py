"""Small files of waveforms, written for tests."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import numpy as np
import obspy

START = obspy.UTCDateTime("2019-07-06T03:19:53.04")


def trace(samples: np.ndarray, channel: str = "HHZ", after: float = 0.0, **stats: object) -> obspy.Trace:
    header = {"network": "NC", "station": "MCB", "sampling_rate": 100.0, **stats}
    return obspy.Trace(samples, {**header, "channel": channel, "starttime": START + after})


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 500, n).astype(np.int32)


def write(path: Path, *traces: obspy.Trace, **options: object) -> Path:
    obspy.Stream(list(traces)).write(str(path), format="MSEED", **options)
    return path


def seg2(path: Path, shots: np.ndarray, rate: float = 2000.0, **fields: str) -> Path:
    """A SEG-2 file (Pullan 1990) of little-endian floats."""

    def strings(values: dict[str, str]) -> bytes:
        out = b""
        for key, value in values.items():
            text = f"{key} {value}".encode() + b"\0"
            out += (len(text) + 2).to_bytes(2, "little") + text
        return out + b"\0\0"

    general = strings({"ACQUISITION_DATE": "06/JUL/2019", "ACQUISITION_TIME": "03:19:53", **fields})
    blocks = []
    for number, samples in enumerate(shots.astype("<f4")):
        text = strings(
            {
                "CHANNEL_NUMBER": str(number + 1), "SAMPLE_INTERVAL": str(1 / rate), "DELAY": "-0.01",
                "RECEIVER_LOCATION": f"{5.0 * number} 0 0", "SOURCE_LOCATION": "10.0 0 0",
            }
        )  # fmt: skip
        size = 32 + len(text) + (-(32 + len(text)) % 4)
        head = b"\x22\x44" + size.to_bytes(2, "little") + (4 * len(samples)).to_bytes(4, "little")
        head += len(samples).to_bytes(4, "little") + b"\x04"
        blocks.append(head.ljust(32, b"\0") + text.ljust(size - 32, b"\0") + samples.tobytes())
    pointers = 4 * len(blocks)
    place = 32 + pointers + len(general)
    table = b""
    for block in blocks:
        table += place.to_bytes(4, "little")
        place += len(block)
    head = b"\x55\x3a\x01\x00" + pointers.to_bytes(2, "little") + len(blocks).to_bytes(2, "little")
    head += b"\x01\0\0\x01\n\0"
    path.write_bytes(head.ljust(32, b"\0") + table + general + b"".join(blocks))
    return path


def seisbench(folder: Path, *, bucket: bool) -> np.ndarray:
    """A data set as SeisBench's writer makes it: three traces of 3 components, the last one shorter."""
    folder.mkdir()
    data = np.random.default_rng(5).normal(size=(3, 3, 200)).astype(np.float32)
    sizes = (200, 200, 150)
    names = [f"bucket0${i},:3,:{n}" if bucket else f"trace{i}" for i, n in enumerate(sizes)]
    with h5py.File(folder / "waveforms.hdf5", "w") as file:
        group = file.create_group("data_format")
        group["component_order"], group["dimension_order"] = "ZNE", "NCW" if bucket else "CW"
        if bucket:
            file.create_dataset("data/bucket0", data=data, chunks=(1, 3, 50))
        else:
            for name, samples, size in zip(names, data, sizes, strict=True):
                file[f"data/{name}"] = samples[:, :size]
    columns = [
        "trace_name", "trace_sampling_rate_hz", "trace_start_time", "trace_p_arrival_sample", "trace_S_arrival_sample",
        "station_network_code", "station_code", "source_id", "path_ep_distance_km",
    ]  # fmt: skip
    rows = [
        [names[0], 50.0, "2019-07-06T03:19:53.040000Z", 40.0, 90.5, "CI", "CCC", "ci1", 21.5],
        [names[1], 50.0, "2019-07-06T03:19:53.040000Z", 45.0, "", "CI", "LRL", "ci1", ""],
        [names[2], 100.0, "2019-07-06T04:00:00Z", "", 149.0, "CI", "CCC", "ci2", 30.0],
        ["elsewhere", 100.0, "2019-07-06T04:00:00Z", "", "", "CI", "CCC", "ci2", 30.0],
    ]
    with (folder / "metadata.csv").open("w", newline="") as out:
        csv.writer(out).writerows([columns, *rows])
    return data
