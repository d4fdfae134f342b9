"""The page of a repetition of Huynh (2021): tables, curves, and a simulated shot with what was picked on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import cv2
import numpy as np

from seisgui import __version__
from seisgui.interpretation.project import Project
from seisgui.learning.picking.simulate import ground_of_shot
from seisgui.learning.reproduce import huynh_table as table
from seisgui.learning.reproduce.folder import Document
from seisgui.learning.reproduce.huynh_plan import PHASES, SCRATCH, SNRS, Part
from seisgui.learning.reproduce.huynh_scores import arrivals_of
from seisgui.learning.reproduce.page import CURVE_COLOURS, cells, chart, figure, whole_page
from seisgui.learning.reproduce.pictures import Picture
from seisgui.seismic.records import RecordSet

PIXELS, HEIGHT = 34, 620  # between two traces of the gather, and of all of it
MARGIN_S = 0.04  # before the first arrival that is shown
GROUND_ZOOM = 3
COLOURS = {"P": CURVE_COLOURS[0], "S": CURVE_COLOURS[1]}


def written(document: Document, test: Part, simulated: Project, results: Mapping[str, Document]) -> str:
    """The page of a report; curves and pictures show the first seed, the shot is the first of ``test``."""
    rows = document["rows"]
    own = [row for row in rows if row["data"] == "simulated" and row["measured"]]
    parts = [
        f"<h1>{escape(document['title'])}</h1>",
        f"<p>{escape(made_of(document))}</p>",
        "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in document["findings"]) + "</ul>",
    ]
    parts += [tables(document, data) for data in dict.fromkeys(row["data"] for row in rows)]
    parts += [
        noise(own),
        topography(document["topography"]),
        curves(document, own),
        shot(test, simulated, own, results),
    ]
    return whole_page(document["title"], [*parts, how(document)])


def made_of(document: Document) -> str:
    """Budget, seeds and data in a paragraph."""
    budget = document["budget"]
    made = f"Made by SeisGUI {__version__}, {len(document['seeds'])} seeds. Budget “{budget['name']}”"
    return " ".join([f"{made}: {budget['sentence']}.", *document["about"]])


def tables(document: Document, data: str) -> str:
    """Scores of both phases on one kind of records."""
    rows = [row for row in document["rows"] if row["data"] == data]
    tolerance = document["real_tolerance" if data == "real" else "tolerance"]
    n = next((row["records"] for row in rows if row["measured"]), 0)
    parts = [f"<h2>{data.capitalize()} records: {n} to test, tolerance {1000 * tolerance:g} ms</h2>"]
    for phase in PHASES:
        parts += [f"<h3>{phase}</h3>", html_table(table.score_rows(rows, phase))]
    if data == "real" and document["real_before"]:
        told = ", ".join(f"{phase} {table.triple(document['real_before'][phase])}" for phase in PHASES)
        parts.append(f"<p>The starting weights as they are, precision / recall / F1: {escape(told)}.</p>")
    said = "".join(f"<li>{escape(words)}</li>" for words in document["countings"].values())
    parts.append(f"<p>± is the standard deviation over seeds. The two ways of counting:</p><ul>{said}</ul>")
    return "\n".join(parts)


def html_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text, the first of them the head."""
    lines = [f"<tr>{cells(rows[0], 'th')}</tr>", *(f"<tr>{cells(row)}</tr>" for row in rows[1:])]
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def noise(rows: Sequence[Document]) -> str:
    """F1 against the signal-to-noise ratio: curves and tables."""
    if not rows:
        return ""
    places = [(place, "none" if snr is None else f"{snr:g}") for place, snr in enumerate(reversed(SNRS))]
    parts = ["<h2>F1 against the signal-to-noise ratio</h2>", '<div class="pair">']
    for phase in PHASES:
        lines = {
            row["strategy"]: [
                (place, figures[phase]["f1"])
                for place, snr in enumerate(reversed(SNRS))
                if (figures := row["snr"].get(table.snr_name(snr)))
            ]
            for row in rows
        }
        parts.append(chart(lines, f"{phase}: F1 over SNR in dB, to the right no noise", True, places))
    parts.append("</div>")
    parts += [f"<h3>{phase}</h3>{html_table(table.snr_rows(rows, phase))}" for phase in PHASES]
    return "\n".join(parts)


