"""The paper's table and ours side by side: one row a network, start and split, with the spread over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from seisgui.learning.reproduce.budgets import IMAGENET, PAPER, SCRATCH, Budget, Row
from seisgui.learning.reproduce.folder import Document

NOT_MEASURED = "not measured: no ImageNet weights"
NOT_RUN = "not run yet"
SMALLEST = 0.0005  # deviation over seeds that is shown
GAP = 0.1  # of accuracy, between training and prediction mode, that is worth a sentence
FIGURES = ("loss", "mae", "accuracy", "mean_class_accuracy", "mean_iou", "frequency_weighted_iou", "mean_f1")
BASELINE_FIGURES = ("pixel_accuracy", "mean_class_accuracy", "mean_iou")
STARTS = {SCRATCH: "scratch", IMAGENET: "ImageNet", "other": "another survey"}
RANDOM_WORTH = (
    "On the random split a test pixel lies beside training pixels of the same section and their patches overlap: its "
    "figures say how well a network memorises a section, and nothing about new ground."
)


def document(
    budget: Budget,
    rows: Sequence[Row],
    results: dict[str, Document],
    absent: dict[str, str],
    effect: Document | None,
) -> Document:
    """Everything a report says, as plain data; ``rows`` are means over seeds."""
    groups = list(dict.fromkeys((row.network, row.start, row.split) for row in rows))
    found = [
        _group(*group, [results[row.key] for row in rows if _group_of(row) == group and row.key in results], absent)
        for group in groups
    ]
    baselines = [
        row
        for split in dict.fromkeys(row.split for row in rows)
        for row in _baselines(split, [results[row.key] for row in rows if row.split == split and row.key in results])
    ]
    return {
        "experiment": "dramsch2018",
        "title": "Dramsch & Lüthje (2018), seismic facies with convolutional networks, repeated",
        "budget": {**budget.to_json(), "sentence": budget.sentence()},
        "random_split": RANDOM_WORTH,
        "rows": [*found, *baselines],
        "findings": findings(found, baselines),
        "bn_effect": effect,
    }


def _group_of(row: Row) -> tuple[str, str, str]:
    return row.network, row.start, row.split


def _group(network: str, start: str, split: str, runs: Sequence[Document], absent: dict[str, str]) -> Document:
    as_published = start == IMAGENET or network == "waldeland-same"
    row: Document = {
        "method": f"{network} from {STARTS[start]}",
        "kind": "network",
        "network": network,
        "start": start,
        "split": split,
        "seeds": len(runs),
        "measured": bool(runs),
        "note": "",
        "paper": PAPER[network] if as_published and split == "random" else None,
    }
    if not runs:
        return row | {"note": NOT_MEASURED if start == IMAGENET and network in absent else NOT_RUN}
    if not as_published:
        row["note"] = "no transfer: random start with the same budget"
    row |= {side: spread([run[side] for run in runs], FIGURES) for side in ("train", "test")}
    row |= row["test"] or {}
    row |= (
        spread([run["history"][-1]["training"] for run in runs if run["history"]], ("accuracy",), "while_training_")
        or {}
    )
    return row | {
        "loaded": runs[0]["loaded"],
        "updates": [run["updates"] for run in runs],
        "seconds": [run["seconds"] for run in runs],
        "stopped": [run["stopped"] for run in runs],
        "hold_out": runs[0]["hold_out"],
        "sentence": runs[0]["sentence"],
        "device": runs[0]["device"],
        "runs": [{name: run[name] for name in ("seed", "run", "train", "test", "updates", "seconds")} for run in runs],
    }


def _baselines(split: str, runs: Sequence[Document]) -> list[Document]:
    by_seed = {run["seed"]: run["baselines"] for run in runs}  # the same for all networks of a seed
    names = list(dict.fromkeys(name for scores in by_seed.values() for name in scores))
    found = []
    for name in names:
        scores = spread([each[name] for each in by_seed.values() if name in each], BASELINE_FIGURES) or {}
        scores |= {key.replace("pixel_accuracy", "accuracy"): value for key, value in scores.items()}
        row = {"method": name, "kind": "baseline", "network": None, "split": split, "seeds": len(by_seed)}
        found.append({**row, "measured": True, "note": "", **scores})
    return found


def spread(
    scores: Sequence[dict[str, Any] | None], names: Sequence[str], prefix: str = ""
) -> dict[str, float | None] | None:
    """Mean and, as ``_std``, deviation over seeds (None of one) of what is no NaN; None where nothing is scored."""
    scored = [each for each in scores if each is not None]
    if not scored:
        return None
    found: dict[str, float | None] = {}
    for name in names:
        values = [float(each[name]) for each in scored if each.get(name) is not None and math.isfinite(each[name])]
        found[f"{prefix}{name}"] = statistics.fmean(values) if values else None
        found[f"{prefix}{name}_std"] = statistics.stdev(values) if len(values) > 1 else None
    return found


def findings(rows: Sequence[Document], baselines: Sequence[Document]) -> list[str]:
    """What the figures say, in sentences."""
    sentences = []
    for network in dict.fromkeys(row["network"] for row in rows):
        for start in (IMAGENET, SCRATCH):
            mine = {
                row["split"]: row
                for row in rows
                if (row["network"], row["start"]) == (network, start) and row["measured"]
            }
            if {"random", "blocked"} <= set(mine) and all(row.get("accuracy") is not None for row in mine.values()):
                sentences.append(
                    f"{network} from {STARTS[start]}: accuracy {mine['random']['accuracy']:.3f} on random pixels, "
                    f"{mine['blocked']['accuracy']:.3f} on held-out blocks."
                )
    sentences += [gap_sentence(row) for row in rows if has_gap(row)]
    for split, where in (("random", "random pixels"), ("blocked", "held-out blocks")):
        nearest = [row for row in baselines if row["split"] == split and row["method"].startswith("nearest label")]
        if nearest and nearest[0].get("accuracy") is not None:
            beaten = [
                row["method"]
                for row in rows
                if row["split"] == split and (row.get("mean_class_accuracy") or 0) > nearest[0]["mean_class_accuracy"]
            ]
            sentences.append(
                f"The nearest label by position, without looking at any seismic, reaches accuracy "
                f"{nearest[0]['accuracy']:.3f} on {where}; in mean class accuracy it is beaten by "
                f"{', '.join(beaten) or 'none of the networks here'}."
            )
    return sentences


def has_gap(row: Document) -> bool:
    """Whether a network reads its own training labels far worse in prediction than while training."""
    return bool(row["measured"]) and (row.get("while_training_accuracy") or 0.0) - row["train"]["accuracy"] > GAP


def gap_sentence(row: Document) -> str:
    """The difference between training and prediction mode, and where it comes from."""
    cause = ": batch norms and dropout work otherwise there"
    if row["network"] == "waldeland-same":
        cause = (
            ": the published network has dropout right before batch norms, whose stored statistics are those with "
            "dropout; with as few updates as here it has not learnt to bear the difference"
        )
    return (
        f"{row['method']}, {row['split']} split: {row['while_training_accuracy']:.3f} of the last epoch's patches are "
        f"right while training, {row['train']['accuracy']:.3f} of the training labels in prediction{cause}."
    )


def number(row: dict[str, Any] | None, name: str) -> str:
    """'.993 ± .002', '-' where there is none."""
    if row is None or row.get(name) is None or not math.isfinite(row[name]):
        return "-"
    deviation = row.get(f"{name}_std")
    return f"{row[name]:.3f}" + (f" ± {deviation:.3f}" if (deviation or 0.0) >= SMALLEST else "")


def triple(side: dict[str, Any] | None) -> str:
    """Loss, MAE and accuracy."""
    return " / ".join(number(side, name) for name in ("loss", "mae", "accuracy"))


def published(row: Document, side: str) -> str:
    """The paper's loss, MAE and accuracy."""
    if not row.get("paper"):
        return "-"
    return " / ".join(f"{value:.3f}" for value in row["paper"][side])


