from huying.places.policy.codes import DEFAULT
from huying.places.states import GOVERNANCE, PARENTS, AreaLevel, EstateClass


def test_every_level_has_its_parents_and_a_length() -> None:
    assert set(PARENTS) == set(DEFAULT.lengths) == set(AreaLevel)


def test_a_parent_is_always_wider() -> None:
    assert all(above.depth < level.depth for level, parents in PARENTS.items() for above in parents)


def test_every_class_of_estates_has_a_template() -> None:
    assert set(GOVERNANCE) == set(EstateClass)
