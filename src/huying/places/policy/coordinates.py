"""Conversion between the three datums in use in China. Source: docs/rules/places.md §1."""

from collections.abc import Callable
from math import pi

import numpy as np
from numpy.typing import NDArray

from huying.places.states import Datum

Floats = NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

AXIS_M = 6378245.0  # Krasovsky 1940, as GCJ-02 uses it
ECCENTRICITY_2 = 0.00669342162296594323
BAIDU_K = pi * 3000 / 180
CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # lng, lat, lng, lat: outside nothing is shifted
ROUNDS = 6  # the shift changes by < 1 % over its own length (500 m): each round wins two digits


def convert(point: tuple[float, float], source: Datum, target: Datum = Datum.WGS84) -> tuple[float, float]:
    """Return (lng, lat) in the target datum; degrees in, degrees out."""
    if source == target:
        return point
    lng, lat = convert_many(np.array([point[0]]), np.array([point[1]]), source, target)
    return float(lng[0]), float(lat[0])


def convert_many(lng: Floats, lat: Floats, source: Datum, target: Datum) -> tuple[Floats, Floats]:
    """Convert arrays of degrees. Points outside the box CHINA come back unchanged.

    There and back is exact to < 1 mm, except within 1 km of the edge of the box, where a shift may cross it.
    """
    here, there = _CHAIN.index(source), _CHAIN.index(target)
    inside = _in_china(lng, lat)
    x, y = lng[inside], lat[inside]
    for shift in _SHIFTS[here:there]:
        x, y = _forward(shift, x, y)
    for shift in reversed(_SHIFTS[there:here]):
        x, y = _backward(shift, x, y)
    out_lng, out_lat = lng.astype(np.float64), lat.astype(np.float64)
    out_lng[inside], out_lat[inside] = x, y
    return out_lng, out_lat


def _in_china(lng: Floats, lat: Floats) -> NDArray[np.bool_]:
    west, south, east, north = CHINA
    return (lng >= west) & (lng <= east) & (lat >= south) & (lat <= north)


def _forward(shift: Shift, lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    d_lng, d_lat = shift(lng, lat)
    return lng + d_lng, lat + d_lat


def _backward(shift: Shift, lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Solve x + shift(x) = given by fixed-point iteration."""
    x, y = lng, lat
    for _ in range(ROUNDS):
        d_lng, d_lat = shift(x, y)
        x, y = lng - d_lng, lat - d_lat
    return x, y


def _gcj_shift(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return GCJ-02 minus WGS-84 at a WGS-84 point, in degrees."""
    x, y = lng - 105.0, lat - 35.0
    ripple = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * pi) + 320 * np.sin(y / 30 * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    radians = np.radians(lat)
    flat = 1 - ECCENTRICITY_2 * np.sin(radians) ** 2
    meridian_m = AXIS_M * (1 - ECCENTRICITY_2) / (flat * np.sqrt(flat))
    parallel_m = AXIS_M / np.sqrt(flat) * np.cos(radians)
    return np.degrees(east / parallel_m), np.degrees(north / meridian_m)


def _baidu_shift(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return BD-09 minus GCJ-02 at a GCJ-02 point, in degrees."""
    radius = np.hypot(lng, lat) + 0.00002 * np.sin(lat * BAIDU_K)
    angle = np.arctan2(lat, lng) + 0.000003 * np.cos(lng * BAIDU_K)
    return radius * np.cos(angle) + 0.0065 - lng, radius * np.sin(angle) + 0.006 - lat


_CHAIN = [Datum.WGS84, Datum.GCJ02, Datum.BD09]
_SHIFTS: list[Shift] = [_gcj_shift, _baidu_shift]
