"""What came out of a repetition of Huynh (2021), as plain data and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seisgui.learning.reproduce.folder import Document
from seisgui.learning.reproduce.huynh_plan import (
    BEFORE,
    PAPER,
    PHASES,
    SCRATCH,
    SNRS,
    TITLES,
    WITH,
    WITHOUT,
    Budget,
    Row,
)
from seisgui.learning.reproduce.table import aligned, number, spread

FIGURES = ("precision", "recall", "f1", "residual_mean", "residual_std", "false_per_noise")
COUNTS = ("true_positive", "false_positive", "false_negative", "n_true", "n_predicted")
TITLE = "Huynh (2021) repeated: six ways to transfer PhaseNet"
COUNT, MAXIMUM = "count", "maximum"
COUNTINGS = {
    COUNT: "an outlying pick is one false positive, and its label a false negative (section 7)",
    MAXIMUM: "one maximum a phase and record, a miss only where nothing was picked (section 10.2.3)",
}


def snr_name(snr: float | None) -> str:
    """'none' or '10'."""
    return "none" if snr is None else f"{snr:g}"


def document(
    budget: Budget,
    rows: Sequence[Row],
    results: Mapping[str, Document],
    pretrained: Document,
    about: Sequence[str],
) -> Document:
    """Everything: means and spread over seeds of every strategy on every kind of records."""
    summaries = [
        summary(strategy, part, [results[row.key] for row in rows if (row.strategy, row.part) == (strategy, part)])
        for part in dict.fromkeys(row.part for row in rows if row.part != "flat")
        for strategy in dict.fromkeys(row.strategy for row in rows)
        if strategy != BEFORE
    ]
    before = [results[row.key] for row in rows if row.strategy == BEFORE]
    topography = [
        {
            "trained": name,
            **summary(SCRATCH, part, [results[row.key] for row in rows if row.key.startswith(f"{part}-{SCRATCH}-")]),
        }
        for name, part in ((WITH, "training"), (WITHOUT, "flat"))
    ]
    return {
        "title": TITLE,
        "experiment": "huynh2021",
        "budget": {**budget.to_json(), "sentence": budget.sentence()},
        "tolerance": budget.tolerance,
        "real_tolerance": budget.real_tolerance,
        "countings": COUNTINGS,
        "rows": summaries,
        "topography": [row for row in topography if row["measured"]],
        "pretrained": pretrained,
        "real_before": {phase: figures_of([run["scores"]["none"][COUNT][phase] for run in before]) for phase in PHASES}
        if before
        else None,
        "findings": findings(summaries, topography),
        "about": list(about),
    }


def summary(strategy: str, part: str, runs: Sequence[Document]) -> Document:
    """A strategy on one kind of records: figures of both phases and both countings, and F1 against noise."""
    row: Document = {
        "strategy": strategy,
        "title": TITLES[strategy],
        "data": "real" if part == "real" else "simulated",
        "seeds": len(runs),
        "measured": bool(runs),
        "paper": None if part == "real" else PAPER[strategy],
    }
    if not runs:
        return row
    for phase in PHASES:
        row[phase] = figures_of([run["scores"]["none"][COUNT][phase] for run in runs])
        row[f"{phase}_maximum"] = figures_of([run["scores"]["none"][MAXIMUM][phase] for run in runs])
    row["snr"] = {
        snr: {phase: spread([run["scores"][snr][COUNT][phase] for run in runs], ("f1",)) for phase in PHASES}
        for snr in runs[0]["scores"]
    }
    return row | {
        "records": runs[0]["records"],
        "updates": [run["updates"] for run in runs],
        "seconds": [run["seconds"] for run in runs],
        "loaded": runs[0]["loaded"],
        "history": runs[0]["history"],
        "runs": [{name: run[name] for name in ("seed", "run", "scores", "updates", "seconds")} for run in runs],
    }


def figures_of(scores: Sequence[Document]) -> Document:
    """Mean and spread over seeds, and the counts of every seed."""
    return {**(spread(scores, FIGURES) or {}), "counts": [{name: each[name] for name in COUNTS} for each in scores]}


def findings(rows: Sequence[Document], topography: Sequence[Document]) -> list[str]:
    """What the figures say, whichever way they came out."""
    said = []
    for data in dict.fromkeys(row["data"] for row in rows):
        mine = [row for row in rows if row["data"] == data and row["measured"]]
        scratch = next((row for row in mine if row["strategy"] == SCRATCH), None)
        for phase in PHASES:
            others = [row for row in mine if row is not scratch]
            if scratch is None or not others:
                continue
            below = [row["strategy"] for row in others if row[phase]["f1"] < scratch[phase]["f1"]]
            best = max(others, key=lambda row: row[phase]["f1"])
            paper = "; in the paper transfer lowers P in every row" if phase == "P" and data == "simulated" else ""
            said.append(
                f"{data.capitalize()} records, {phase}: F1 {number(scratch[phase], 'f1')} from scratch, best transfer "
                f"{best['strategy']} {number(best[phase], 'f1')}; {len(below)} of {len(others)} transferred models are "
                f"below scratch{paper}."
            )
    measured = [row for row in topography if row["measured"]]
    if len(measured) == len((WITH, WITHOUT)):
        told = ", ".join(
            f"{phase} {number(measured[0][phase], 'f1')} with and {number(measured[1][phase], 'f1')} without"
            for phase in PHASES
        )
        said.append(f"Tested on models with topography, trained with and without it: F1 {told}.")
    return said


def triple(row: Document | None) -> str:
    """Precision, recall and F1."""
    return " / ".join(number(row, name) for name in ("precision", "recall", "f1"))


def published(row: Document, phase: str) -> str:
    """The paper's precision, recall and F1."""
    return " / ".join(f"{value:.3f}" for value in row["paper"][phase]) if row.get("paper") else "-"


