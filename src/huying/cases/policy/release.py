"""What of a case everybody may read: a text without persons, a place made coarse.

Source: docs/rules/residents.md §4, §5; PIPL Art. 6.
"""

import re
from collections.abc import Iterable
from math import cos, floor, radians

from huying.cases.policy.reports import MAX_TEXT
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

CELL_M = 100.0  # side of a cell of the raster: some 50 homes and more in a Chinese street
METRES_PER_DEGREE = 111_195.0  # of latitude; of longitude at the equator
STEP_M = 50  # distances are told in steps of this

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜戚谢邹苏潘葛范彭鲁韦马苗方俞任袁柳史唐费薛雷贺倪汤"
    "罗郝安常于傅卞齐伍余顾孟黄穆萧尹姚邵汪毛戴宋庞熊纪舒屈项祝董梁杜阮蓝闵季贾江郭林钟徐邱骆高夏蔡田胡凌霍万柯管卢"
    "莫房丁邓洪包石崔龚程裴陆翁曲段侯武刘龙叶白蒲赖卓池乔曾沙翟谭申冉桑向古易廖耿欧阎"
)
_CALLED = "先生|女士|小姐|太太|老师|阿姨|叔叔|大爷|大妈|大伯|奶奶|爷爷|师傅|医生|经理|主任|同志"
_DAY = r"(?:19|20)\d\d[-./年]\d{1,2}"
_DIGITS = re.compile(rf"(?<!\d)(?!{_DAY})\d(?:[\s\-—.·]?\d){{6,}}[Xx]?|[零〇一二三四五六七八九幺两]{{7,}}")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(rf"[{_PROVINCES}][A-Z][·\s]?[A-Z0-9]{{5,6}}")
_MAIL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+[A-Za-z0-9]")
_PERSON = re.compile(rf"[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}?(?={_CALLED})")
_SAID_NAME = re.compile(
    rf"(?<=我叫)[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}|(?<=姓名[::])\s*[\u4e00-\u9fff]{{2,4}}"
    r"|(?<=联系人[::])\s*[\u4e00-\u9fff]{2,4}"
)
_DWELLING = re.compile(
    r"(?<![月\d])(?:\d+(?:-\d+)*[A-Za-z]?|[零〇一二三四五六七八九十百]{1,4}|[A-Za-z])"
    r"(?=号楼|号房|幢|栋|座|单元|室|户(?!外)|弄|号(?!线|[召称]))"
)
_DASHED = re.compile(r"(?<![\d-])\d{1,3}-\d{1,2}-\d{3,4}(?!\d)|(?<![\d-])\d{1,3}-\d{3,4}(?![\d-])")
_MASKS = (
    (_MAIL, "***"),
    (_PLATE, "***"),
    (_DIGITS, "***"),
    (_SAID_NAME, "**"),
    (_PERSON, "*"),
    (_DASHED, "*"),
    (_DWELLING, "*"),
)


def masked_text(text: str, names: Iterable[str] = ()) -> str:
    """Return a proposal of what may be released: a person still has to read it.

    Phone, identity and card numbers, plates, addresses of mail, names with a title, the names given,
    numbers of houses, entrances and rooms become stars. Days stay.
    """
    for name in names:
        if len(name) > 1:
            text = text.replace(name, "*" * len(name))
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def check_release(text: str, reporter: Iterable[str] = ()) -> None:
    """Raise Incomplete when a text must not be released as it is.

    reporter: name and phone of who reported.
    """
    if not text.strip() or len(text) > MAX_TEXT:
        raise Incomplete(reason=Sentence("公开的文字须为1至{most}字", most=MAX_TEXT))
    if _DIGITS.search(text) or _MAIL.search(text):
        raise Incomplete(reason="公开的文字中还有电话、证件号码或邮箱")
    if any(len(each) > 1 and each in text for each in reporter):
        raise Incomplete(reason="公开的文字中还有报事人的姓名或电话")


def coarse(lng: float, lat: float) -> tuple[float, float]:
    """Return the middle of the cell a point lies in: every point of the cell gives the same.

    Rows are CELL_M high counted from the equator; columns CELL_M wide at the middle of their row.
    """
    high = CELL_M / METRES_PER_DEGREE
    middle = (floor(lat / high) + 0.5) * high
    wide = high / max(cos(radians(middle)), 0.01)
    return round((floor(lng / wide) + 0.5) * wide, 6), round(middle, 6)


def about_m(away_m: float) -> int:
    """Return a distance in whole steps, never less than one: it tells no more than the raster does."""
    return max(STEP_M, round(away_m / STEP_M) * STEP_M)
