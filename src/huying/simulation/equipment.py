"""The devices of the generated street: cameras and sensors at its buildings, recorders of its squad.

None has a video address: nothing is filmed in an invented street. Pure.
"""

from collections.abc import Iterator
from random import Random

from huying.devices.policy import DeviceRow
from huying.devices.states import Kind
from huying.simulation.blueprint import Ground

CAMERAS_A_BUILDING = 2  # H03: more than 3,000 in a street of 1,583 buildings
AWAY_DEGREES = (0.00035, 0.0003)  # lng, lat: a camera hangs so far from the middle of a building at most
CLEVER = 0.15  # share of cameras that recognise something (H04)
CLASSES = ("占道经营", "暴露垃圾", "机动车乱停放", "电动车进楼", "烟火")
SENSOR_EVERY = 8  # buildings
SENSED = ("烟雾", "井盖", "水位", "电气温度")
RECORDERS = 12
OUT_OF_ORDER = 0.03


def devices(ground: Ground, seed: int) -> Iterator[DeviceRow]:
    """Yield every device of the street, each code once."""
    random = Random(f"devices {seed}")
    for at, building in enumerate(ground.buildings):
        place = f"{building.estate}{building.name}"
        for number in range(1, CAMERAS_A_BUILDING + 1):
            code = f"CAM-{building.code}-{number}"
            yield _camera(code, place, building.grid, building.point, random)
        if at % SENSOR_EVERY == 0:
            sensed = random.choice(SENSED)
            lng, lat = building.point
            code = f"SEN-{building.code}"
            yield DeviceRow(code, Kind.SENSOR, f"{sensed}传感器", building.grid, lng, lat, place)
    for number in range(1, RECORDERS + 1):
        building = random.choice(ground.buildings)
        lng, lat = building.point
        yield DeviceRow(f"REC-{number:03d}", Kind.RECORDER, f"执法记录仪{number}号", building.grid, lng, lat)


def silent(rows: list[DeviceRow], seed: int) -> set[str]:
    """Return the codes of the devices that are out of order."""
    random = Random(f"silent {seed}")
    return {row.code for row in rows if random.random() < OUT_OF_ORDER}


def _camera(code: str, place: str, grid: str, point: tuple[float, float], random: Random) -> DeviceRow:
    east, north = (random.uniform(-away, away) for away in AWAY_DEGREES)
    return DeviceRow(
        code,
        Kind.CAMERA,
        f"{place}摄像头{code[-1]}",
        grid,
        round(point[0] + east, 7),
        round(point[1] + north, 7),
        place,
        heading=float(random.randrange(0, 360, 15)),
        ai_classes=tuple(random.sample(CLASSES, 2)) if random.random() < CLEVER else (),
    )