def counted(row: Document) -> str:
    """Counts of all seeds: right, false, missed."""
    return "; ".join(
        f"{each['true_positive']} + {each['false_positive']} - {each['false_negative']}" for each in row["counts"]
    )


def score_rows(rows: Sequence[Document], phase: str) -> list[list[str]]:
    """The table of one phase."""
    head = ["strategy", "precision / recall / F1", "by the other count", "paper", "right + false - missed, by seed"]
    table = [head]
    for row in rows:
        if row["measured"]:
            cells = [triple(row[phase]), triple(row[f"{phase}_maximum"]), published(row, phase), counted(row[phase])]
        else:
            cells = ["not measured", "", published(row, phase), ""]
        table.append([row["strategy"], *cells])
    return table


def snr_rows(rows: Sequence[Document], phase: str) -> list[list[str]]:
    """F1 against the signal-to-noise ratio."""
    head = ["strategy", *("no noise" if snr is None else f"{snr:g} dB" for snr in SNRS)]
    return [head] + [
        [row["strategy"], *(number(row["snr"].get(snr_name(snr), {}).get(phase), "f1") for snr in SNRS)]
        for row in rows
        if row["measured"]
    ]


def topography_rows(rows: Sequence[Document]) -> list[list[str]]:
    """Trained with and without topography, tested with it."""
    head = ["models of training", *(f"{phase}: precision / recall / F1" for phase in PHASES)]
    return [head, *([f"{row['trained']} topography", *(triple(row[phase]) for phase in PHASES)] for row in rows)]


def text(report: Document) -> str:
    """The report for a terminal."""
    budget = report["budget"]
    lines = [report["title"], f"Budget {budget['name']}: {budget['sentence']}.", *report["about"], ""]
    for data in dict.fromkeys(row["data"] for row in report["rows"]):
        rows = [row for row in report["rows"] if row["data"] == data]
        tolerance = report["real_tolerance" if data == "real" else "tolerance"]
        for phase in PHASES:
            lines += [
                f"{data.capitalize()} records, {phase}, tolerance {1000 * tolerance:g} ms",
                *aligned(score_rows(rows, phase)),
                "",
            ]
        if data == "real":
            told = ", ".join(f"{phase} {triple(report['real_before'][phase])}" for phase in PHASES)
            lines += [f"The starting weights as they are: {told}", ""]
        else:
            for phase in PHASES:
                lines += [f"F1 of {phase} against the signal-to-noise ratio", *aligned(snr_rows(rows, phase)), ""]
    if report["topography"]:
        lines += ["Tested on models with topography", *aligned(topography_rows(report["topography"])), ""]
    lines += [f"Counting: {words}." for words in COUNTINGS.values()]
    return "\n".join([*lines, "", *report["findings"]]) + "\n"


def told(result: Document) -> str:
    """A finished run in a line."""
    scores: dict[str, Any] = result["scores"]["none"][COUNT]
    shown = ", ".join(f"{phase} F1 {scores[phase]['f1']:.3f}" for phase in PHASES)
    return f"{shown}, {result['updates']} updates, {result['seconds']:.0f} s"
