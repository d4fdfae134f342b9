"""One self-contained page: tables, pictures and curves, and what the figures are worth."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from seisgui import __version__
from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.project import Project
from seisgui.learning.reproduce import pictures, table
from seisgui.learning.reproduce.folder import Document
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.volume import Volume

SPLIT_TITLES = {
    "random": "Random split, as in the paper",
    "blocked": "Blocked split: whole stretches held out, 65 traces of gap",
}
SPLIT_SHORT = {"random": "random split", "blocked": "blocked split"}
CURVE_COLOURS = ("#1f5fd0", "#c8501e", "#1b8a4b", "#8a3fb0", "#8a6d00", "#00808a")
STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; max-width: 1080px; margin: 2em auto;
  padding: 0 1.5em; }
h1 { font-size: 1.6em; line-height: 1.25; } h2 { font-size: 1.2em; margin-top: 2.2em; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .87em; width: 100%; }
th, td { text-align: left; padding: .35em .7em .35em 0; border-bottom: 1px solid #d8dce2; vertical-align: top; }
th { font-weight: 600; color: #444c56; } td.n { white-space: nowrap; }
tr.baseline td { color: #57606a; } .absent { color: #8a3b12; }
.warning { border-left: 4px solid #c8501e; background: #fdf3ec; padding: .7em 1em; }
figure { margin: 1.2em 0; } figcaption { font-size: .87em; color: #444c56; margin-top: .3em; }
img { width: 100%; image-rendering: auto; border: 1px solid #d8dce2; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1em; }
.key span { display: inline-block; margin-right: 1.1em; font-size: .87em; white-space: nowrap; }
.key i { display: inline-block; width: .9em; height: .9em; margin-right: .35em; vertical-align: -.1em; }
svg text { font: 11px system-ui, sans-serif; fill: #444c56; }
.scroll { overflow-x: auto; }
"""


def written(document: Document, project: Project, out: Path, results: dict[str, Document]) -> str:
    """The page of a report; pictures show the first seed of every network."""
    parts = [
        f"<h1>{escape(document['title'])}</h1>",
        f"<p>{escape(made_of(document))}</p>",
        warning(document["random_split"]),
        "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in document["findings"]) + "</ul>",
    ]
    for split in ("blocked", "random"):
        rows = [row for row in document["rows"] if row["split"] == split]
        if rows:
            parts += [f"<h2>{SPLIT_TITLES[split]}</h2>", split_table(rows)]
            sentence = next((row["sentence"] for row in rows if row.get("sentence")), "")
            parts.append(f"<p>{escape(sentence[:1].upper() + sentence[1:])}.</p>" if sentence else "")
    if document["bn_effect"]:
        parts.append(effect(document["bn_effect"]))
    shown = [results[key] for key in results if (out / "rows" / f"{key}.npz").is_file()]
    parts.append(sections(project, out, results))
    parts.append(curves(shown))
    parts.append(how(document))
    return whole_page(document["title"], parts)


def whole_page(title: str, parts: Sequence[str]) -> str:
    """A document of its own that needs no other file."""
    body = "\n".join(part for part in parts if part)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def warning(sentence: str) -> str:
    """What the random split is worth, where nobody overlooks it."""
    return (
        f'<p class="warning"><strong>What the random split is worth.</strong> {escape(sentence)} '
        "The blocked split below is the one to read.</p>"
    )


def made_of(document: Document) -> str:
    """Data, seeds and budget in a sentence."""
    files = " and ".join(document["data"])
    return (
        f"Trained on {files} by SeisGUI {__version__}, {len(document['seeds'])} seeds. Budget "
        f"“{document['budget']['name']}”: {document['budget']['sentence']}."
    )


def cells(values: Sequence[str], tag: str = "td") -> str:
    """Cells of a table row; figures do not wrap, what is separated by ' / ' stands one below the other."""
    mark = ' class="n"' if tag == "td" else ""
    return "".join(
        f"<{tag}{mark if number else ''}>{escape(value).replace(' / ', '<br>')}</{tag}>"
        for number, value in enumerate(values)
    )


