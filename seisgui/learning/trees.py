"""A forest of decision trees as plain arrays: predicts without scikit-learn and is stored without pickle."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from seisgui.seismic.volume import FloatArray

BLOCK = 256  # pixels whose features stay in cache while all trees vote on them
TOGETHER = 8  # pixels that walk down a tree side by side; divides BLOCK
LEAF = -1


@dataclass(frozen=True, slots=True)
class Trees:
    """All trees of a forest end to end.

    ``feature`` (n_node,) int32 is -1 in leaves; ``threshold`` (n_node,) float32: a feature above it goes to
    ``child + 1``, otherwise to ``child``; in leaves ``child`` is the row of ``share`` (n_leaf, n_class) float32, the
    class shares of the training pixels that fell there; ``roots`` (n_tree,) int32.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    child: NDArray[np.int32]
    share: NDArray[np.float32]
    roots: NDArray[np.int32]

    @classmethod
    def of(cls, estimators: Sequence[Any], classes: Sequence[int], n_class: int) -> Trees:
        """Arrays of fitted scikit-learn trees; value column i is class ``classes[i]``."""
        parts = [flatten(estimator.tree_) for estimator in estimators]
        nodes = np.cumsum([0, *[len(part[0]) for part in parts]])
        leaves = np.cumsum([0, *[len(part[3]) for part in parts]])
        child = [
            np.where(part[0] == LEAF, part[2] + leaves[i], part[2] + nodes[i]).astype(np.int32)
            for i, part in enumerate(parts)
        ]
        share = np.zeros((leaves[-1], n_class), dtype=np.float32)
        share[:, list(classes)] = np.concatenate([part[3] for part in parts])
        return cls(
            np.concatenate([part[0] for part in parts]),
            np.concatenate([part[1] for part in parts]),
            np.concatenate(child),
            share,
            nodes[:-1].astype(np.int32),
        )

    @classmethod
    def joined(cls, forests: Sequence[Trees]) -> Trees:
        """Several forests as one; their trees weigh the same."""
        nodes = np.cumsum([0, *[len(forest.feature) for forest in forests]])
        leaves = np.cumsum([0, *[len(forest.share) for forest in forests]])
        return cls(
            np.concatenate([forest.feature for forest in forests]),
            np.concatenate([forest.threshold for forest in forests]),
            np.concatenate(
                [
                    np.where(forest.feature == LEAF, forest.child + leaves[i], forest.child + nodes[i]).astype(np.int32)
                    for i, forest in enumerate(forests)
                ]
            ),
            np.concatenate([forest.share for forest in forests]),
            np.concatenate([forest.roots + nodes[i] for i, forest in enumerate(forests)]).astype(np.int32),
        )

    def predict(self, planes: FloatArray, jobs: int = 1) -> FloatArray:
        """Mean class shares (n_class, n_pixel) of feature planes (n_feature, n_pixel); ``jobs`` threads."""
        self.check(len(planes))
        n_pixel = planes.shape[1]
        out = np.empty((self.share.shape[1], n_pixel), dtype=np.float32)
        arrays = self.walkable(), self.share, self.roots
        if jobs <= 1 or n_pixel < 16 * BLOCK:
            vote(planes, *arrays, 0, n_pixel, out)
            return out
        edges = np.linspace(0, n_pixel, 4 * jobs + 1).astype(np.int64)
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda i: vote(planes, *arrays, edges[i], edges[i + 1], out), range(len(edges) - 1)))
        return out

    def walkable(self) -> NDArray[Any]:
        """Nodes (n_node,) whose leaves point at themselves, so that many pixels step together without branches."""
        leaf = self.feature == LEAF
        nodes = np.zeros(len(leaf), dtype=NODE)
        nodes["threshold"] = np.where(leaf, np.float32(np.inf), self.threshold)
        nodes["child"] = np.where(leaf, np.arange(len(leaf)), self.child)
        nodes["feature"] = np.where(leaf, 0, self.feature)
        nodes["leaf"] = np.where(leaf, self.child, 0)
        return nodes

    def to_tensors(self, prefix: str = "") -> dict[str, NDArray[Any]]:
        """Named arrays for safetensors."""
        return {
            f"{prefix}feature": self.feature,
            f"{prefix}threshold": self.threshold,
            f"{prefix}child": self.child,
            f"{prefix}share": self.share,
            f"{prefix}roots": self.roots,
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, NDArray[Any]], prefix: str = "") -> Trees:
        """The inverse of :meth:`to_tensors`; ``KeyError`` or ``ValueError`` where the arrays do not make a forest."""
        forest = cls(*[tensors[prefix + name] for name in ("feature", "threshold", "child", "share", "roots")])
        forest.check()
        return forest

    def check(self, n_feature: int | None = None) -> None:
        """Raise ``ValueError`` where following the arrays would leave them, or the features, or never end."""
        count = len(self.feature)
        inner = self.feature >= 0
        places = np.arange(count)
        sound = (
            len(self.threshold) == len(self.child) == count
            and self.share.ndim == 2
            and (self.child[inner] > places[inner]).all()
            and (self.child[inner] + 1 < count).all()
            and (self.child[~inner] >= 0).all()
            and (self.child[~inner] < len(self.share)).all()
            and ((self.roots >= 0) & (self.roots < count)).all()
            and len(self.roots) > 0
            and (n_feature is None or self.feature.max(initial=LEAF) < n_feature)
        )
        if not sound:
            raise ValueError("these arrays are no forest")


