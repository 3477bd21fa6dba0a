import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huying.places.policy.coordinates import convert, convert_many
from huying.places.states import Datum

WGS84, GCJ02, BD09 = Datum.WGS84, Datum.GCJ02, Datum.BD09
EXACT = 1e-9  # degrees: the forward formulas
COARSE = 5e-6  # degrees: the published inverses are one-step, up to 0.5 m beside the exact ones

PUBLISHED = [  # (lng, lat); source: docs/rules/places.md §1
    ("Shanghai", (121.5272106, 31.1774276), WGS84, (121.531541859215, 31.17530398364597), GCJ02, EXACT),
    ("Shenzhen", (113.912316, 22.543847), WGS84, (113.9171764808363, 22.540796131694766), GCJ02, EXACT),
    ("Beijing", (116.377817, 39.911954), WGS84, (116.38404722455657, 39.91334545536069), GCJ02, EXACT),
    ("Tiananmen", (116.404, 39.915), WGS84, (116.41024449916938, 39.91640428150164), GCJ02, EXACT),
    ("Tiananmen", (116.404, 39.915), GCJ02, (116.41036949371029, 39.92133699351021), BD09, EXACT),
    ("Tiananmen", (116.404, 39.915), BD09, (116.39762729119315, 39.90865673957631), GCJ02, COARSE),
    ("Tiananmen", (116.404, 39.915), GCJ02, (116.39775550083061, 39.91359571849836), WGS84, 2e-5),
    ("Shanghai", (121.531541859215, 31.17530398364597), GCJ02, (121.5272106, 31.1774276), WGS84, EXACT),
]


@pytest.mark.parametrize(("place", "given_", "source", "expected", "target", "degrees"), PUBLISHED)
def test_published_points(
    place: str,
    given_: tuple[float, float],
    source: Datum,
    expected: tuple[float, float],
    target: Datum,
    degrees: float,
) -> None:
    assert convert(given_, source, target) == pytest.approx(expected, abs=degrees)


def test_published_distance() -> None:
    # Shanghai to Beijing in GCJ-02, on a sphere of the equator's radius
    (x1, y1), (x2, y2) = (
        convert(p, WGS84, GCJ02) for p in [(121.5272106, 31.1774276), (116.377817, 39.911954)]
    )
    a, b, c = np.radians(y1), np.radians(y2), np.radians(x2 - x1)
    metres = 6_378_137 * np.arccos(np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(c))
    assert metres == pytest.approx(1_078_164, abs=1)


@pytest.mark.parametrize("place", [(-0.1276, 51.5072), (139.69, 35.68), (-76.61, 39.29)])
def test_outside_china_nothing_moves(place: tuple[float, float]) -> None:
    # London, Tokyo, Baltimore
    assert {convert(place, source, target) for source in Datum for target in Datum} == {place}


def metres(x1: object, y1: object, x2: object, y2: object) -> float:
    shrink = np.cos(np.radians(y1))
    return float(np.max(np.hypot((x1 - x2) * shrink, y1 - y2)) * 111_320)


@pytest.mark.parametrize("source", list(Datum))
@pytest.mark.parametrize("target", list(Datum))
def test_there_and_back_over_the_whole_country(source: Datum, target: Datum) -> None:
    lng, lat = (axis.ravel() for axis in np.meshgrid(np.arange(73, 136, 0.25), np.arange(3, 54, 0.25)))
    back = convert_many(*convert_many(lng, lat, source, target), target, source)
    assert metres(lng, lat, *back) < 0.001


@given(st.floats(73, 136), st.floats(3, 54), st.sampled_from(list(Datum)), st.sampled_from(list(Datum)))
def test_there_and_back_is_closer_than_half_a_metre(
    lng: float, lat: float, source: Datum, target: Datum
) -> None:
    back = convert(convert((lng, lat), source, target), target, source)
    assert metres(lng, lat, *back) < 0.5
