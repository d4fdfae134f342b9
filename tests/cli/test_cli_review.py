"""Suggestions, comparison of label sets and filling between lines, by command."""

from __future__ import annotations

from pathlib import Path

from seisgui.interpretation.classes import Source
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import Orientation, SectionRef


def test_suggestions_name_unlabelled_lines_with_reasons(seisgui, trained: Path):
    outcome = seisgui("suggest", trained, "--run", "latest", "-n", "2", "--json")
    assert outcome.status == 0
    found = outcome.document["suggestions"]
    assert [entry["number"] for entry in found] != [11, 11]
    assert {entry["number"] for entry in found} <= {10, 12}
    assert all(entry["reasons"] and entry["orientation"] == "inline" for entry in found)
    assert "inline" in seisgui("suggest", trained, "--run", "latest").out


def test_lines_between_two_labelled_ones_are_filled(seisgui, trained: Path):
    with Project.open(trained) as project:
        labels = project.labels()
        classes, _ = labels.section(SectionRef(Orientation.INLINE, 11))
        for number in (10, 12):
            labels.paint_values(SectionRef(Orientation.INLINE, number), 0, 0, classes)
        labels.paint_values(SectionRef(Orientation.INLINE, 11), 0, 0, classes * 0 - 1)
    assert seisgui("propagate", trained, "--inline", 10).status == 2
    outcome = seisgui("propagate", trained, "--inline", 10, "--inline", 12, "--json")
    assert outcome.status == 0
    assert outcome.document["filled"] > 0
    assert seisgui("propagate", trained, "--inline", 10, "--inline", 11).status == 2


def test_label_sets_are_compared(seisgui, trained: Path):
    with Project.open(trained) as project:
        first = project.labels()
        info = project.add_label_set(first.dataset_id, "second look")
        second = project.labels(info.id)
        for entry in first.classes:
            second.add_class(entry.name)
        classes, _ = first.section(SectionRef(Orientation.INLINE, 11))
        second.paint_values(SectionRef(Orientation.INLINE, 11), 0, 0, classes)
        name = first.info.name
    outcome = seisgui("compare-labels", trained, name, "second look", "--json")
    assert outcome.status == 0
    assert outcome.document["agreement"] == 1.0
    assert outcome.document["only_first"] == 0
    assert "agree" in seisgui("compare-labels", trained, name, "second look").out
    assert seisgui("compare-labels", trained, name, "nobody's").status == 2


def test_what_is_confident_is_accepted_where_nothing_is_labelled(seisgui, trained: Path):
    assert seisgui("accept", trained, "--run", "latest", "--inline", 12).status == 2, "nothing is predicted yet"
    assert seisgui("predict", trained, "--run", "latest", "--inline", 12).status == 0
    with Project.open(trained) as project:
        names = [entry.name for entry in project.labels().classes]
    one = seisgui(
        "accept", trained, "--run", "latest", "--inline", 12, "--confidence", "0", "--class", names[0], "--json"
    )
    rest = seisgui("accept", trained, "--run", "latest", "--inline", 12, "--confidence", "0", "--json")
    with Project.open(trained) as project:
        classes, provenance = project.labels().section(SectionRef(Orientation.INLINE, 12))
    assert (classes >= 0).all()
    assert (provenance & 0b111 == Source.ACCEPTED).all()
    assert one.document["accepted"] + rest.document["accepted"] == classes.size
    assert one.document["accepted"] == (classes == 0).sum()
    assert seisgui("accept", trained, "--run", "latest", "--inline", 12, "--json").document["accepted"] == 0
    assert seisgui("accept", trained, "--run", "latest", "--inline", 12, "--class", "granite").status == 2
    assert seisgui("accept", trained, "--run", "latest").status == 2
