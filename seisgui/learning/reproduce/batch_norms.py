"""What frozen batch norms do to transfer: a ResNet50 pretrained on another survey, frozen, fine-tuned on this one.

The paper's ResNet50 reaches 100 % in training and 12 % in test. Keras of its time normalised frozen layers with the
statistics of the batch while training and with the stored ones in prediction; this repeats both ways, and the sane one.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seisgui.errors import InputError
from seisgui.interpretation.exchange import read_file
from seisgui.interpretation.label_points import LabelPoints
from seisgui.interpretation.project import Project
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.events import Control, Event, Notice
from seisgui.learning.reproduce.budgets import Row
from seisgui.learning.reproduce.clock import Clock
from seisgui.learning.reproduce.folder import Document, RowFolder
from seisgui.learning.reproduce.survey_files import SurveyFiles, project_of
from seisgui.learning.reproduce.table import FIGURES, spread
from seisgui.learning.requests import TrainRequest
from seisgui.learning.train import train

NETWORK, OTHER = "resnet50", "other"
POLICIES = ("eval", "batch", "batch-updated")
WORDS = {
    "eval": "stored statistics, as in prediction (the program's own way)",
    "batch": "those of the batch in training, stored ones in prediction (Keras 2.1.3 to 2.2)",
    "batch-updated": "those of the batch, which also update the stored ones (Keras before 2.1.3)",
}
# small enough for a quarter of an hour of one core; Adam: 100 updates of the paper's SGD from scratch teach little
PRETRAINING: dict[str, Any] = {
    "batch": 32,
    "updates_per_epoch": 50,
    "optimiser": "adamw",
    "learning_rate": 1e-3,
    "schedule": "constant",
    "balance": 0.5,
    "patience": 0,
    "checked": 64,
    "scored": 500,
}
PRETRAINING_EPOCHS = 2
FINETUNING: dict[str, Any] = {
    "batch": 16,
    "updates_per_epoch": 20,
    "balance": 0.0,
    "patience": 0,
    "checked": 32,
    "scored": 300,
}
FINETUNING_EPOCHS = 2
TITLE = "What frozen batch norms do: ResNet50 pretrained on another survey"
ABSENT = "not measured: no other survey to pretrain on (--other-source FILE --other-labels FILE)"


def effect_steps(
    project: Project, other: SurveyFiles | None, folder: RowFolder, seeds: Sequence[int], device: str | None
) -> Generator[Event, None, Document]:
    """Pretrain once, fine-tune with every policy and seed on the paper's split; the figures as plain data."""
    if other is None:
        yield Notice(f"Batch norms: {ABSENT}.")
        return {"title": TITLE, "note": ABSENT, "rows": [], "sentences": [ABSENT], "seeds": 0}
    pretrained = yield from pretrained_steps(other, folder, device)
    results: dict[str, list[Document]] = {policy: [] for policy in POLICIES}
    # the two policies of the question first, so that what is interrupted has answered it
    plan = [(seed, policy) for group in (POLICIES[:2], POLICIES[2:]) for seed in seeds for policy in group]
    rows = [Row(NETWORK, OTHER, "random", seed, policy) for seed, policy in plan]
    clock = Clock(sum(folder.read(row.key) is None for row in rows))
    for row, (seed, policy) in zip(rows, plan, strict=True):
        result = folder.read(row.key)
        if result is None:
            work = train(project, request_of(project, row, pretrained["weights"], device), Control())
            record = yield from clock.told(work, f"Batch norms {policy}, seed {seed}", 1.0)
            result = outcome(record, row)
            folder.keep(row.key, result)
            yield Notice(f"Batch norms {policy}, seed {seed}: {told(result)}")
        results[policy].append(result)
    summaries = [summary(policy, results[policy]) for policy in POLICIES]
    return {
        "title": TITLE,
        "note": "",
        "pretrained": pretrained,
        "budget": budget_of(pretrained),
        "seeds": len(seeds),
        "rows": summaries,
        "sentences": sentences(summaries),
    }


def budget_of(pretrained: Document) -> str:
    """How much was trained on what."""
    updates = FINETUNING_EPOCHS * FINETUNING["updates_per_epoch"]
    return (
        f"pretrained on {pretrained['source']} from scratch with {pretrained['updates']} updates of "
        f"{PRETRAINING['batch']} patches (Adam); fine-tuned on this survey, random split, {updates} updates of "
        f"{FINETUNING['batch']} patches (the paper's SGD), preset dramsch2018-resnet50; no ImageNet weights anywhere"
    )