def topography(rows: Sequence[Document]) -> str:
    """Trained with and without hills, tested with them."""
    if not rows:
        return ""
    return (
        "<h2>With and without topography</h2><p>Both from scratch; tested on models with topography.</p>"
        + html_table(table.topography_rows(rows))
    )


def curves(document: Document, rows: Sequence[Document]) -> str:
    """Loss over updates, of pretraining and of every strategy."""
    lines = {row["strategy"]: row["history"] for row in rows if row["history"]}
    if not lines:
        return ""
    parts = ["<h2>Loss curves</h2>", '<div class="pair">']
    for side, words in (("training", "training windows"), ("held_out", "windows of shots that are not learnt from")):
        drawn = {
            name: [(point["update"], point[side]["loss"]) for point in history if (point.get(side) or {}).get("loss")]
            for name, history in lines.items()
        }
        if any(drawn.values()):
            parts.append(chart(drawn, f"Loss on {words}", False))
    history = document["pretrained"]["history"]
    if history:
        line = [(point["update"], point["training"]["loss"]) for point in history]
        parts.append(chart({"pretraining": line}, "Pretraining on the source family", False))
    return "\n".join([*parts, "</div>"])


def shot(test: Part, project: Project, rows: Sequence[Document], results: Mapping[str, Document]) -> str:
    """The first test shot: its ground, and its records with labels and picks."""
    dataset = next((dataset.id for dataset in project.datasets() if dataset.name == test.name), None)
    seeds = [result["seed"] for result in results.values() if result["part"] == "training"]
    if not rows or not seeds or dataset is None:
        return ""
    transferred = [row for row in rows if row["strategy"] != SCRATCH]
    best = max(transferred, key=lambda row: float(row["P"]["f1"] + row["S"]["f1"]))["strategy"] if transferred else ""
    keys = {"o": f"training-{SCRATCH}-{seeds[0]}", "x": f"training-{best}-{seeds[0]}"}
    picked = {letter: results[key]["picked"] for letter, key in keys.items() if key in results}
    said = f"Z components, seed {seeds[0]}. Lines: exact times; circles: picked from scratch"
    said += f"; crosses: picked by {best}. " if best else ". "
    colours = "".join(f'<span><i style="background:{colour}"></i>{phase}</span>' for phase, colour in COLOURS.items())
    ground = "P speeds, from slow (dark) to fast (bright), with source and receivers; white is air."
    gather = gather_picture(project.open_records(dataset), picked)
    caption = f'<figcaption class="key">{escape(said)}{colours}</figcaption>'
    parts = ["<h2>A test shot</h2>", figure(ground_picture(test), ground), f"<figure>{gather}{caption}</figure>"]
    return "\n".join(parts)