def split_table(rows: Sequence[Document]) -> str:
    """Ours and, where the paper has the row, its figures beside it; baselines below."""
    published = any(row.get("paper") for row in rows)
    head = ["", "Training", "Test", "Mean class accuracy", "Mean IoU"]
    head += ["Paper, training", "Paper, test"] if published else []
    lines = [f"<tr>{cells(head, 'th')}</tr>"]
    for row in rows:
        name = row["method"] + (f" ({row['note']})" if row["note"] and row["measured"] else "")
        scores = [table.number(row, "mean_class_accuracy"), table.number(row, "mean_iou")]
        paper = [table.published(row, side) for side in ("train", "test")] if published else []
        if row["kind"] == "baseline":
            values = [name, "", table.number(row, "accuracy"), *scores, *([""] * len(paper))]
            lines.append(f'<tr class="baseline">{cells(values)}</tr>')
        elif row["measured"]:
            values = [name, table.triple(row["train"]), table.triple(row["test"]), *scores, *paper]
            lines.append(f"<tr>{cells(values)}</tr>")
        else:
            rest = cells(["", *paper]).removeprefix("<td></td>")
            lines.append(
                f'<tr><td>{escape(name)}</td><td colspan="4" class="absent">{escape(row["note"])}</td>{rest}</tr>'
            )
    note = (
        "<p>One below the other: loss, mean absolute error of the probabilities, accuracy. Of baselines: accuracy.</p>"
    )
    return note + '<div class="scroll"><table>' + "\n".join(lines) + "</table></div>"


def effect(document: Document) -> str:
    """The batch-norm policies."""
    if not document["rows"]:
        return f"<h2>{escape(document['title'])}</h2><p class='absent'>{escape(document['note'])}</p>"
    head, *rows = table.effect_rows(document)
    words = {row["norms"]: row["what"] for row in document["rows"]}
    lines = [f"<tr>{cells(head, 'th')}</tr>"]
    lines += [f"<tr>{cells([f'{row[0]}: {words[row[0]]}', *row[1:]])}</tr>" for row in rows]
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in document["sentences"])
    return (
        f"<h2>{escape(document['title'])}</h2>"
        "<p>The paper's ResNet50 reaches 100 % in training and 12 % in test. Keras of that time let frozen batch norms "
        "normalise with the statistics of each batch while training and with the stored ones in prediction. The same "
        "frozen layers, treated in three ways:</p>"
        f'<div class="scroll"><table>{"".join(lines)}</table></div><ul>{said}</ul>'
        f"<p>How: {escape(document['budget'])}; {document['seeds']} seeds.</p>"
    )


def sections(project: Project, out: Path, results: dict[str, Document]) -> str:
    """Labels and predictions on every section of the pictures."""
    volume, labels = project.open_volume(), project.labels()
    scale = AmplitudeScale.of(volume)
    parts = ["<h2>Sections</h2>", key_of(labels.classes)]
    for ref in pictures.picture_refs(project):
        grey = pictures.grey(volume.section(ref), scale)
        classes, _ = labels.section(ref)
        parts += [
            f"<h3>{escape(str(ref)).capitalize()}</h3>",
            '<div class="pair">',
            figure(grey, "Amplitudes, clipped at P99."),
        ]
        if (classes >= 0).any():
            parts.append(figure(pictures.overlaid(grey, classes, labels.classes), "The published labels."))
        for key, result in results.items():
            found = pictures.read_predicted(out / "rows" / f"{key}.npz", ref)
            if found is not None:
                parts.append(prediction(found, result, ref, volume, grey, labels.classes))
        parts.append("</div>")
    return "\n".join(parts)


def prediction(
    found: tuple[Any, int],
    result: Document,
    ref: SectionRef,
    volume: Volume,
    grey: pictures.Picture,
    classes: Sequence[FaciesClass],
) -> str:
    """What one run makes of a section, with the held-out traces marked."""
    cells_of, step = found
    painted = pictures.overlaid(
        grey, pictures.whole(cells_of, step, volume.axes.section_shape(ref.orientation)), classes
    )
    inside = pictures.held_out_traces(result["hold_out"], ref, volume.axes)
    caption = f"{result['network']} from {table.STARTS[result['start']]}, {SPLIT_SHORT[result['split']]}"
    caption += f", seed {result['seed']}"
    caption += f"; one pixel in {step} x {step} predicted" if step > 1 else ""
    if inside.any():
        caption += "; black bars: held-out traces"
    shown = pictures.marked(painted, inside) if inside.any() else painted
    return figure(shown, f"{caption}.")