def pretrained_steps(other: SurveyFiles, folder: RowFolder, device: str | None) -> Generator[Event, None, Document]:
    """The run that the fine-tuning starts from, made once."""
    key = f"{NETWORK}-pretrained-0"
    found = folder.read(key)
    if found is not None and Path(found["weights"]).is_dir():
        return found
    one = one_inline(other, folder.path / "other_labels.npz")
    with project_of(one, folder.path / "other.seisproj") as project:
        request = TrainRequest(
            project.path,
            network=NETWORK,
            position=False,
            epochs=PRETRAINING_EPOCHS,
            device=device,
            settings=PRETRAINING,
        )
        work = train(project, request, Control())
        record: RunRecord = yield from Clock(1.0).told(work, f"Pretraining on {other.source.name}", 1.0)
        best = record.metrics.get("held_out") or record.metrics["training"]
        document = {
            "run": record.id,
            "weights": str(project.run_folder(record.id).resolve()),
            "source": other.source.name,
            "updates": record.metrics["updates"],
            "accuracy": best["accuracy"],
            "seconds": record.metrics["seconds"],
        }
    folder.keep(key, document)
    yield Notice(f"Pretrained on {other.source.name}: accuracy {best['accuracy']:.3f}, {document['seconds']:.0f} s.")
    return document


def one_inline(files: SurveyFiles, target: Path) -> SurveyFiles:
    """The same survey with the labels of its first labelled inline: neighbours of a complete mask teach nothing new."""
    _, content = read_file(files.labels, None)
    if isinstance(content, LabelPoints):
        return files
    try:
        slab = next(slab for slab in content.slabs() if (slab.classes >= 0).any())
    except StopIteration:
        raise InputError(f"{files.labels.name} holds no labels.", "Choose another file.") from None
    finally:
        content.close()
    np.savez_compressed(
        target,
        labels=slab.classes[None].astype(np.int16),
        inline=np.asarray([slab.inline]),
        crossline=slab.crossline,
        t_ms=slab.sample,
    )
    return SurveyFiles(files.source, target)


def request_of(project: Project, row: Row, weights: str, device: str | None) -> TrainRequest:
    """Fine-tuning with one policy."""
    return TrainRequest(
        project.path,
        network=row.network,
        start_from=weights,
        freeze=row.freeze,
        norms=row.norms,
        split=row.split,
        position=False,
        epochs=FINETUNING_EPOCHS,
        seed=row.seed,
        device=device,
        settings=FINETUNING,
    )


def outcome(record: RunRecord, row: Row) -> Document:
    """Figures of a fine-tuning; ``while_training`` is the accuracy of the last epoch's batches, as training sees it."""
    metrics = record.metrics
    last = metrics["history"][-1]["training"]
    sides = {
        name: {key: metrics[side][key] for key in (*FIGURES, "n")}
        for name, side in (("train", "training"), ("test", "held_out"))
    }
    return {
        "norms": row.norms,
        "seed": row.seed,
        "run": record.id,
        "while_training": last["accuracy"],
        "loss_while_training": last["loss"],
        **sides,
        "updates": metrics["updates"],
        "seconds": metrics["seconds"],
        "loaded": record.settings.get("loaded", ""),
    }


def told(result: Document) -> str:
    """A fine-tuning in a line."""
    return (
        f"accuracy {result['while_training']:.3f} while training, {result['test']['accuracy']:.3f} in test "
        f"(loss {result['test']['loss']:.3f}), {result['seconds']:.0f} s"
    )


def summary(policy: str, results: Sequence[Document]) -> Document:
    """Means and spread over seeds."""
    shown = spread(results, ("while_training", "loss_while_training")) or {}
    sides = {side: spread([result[side] for result in results], FIGURES) for side in ("train", "test")}
    return {"norms": policy, "what": WORDS[policy], "seeds": len(results), **shown, **sides, "runs": list(results)}


def sentences(rows: Sequence[Document]) -> list[str]:
    """What the figures say, whichever way they came out."""
    by_name = {row["norms"]: row for row in rows}
    said = []
    for policy in list(by_name)[1:]:
        pairs = list(zip(by_name["eval"]["runs"], by_name[policy]["runs"], strict=True))
        differences = [other["test"]["accuracy"] - ours["test"]["accuracy"] for ours, other in pairs]
        if not differences:
            continue
        lower = sum(difference < 0 for difference in differences)
        said.append(
            f"{policy} against eval: test accuracy differs by {np.mean(differences):+.3f} on average, lower in {lower} "
            f"of {len(differences)} seeds; from training to test it changes by "
            f"{by_name[policy]['test']['accuracy'] - by_name[policy]['while_training']:+.3f} "
            f"(eval: {by_name['eval']['test']['accuracy'] - by_name['eval']['while_training']:+.3f})."
        )
    return said