def figures_of(result: Document) -> str:
    """A finished run in a line."""
    shown = result["test"] or result["train"]
    side = "held out" if result["test"] else "training labels"
    why = {"time": ", ended by the time limit", "early": ", ended early", "": ""}[result["stopped"]]
    return (
        f"{side} accuracy {number(shown, 'accuracy')}, mean class accuracy {number(shown, 'mean_class_accuracy')}, "
        f"{result['updates']} updates{why}, {result['seconds']:.0f} s"
    )


def text(report: Document) -> str:
    """The report for a terminal."""
    lines = [report["title"], f"Budget {report['budget']['name']}: {report['budget']['sentence']}.", ""]
    for split, title in (("random", "Random split (the paper's)"), ("blocked", "Blocked split, 65 traces of gap")):
        rows = [row for row in report["rows"] if row["split"] == split]
        if not rows:
            continue
        lines += [title, *aligned(_split_rows(rows)), ""]
        lines += [f"  {row['method']}: {row['note']}" for row in rows if row["note"]]
        lines += [f"  {next((row['sentence'] for row in rows if row.get('sentence')), '')}", ""]
    if report["bn_effect"]:
        lines += [report["bn_effect"]["title"], *aligned(effect_rows(report["bn_effect"])), ""]
        lines += [f"  {sentence}" for sentence in report["bn_effect"]["sentences"]] + [""]
    return "\n".join([*lines, *report["findings"], report["random_split"]]) + "\n"


def _split_rows(rows: Sequence[Document]) -> list[list[str]]:
    table = [
        ["", "train: loss / MAE / acc", "test: loss / MAE / acc", "class acc", "mean IoU", "paper train", "paper test"]
    ]
    for row in rows:
        if row["kind"] == "baseline":
            cells = ["", f"accuracy {number(row, 'accuracy')}"]
        else:
            cells = [triple(row.get("train")), triple(row.get("test"))] if row["measured"] else [row["note"], ""]
        scores = [number(row, "mean_class_accuracy"), number(row, "mean_iou")]
        table.append([row["method"], *cells, *scores, published(row, "train"), published(row, "test")])
    return table


def effect_rows(effect: Document) -> list[list[str]]:
    """The table of the batch-norm policies."""
    head = ["frozen batch norms", "accuracy while training", "training labels", "test", "test loss", "class acc"]
    rows = [
        [
            row["norms"],
            number(row, "while_training"),
            number(row["train"], "accuracy"),
            number(row["test"], "accuracy"),
            number(row["test"], "loss"),
            number(row["test"], "mean_class_accuracy"),
        ]
        for row in effect["rows"]
    ]
    return [head, *rows]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
