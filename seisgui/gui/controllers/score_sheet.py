"""What run records say about classes, put as the scores dialog shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seisgui.gui.dialogs.scores import ClassLine, ScoreSheet
from seisgui.gui.words import run_title
from seisgui.learning.guard import KEPT_SPLIT

if TYPE_CHECKING:
    from seisgui.interpretation.runs import RunRecord

GREY = "#808080"


def figure(values: dict[str, Any] | None, name: str) -> str:
    value = (values or {}).get(name)
    return f"{value:.3f}" if isinstance(value, int | float) else "–"


def score_sheet(record: RunRecord, records: list[RunRecord]) -> ScoreSheet:
    """Confusion and classes of a run, beside those runs of the ledger that were scored on the same area."""
    held_out: dict[str, Any] | None = record.metrics.get("held_out")
    sentence = str(record.metrics.get("sentence") or "")
    sentence = f"{sentence[:1].upper()}{sentence[1:]}." if sentence else "This run was not scored."
    if not held_out:
        return ScoreSheet(run_title(record), sentence)
    known = {entry.id: entry for entry in record.classes}
    ids = [int(class_id) for class_id in held_out.get("class_ids") or ()]
    names = tuple(known[k].name if k in known else f"class {k}" for k in ids)
    colours = tuple(known[k].colour if k in known else GREY for k in ids)
    alike = comparable(record, records)
    lines = [
        ClassLine(
            known[k].name if k in known else f"class {k}",
            known[k].colour if k in known else GREY,
            (
                *(figure(scores, name) for name in ("accuracy", "precision", "iou", "f1")),
                f"{scores.get('n') or 0:,}",
                before(record, alike, k),
            ),
            history(alike, k),
        )
        for k, scores in ((int(k), scores) for k, scores in (held_out.get("per_class") or {}).items())
    ]
    matrix = tuple(tuple(int(count) for count in row) for row in held_out.get("confusion") or ())
    return ScoreSheet(run_title(record), sentence, tuple(lines), names, colours, matrix, len(alike))


def comparable(record: RunRecord, records: list[RunRecord]) -> list[RunRecord]:
    """The runs up to this one on the same labels and held-out area, the oldest first."""

    def key(run: RunRecord) -> tuple[object, ...]:
        return run.task, run.dataset_id, run.label_set_id, *(str(run.split.get(name)) for name in KEPT_SPLIT)

    scored = [run for run in records if run.metrics.get("held_out") and key(run) == key(record)]
    return [run for run in scored if run.created <= record.created]


def accuracy(record: RunRecord, class_id: int) -> float | None:
    """Of one class on held-out labels; None where it was not scored."""
    scores = (record.metrics["held_out"].get("per_class") or {}).get(str(class_id)) or {}
    value = scores.get("accuracy")
    return float(value) if value is not None else None


def history(alike: list[RunRecord], class_id: int) -> tuple[tuple[float, float], ...]:
    """Accuracy of a class by the place of the run, from 1 on."""
    found = ((float(place), accuracy(run, class_id)) for place, run in enumerate(alike, start=1))
    return tuple((place, value) for place, value in found if value is not None)


def before(record: RunRecord, alike: list[RunRecord], class_id: int) -> str:
    """Accuracy of a class in the run before this one, and the change since."""
    earlier = [run for run in alike if run.id != record.id]
    now, then = accuracy(record, class_id), accuracy(earlier[-1], class_id) if earlier else None
    if now is None or then is None:
        return "–"
    return f"{then:.3f} ({now - then:+.3f})".replace("-", "−")
