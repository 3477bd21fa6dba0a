"""Learning what evidence is worth."""

import numpy as np

from huying.dispatch.policy.weighing import USUAL, probabilities, weigh

RANDOM = np.random.default_rng(3)
EVIDENCE = RANDOM.normal(size=(4_000, 3, 5))


def test_the_weights_that_made_the_choices_are_found_again() -> None:
    true = np.array([1.0, 0.2, -0.5])
    shares = probabilities(EVIDENCE, true)
    chosen = np.array([RANDOM.choice(5, p=share) for share in shares])

    assert np.allclose(weigh(EVIDENCE, chosen), true, atol=0.12)


def test_few_cases_hardly_move_the_weights() -> None:
    assert np.allclose(weigh(EVIDENCE[:3], np.array([0, 1, 2])), USUAL, atol=0.1)


def test_probabilities_sum_to_one_even_for_huge_evidence() -> None:
    assert np.allclose(probabilities(EVIDENCE[:9] * 1e3, np.ones(3)).sum(axis=1), 1)
