"""How much each piece of evidence is worth: the weights that best explain past cases.

Conditional logit: P(unit) ∝ exp(Σ weight · evidence), penalised towards USUAL, found by Newton's method.
Source: docs/rules/dispatch.md §4.4.
"""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

USUAL = 0.2  # weight of a piece of evidence before anything is learned
FIRMNESS = 40.0  # pull towards USUAL; chosen on months before 2018-10
ROUNDS = 12
ENOUGH = 1e-6  # gain below which another round is not worth it


def probabilities(evidence: Vector, weights: Vector) -> Vector:
    """Return P(unit) for evidence of shape (…, pieces, units)."""
    scores = np.einsum("...ku,k->...u", evidence, weights, optimize=True)
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(scores / scores.sum(axis=-1, keepdims=True))


def weigh(evidence: Vector, chosen: NDArray[np.intp]) -> Vector:
    """Return the weights for evidence (cases × pieces × candidates), `chosen` candidates having handled."""
    weights = np.full(evidence.shape[1], USUAL)
    loss = _loss(evidence, chosen, weights)
    for _ in range(ROUNDS):
        step = _newton_step(evidence, chosen, weights)
        size = 1.0
        while (better := _loss(evidence, chosen, weights - size * step)) > loss and size > ENOUGH:
            size /= 2
        if loss - better < ENOUGH:
            break
        weights, loss = weights - size * step, better
    return weights


def _loss(evidence: Vector, chosen: NDArray[np.intp], weights: Vector) -> float:
    right = probabilities(evidence, weights)[np.arange(len(chosen)), chosen]
    return float(FIRMNESS * ((weights - USUAL) ** 2).sum() - np.log(right + 1e-300).sum())


def _newton_step(evidence: Vector, chosen: NDArray[np.intp], weights: Vector) -> Vector:
    share = probabilities(evidence, weights)
    expected = np.einsum("nku,nu->nk", evidence, share, optimize=True)
    observed = evidence[np.arange(len(chosen)), :, chosen]
    gradient = (expected - observed).sum(axis=0) + 2 * FIRMNESS * (weights - USUAL)
    spread = (evidence * np.sqrt(share)[:, None, :]).transpose(1, 0, 2).reshape(len(weights), -1)
    curvature = spread @ spread.T - expected.T @ expected + 2 * FIRMNESS * np.eye(len(weights))
    return np.linalg.solve(curvature, gradient)