def flatten(
    tree: Any,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    """Nodes of a scikit-learn tree in breadth-first order, so that the right child follows the left one."""
    left, right = tree.children_left, tree.children_right
    order = np.zeros(1, dtype=np.int64)
    level = order
    place = np.zeros(tree.node_count, dtype=np.int64)
    while True:
        inner = level[left[level] >= 0]
        if inner.size == 0:
            break
        level = np.column_stack([left[inner], right[inner]]).ravel()
        order = np.concatenate([order, level])
    place[order] = np.arange(len(order))
    is_leaf = left[order] < 0
    feature = np.where(is_leaf, LEAF, tree.feature[order]).astype(np.int32)
    child = np.where(is_leaf, np.cumsum(is_leaf) - 1, place[left[order]]).astype(np.int32)
    values = tree.value[order[is_leaf], 0, :]
    share = (values / values.sum(axis=1, keepdims=True)).astype(np.float32)
    return feature, below(tree.threshold[order]), child, share


def below(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 not above each threshold: float32 features fall on the same side of both."""
    rounded = threshold.astype(np.float32)
    return np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)


NODE = np.dtype([("threshold", np.float32), ("child", np.int32), ("feature", np.int32), ("leaf", np.int32)])


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def descend(nodes: NDArray[Any], root: int, rows: FloatArray, first: int, at: NDArray[np.int32]) -> None:
    """Walk the pixels ``rows[first:]`` down one tree side by side until all stand in leaves: ``at``."""
    for k in range(TOGETHER):
        at[k] = root
    moving = True
    while moving:
        moved = 0
        for k in range(TOGETHER):
            node = nodes[at[k]]
            onward = node.child + np.int32(rows[first + k, node.feature] > node.threshold)
            moved |= onward ^ at[k]
            at[k] = onward
        moving = moved != 0


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def vote(
    planes: FloatArray,
    nodes: NDArray[Any],
    share: NDArray[np.float32],
    roots: NDArray[np.int32],
    start: int,
    stop: int,
    out: FloatArray,
) -> None:
    """Fill ``out[:, start:stop]`` (n_class, n_pixel) with the mean share over all trees."""
    n_feature, n_class, n_tree = planes.shape[0], share.shape[1], len(roots)
    rows = np.zeros((BLOCK, n_feature), dtype=np.float32)
    total = np.empty((BLOCK, n_class), dtype=np.float32)
    at = np.empty(TOGETHER, dtype=np.int32)
    for first in range(start, stop, BLOCK):
        count = min(BLOCK, stop - first)
        for f in range(n_feature):
            for p in range(count):
                rows[p, f] = planes[f, first + p]
        total[:] = 0.0
        for tree in range(n_tree):
            for p in range(0, count, TOGETHER):
                descend(nodes, roots[tree], rows, p, at)
                for k in range(TOGETHER):
                    leaf = nodes[at[k]].leaf
                    for c in range(n_class):
                        total[p + k, c] += share[leaf, c]
        for c in range(n_class):
            for p in range(count):
                out[c, first + p] = total[p, c] / n_tree