def ground_picture(part: Part) -> Picture:
    """P speeds of the first shot of a part."""
    ground, line = ground_of_shot(part.preset, np.random.default_rng([part.seed, 0]))
    rock = ~ground.air
    slow, fast = ground.p_speed[rock].min(), ground.p_speed[rock].max()
    shades = np.where(rock, 255 * (ground.p_speed - slow) / max(fast - slow, 1.0), 0).astype(np.uint8)
    large = cv2.resize(shades, None, fx=GROUND_ZOOM, fy=GROUND_ZOOM, interpolation=cv2.INTER_NEAREST)
    picture = np.asarray(cv2.applyColorMap(large, cv2.COLORMAP_VIRIDIS), dtype=np.uint8)
    picture[cv2.resize(ground.air.astype(np.uint8), large.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0] = 255
    for row, column in line.receivers.tolist():
        at = (GROUND_ZOOM * column, GROUND_ZOOM * row)
        cv2.drawMarker(picture, at, (40, 40, 40), cv2.MARKER_TRIANGLE_DOWN, 9, 2, cv2.LINE_AA)
    at = (GROUND_ZOOM * line.source[1], GROUND_ZOOM * line.source[0])
    cv2.drawMarker(picture, at, (60, 60, 255), cv2.MARKER_STAR, 16, 2, cv2.LINE_AA)
    return picture


def gather_picture(records: RecordSet, picked: Mapping[str, Document]) -> str:
    """Records of the first shot as SVG, with exact times and what was picked (by 'o' and 'x')."""
    n = len(records.groups("event")[0].records)
    arrivals = arrivals_of(records, range(n))
    times = [time for there in arrivals.values() for record in there.values() for time in record]
    first, last = min(times) - MARGIN_S, max(times) + 2 * MARGIN_S
    rate = float(records.table.rate[0])
    begin = max(0, int(first * rate))
    values = records.read(range(n), begin, int((last - first) * rate))[:, -1]

    def down(time: float) -> float:
        return HEIGHT * (time - begin / rate) / (last - first)

    drawn = []
    for place, trace in enumerate(values):
        x = PIXELS * (place + 1) + 0.9 * PIXELS * trace / max(float(np.abs(trace).max()), 1e-30)
        y = HEIGHT * np.arange(len(trace)) / len(trace)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[::2].tolist(), y[::2].tolist(), strict=True))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="#57606a" stroke-width=".8"/>')
        for phase, colour in COLOURS.items():
            middle = PIXELS * (place + 1)
            drawn += [bar(middle, down(time), colour) for time in arrivals[phase][place]]
            drawn += [
                mark(letter, middle, down(time), colour)
                for letter, result in picked.items()
                for time, _ in result[phase].get(str(place), [])
            ]
    size = f"0 0 {PIXELS * (n + 1)} {HEIGHT}"
    return f'<svg viewBox="{size}" role="img" aria-label="records of a shot">{"".join(drawn)}</svg>'


def bar(x: float, y: float, colour: str) -> str:
    """An exact time."""
    return f'<line x1="{x - 9}" x2="{x + 9}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="1.6"/>'


def mark(letter: str, x: float, y: float, colour: str) -> str:
    """A pick: 'o' a circle, 'x' a cross."""
    if letter == "o":
        return f'<circle cx="{x - 4}" cy="{y:.1f}" r="3.2" fill="none" stroke="{colour}"/>'
    lines = f"M{x + 1},{y - 3:.1f}l6,6m0,-6l-6,6"
    return f'<path d="{lines}" stroke="{colour}" fill="none" stroke-width="1.2"/>'


def how(document: Document) -> str:
    """How the figures were made."""
    budget, pretrained = document["budget"], document["pretrained"]
    measured = [row for row in document["rows"] if row["measured"]]
    spent = "; ".join(
        f"{row['strategy']} ({row['data']}): {', '.join(map(str, row['updates']))} updates, {sum(row['seconds']):.0f} s"
        for row in measured
    )
    return (
        "<h2>How this was made</h2><ul>"
        "<li>Two-dimensional elastic (P-SV) waves by Deepwave over random ground: layers whose speeds and densities "
        "vary, folded, tilted and faulted under hills; a point force below, a line of receivers at the surface, X and "
        "Z components. No absorption but at the sides and below. P and S times are first arrivals of the eikonal "
        "equation (scikit-fmm) in the same ground.</li>"
        f"<li>Transfer starts from {escape(pretrained['title'])}. Source family: plain layers without faults and "
        "hills. The paper began with PhaseNet's published weights; --weights FILE does so.</li>"
        f"<li>Windows of {budget['window']} samples; bumps of {budget['sigma_ms']:g} ms within ± "
        f"{budget['half_width_ms']:g} ms, arrivals {budget['arrival_weight']:g} times as heavy as noise in the loss; "
        f"white noise of {budget['snr_least']:g} to {budget['snr_most']:g} dB on "
        f"{100 * budget['noise']:.0f} % of the training windows. Learning rates {budget['scratch_rate']:g} from "
        f"scratch, {budget['transfer_rate']:g} otherwise. Test records are read whole, under sliding windows, "
        f"threshold {budget['threshold']:g}, picks at least {budget['distance']} samples apart. SNR: rms of the record "
        "over rms of the noise.</li>"
        f"<li>Updates and time of the rows: {escape(spent or 'none')}.</li></ul>"
    )