def figure(picture: pictures.Picture, caption: str) -> str:
    return (
        f'<figure><img src="{pictures.data_url(picture)}" alt="{escape(caption)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def key_of(classes: Sequence[FaciesClass]) -> str:
    """Colours of the classes."""
    entries = "".join(
        f'<span><i style="background:{entry.colour}"></i>{escape(entry.name)}</span>' for entry in classes
    )
    return f'<p class="key">{entries}</p>'


def curves(results: Sequence[Document]) -> str:
    """Loss and held-out accuracy over updates, of the first seed."""
    results = [result for result in results if result.get("history")]
    if not results:
        return ""
    parts = ["<h2>Learning curves</h2>", '<div class="pair">']
    for split, words in SPLIT_SHORT.items():
        mine = [result for result in results if result["split"] == split]
        for name, side, title in (("loss", "training", "training loss"), ("accuracy", "held_out", "held-out accuracy")):
            lines = {
                f"{result['network']}, {table.STARTS[result['start']]}": [
                    (point["update"], point[side][name])
                    for point in result["history"]
                    if (point.get(side) or {}).get(name)
                ]
                for result in mine
            }
            if any(lines.values()):
                parts.append(chart(lines, f"{words.capitalize()}: {title}", name == "accuracy"))
    return "\n".join(
        [*parts, "</div>", "<p>Seed of the pictures. Held-out labels are only looked at, on a sample.</p>"]
    )


def chart(
    lines: dict[str, list[tuple[int, float]]],
    title: str,
    from_zero_to_one: bool,
    ticks: Sequence[tuple[int, str]] | None = None,
) -> str:
    """A line chart as SVG; ``ticks`` (place, words) below it, else the number of updates."""
    width, height, left, bottom, top = 480, 250, 44, 30, 26
    values = [value for line in lines.values() for _, value in line]
    most = max((update for line in lines.values() for update, _ in line), default=1)
    high = 1.0 if from_zero_to_one else nice(max(values))

    def place(update: int, value: float) -> str:
        x = left + (width - left - 12) * update / most
        y = height - bottom - (height - bottom - top) * min(value / high, 1.0)
        return f"{x:.1f},{y:.1f}"

    drawn = [f'<text x="{left}" y="14" style="font-weight:600">{escape(title)}</text>']
    for share in (0.0, 0.5, 1.0):
        y = float(place(0, share * high).split(",")[1])
        drawn.append(f'<line x1="{left}" x2="{width - 12}" y1="{y}" y2="{y}" stroke="#d8dce2"/>')
        drawn.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{share * high:g}</text>')
    for number, words in [(most, f"{most} updates")] if ticks is None else ticks:
        x, anchor = float(place(number, 0.0).split(",")[0]), "end" if number == most else "middle"
        drawn.append(f'<text x="{x}" y="{height - 8}" text-anchor="{anchor}">{escape(words)}</text>')
    key = []
    for number, (name, line) in enumerate(lines.items()):
        colour = CURVE_COLOURS[number % len(CURVE_COLOURS)]
        points = " ".join(place(update, value) for update, value in line)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [
            f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="3" fill="{colour}"/>' for p in points.split()
        ]
        key.append(f'<span><i style="background:{colour}"></i>{escape(name)}</span>')
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">{"".join(drawn)}</svg>'
        f'<figcaption class="key">{"".join(key)}</figcaption></figure>'
    )


def nice(value: float) -> float:
    """A round number that is not smaller."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value)


def how(document: Document) -> str:
    """How the figures were made."""
    measured = [row for row in document["rows"] if row["kind"] == "network" and row["measured"]]
    updates = "; ".join(
        f"{row['method']}, {SPLIT_SHORT[row['split']]}: {', '.join(map(str, row['updates']))} updates, "
        f"{np.sum(row['seconds']):.0f} s" + (", ended by the time limit" if "time" in row["stopped"] else "")
        for row in measured
    )
    return (
        "<h2>How this was made</h2><ul>"
        "<li>Patches of 64 x 64 samples around labelled pixels, zero-padded at the border of the section; amplitudes "
        "clipped at P99 and scaled to -1..1; every labelled pixel is drawn as often as any other; no position "
        "channels.</li>"
        "<li>Waldeland: Adam, learning rate .001. VGG16 and ResNet50: Nesterov SGD, momentum .9, learning rates .0001 "
        "and .001, divided by 1 + .000001 n after n updates. From ImageNet the paper's layers are frozen, frozen batch "
        "norms in prediction mode; from scratch nothing is frozen.</li>"
        "<li>Networks that predict patch by patch are scored on a sample of the labelled pixels; ± is the standard "
        "deviation over seeds. Early stopping looks at cells of training labels, never at held-out ones.</li>"
        f"<li>Updates and wall time of the rows: {escape(updates or 'none')}.</li></ul>"
    )


def as_json(document: Document) -> str:
    """The document as JSON; NaN and infinities become null."""
    return json.dumps(_plain(document), indent=1, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
