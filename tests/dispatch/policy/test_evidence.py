"""Shares and likeness. Worked examples: docs/rules/dispatch.md §4."""

import numpy as np
import pytest

from huying.dispatch.policy.evidence import shares
from huying.dispatch.policy.similarity import similarity

WIDER = np.array([0.5, 0.3, 0.2])


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # the worked example: 330 cases, two units; the third lives on what the two give away
        ((312, 18, 0), (0.9448, 0.0544, 0.0008)),
        ((0, 0, 0), (0.5, 0.3, 0.2)),  # nothing known: as in the wider context
        ((1, 0, 0), (0.7, 0.18, 0.12)),  # one case proves little: (0.6 + 0.9 * 0.5) / 1.5
    ],
)
def test_shares(counts: tuple[int, ...], expected: tuple[float, ...]) -> None:
    found = shares(np.array(counts, float), WIDER)

    assert tuple(found.round(4)) == expected


def test_likeness_by_common_character_pairs() -> None:
    known = similarity([("市容", "行道树"), ("市容", "行道树倒压"), ("环保", "噪声")])

    near = dict(known.near(("市容", "行道树")))

    assert near[("市容", "行道树")] == pytest.approx(1)
    assert 0.1 < near[("市容", "行道树倒压")] < 0.9
    assert ("环保", "噪声") not in near
