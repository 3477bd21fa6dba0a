"""RFC 6962 §2: golden values of the CT project's tests, then every size against the recursion of the RFC."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.trees import Memory, counted, flips, mth, root_of_counted, subtree_hashes

from huying.ledger.policy import Unproven, leaf_hash
from huying.ledger.policy.growth import Edge
from huying.ledger.policy.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    node_hash,
    root,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# Leaves and roots of Certificate Transparency's reference code, as every RFC 6962 library cites them.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_golden_hashes() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert (
        node_hash(b"N123", b"N456").hex()
        == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@pytest.mark.parametrize("size", range(1, 9))
def test_the_eight_roots_of_certificate_transparency(size: int) -> None:
    leaves = CT_LEAVES[:size]
    assert root(size, subtree_hashes(leaves)).hex() == CT_ROOTS[size - 1]
    assert root_of([leaf_hash(leaf) for leaf in leaves]).hex() == CT_ROOTS[size - 1]


def test_every_size_and_index_up_to_130() -> None:
    for size in range(131):
        hashes = subtree_hashes(counted(size))
        assert root(size, hashes) == root_of_counted(size)
        for index in range(size):
            proof = inclusion_proof(index, size, hashes)
            verify_inclusion(index, size, leaf_hash(counted(size)[index]), proof, root_of_counted(size))
        for old in range(1, size + 1):
            proof = consistency_proof(old, size, hashes)
            verify_consistency(old, size, root_of_counted(old), root_of_counted(size), proof)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 1025, 65_535, 65_536, 65_537, 66_000])
def test_growing_by_any_steps_gives_the_same_tree(size: int) -> None:
    entries = counted(size)
    edge, start = Edge(), 0
    for step in (1, 254, 1, 1, 255, 700, 64_000, size):
        taken = entries[start : start + step]
        edge.append(taken, [leaf_hash(entry) for entry in taken])
        start += len(taken)
    assert (edge.size, edge.root()) == (size, mth(entries))


@given(
    st.integers(1, 1_500).flatmap(
        lambda size: st.tuples(st.just(size), st.integers(0, size - 1), st.integers(1, size))
    )
)
def test_proofs_read_from_tiles(drawn: tuple[int, int, int]) -> None:
    size, index, old = drawn
    log = Memory(counted(size))
    assert log.root == root(size, log.hashes)
    proof = inclusion_proof(index, size, log.hashes)
    verify_inclusion(index, size, leaf_hash(counted(size)[index]), proof, log.root)
    verify_consistency(old, size, root_of_counted(old), log.root, consistency_proof(old, size, log.hashes))


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (4, 7), (6, 7), (5, 8), (9, 11)])
def test_no_altered_inclusion_proof_is_accepted(index: int, size: int) -> None:
    leaf, whole = leaf_hash(counted(size)[index]), root_of_counted(size)
    proof = inclusion_proof(index, size, subtree_hashes(counted(size)))
    altered = [
        *((other, size, leaf, proof, whole) for other in range(-1, size + 2) if other != index),
        *((index, size, other, proof, whole) for other in flips(leaf)),
        *((index, size, leaf, proof, other) for other in flips(whole)),
        *((index, size, leaf, (*proof[:at], other, *proof[at + 1 :]), whole)
          for at in range(len(proof)) for other in flips(proof[at])),
        (index, size, leaf, (*proof, leaf), whole),
        (index, size, leaf, (b"", *proof), whole),
        (index, size, leaf[:31], proof, whole),
        (index, size, leaf, proof, whole + b"\0"),
        *((index, size, leaf, proof[:at], whole) for at in range(len(proof))),
    ]  # fmt: skip
    for wrong in altered:
        with pytest.raises(Unproven):
            verify_inclusion(*wrong)


@pytest.mark.parametrize(("old", "size"), [(1, 2), (2, 3), (4, 7), (6, 7), (5, 8), (8, 11)])
def test_no_altered_consistency_proof_is_accepted(old: int, size: int) -> None:
    first, second = root_of_counted(old), root_of_counted(size)
    proof = consistency_proof(old, size, subtree_hashes(counted(size)))
    altered = [
        *((old, size, other, second, proof) for other in flips(first)),
        *((old, size, first, other, proof) for other in flips(second)),
        *((old, size, first, second, (*proof[:at], other, *proof[at + 1 :]))
          for at in range(len(proof)) for other in flips(proof[at])),
        (old, size, first, second, (*proof, first)),
        (old, size, first[:31], second, proof),
        (size, old, second, first, proof),
        *((old, size, first, second, proof[:at]) for at in range(len(proof))),
    ]  # fmt: skip
    for wrong in altered:
        with pytest.raises(Unproven):
            verify_consistency(*wrong)


@pytest.mark.parametrize(
    ("old", "size", "first", "second", "proof"),
    [
        (0, 5, EMPTY_ROOT, root_of_counted(5), ()),  # everything begins with nothing: no proof of anything
        (0, 5, EMPTY_ROOT, root_of_counted(5), (root_of_counted(5),)),
        (5, 5, root_of_counted(5), root_of_counted(5), (root_of_counted(5),)),  # equal: the proof is empty
        (5, 5, root_of_counted(5), root_of_counted(4), ()),  # equal sizes, other roots
        (3, 5, root_of_counted(3), root_of_counted(5), ()),
        (-1, 5, root_of_counted(3), root_of_counted(5), ()),
    ],
)
def test_traps_of_consistency(
    old: int, size: int, first: bytes, second: bytes, proof: tuple[bytes, ...]
) -> None:
    with pytest.raises(Unproven):
        verify_consistency(old, size, first, second, proof)


def test_equal_trees_need_no_proof() -> None:
    verify_consistency(5, 5, root_of_counted(5), root_of_counted(5), ())
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, ())
    assert consistency_proof(5, 5, subtree_hashes(counted(5))) == ()


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_what_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(index, size, subtree_hashes(counted(5)))


@pytest.mark.parametrize(("old", "size"), [(0, 5), (6, 5)])
def test_no_consistency_proof_backwards_or_from_nothing(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(old, size, subtree_hashes(counted(5)))
