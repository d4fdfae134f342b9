"""Which place is suggested next."""

from __future__ import annotations

import numpy as np

from seisgui.learning.active import choose, described


def test_one_place_of_each_kind_is_chosen_before_a_second_of_any():
    generator = np.random.default_rng(0)
    kinds = np.repeat([0, 1, 2, 3], [20, 8, 4, 2])
    appearance = generator.normal(0, 0.05, (34, 6)) + np.eye(6)[kinds] * 3
    places = described(appearance, np.zeros((34, 1)))
    chosen = choose(places, np.ones(34), [0], range(1, 34), 3)
    assert {int(kinds[choice.index]) for choice in chosen} == {1, 2, 3}
    assert kinds[chosen[0].index] == 1  # the most frequent of what is not labelled
    assert chosen[0].gain >= chosen[1].gain >= chosen[2].gain > 0


def test_what_the_model_is_unsure_of_counts_more():
    kinds = np.repeat([0, 1, 2], 10)
    places = described(np.eye(3)[kinds] * 3 + np.random.default_rng(1).normal(0, 0.05, (30, 3)), np.zeros((30, 1)))
    unsure = np.where(kinds == 2, 0.9, 0.1)
    assert kinds[choose(places, unsure, [0], range(1, 30), 1)[0].index] == 2


def test_neighbours_of_a_choice_are_not_chosen_next():
    position = np.arange(40.0)[:, None]
    places = described(np.zeros((40, 2)), position)
    chosen = [choice.index for choice in choose(places, np.ones(40), [0], range(1, 40), 3)]
    assert all(abs(a - b) > 5 for a in [0, *chosen] for b in chosen if a != b)


def test_without_labels_the_most_typical_place_comes_first():
    places = described(np.zeros((21, 1)), np.arange(21.0)[:, None])
    assert abs(choose(places, np.ones(21), [], range(21), 1)[0].index - 10) <= 1


def test_a_few_candidates_and_none():
    places = described(np.eye(4), np.zeros((4, 1)))
    assert {choice.index for choice in choose(places, np.ones(4), [0], [1, 2, 3], 9)} == {1, 2, 3}
    assert choose(places, np.ones(4), [], [], 2) == []
    assert choose(places, np.zeros(4), [0], [1], 1)[0].index == 1
