"""Words of administration: what may be brought in as a table, and what becomes of each row."""

from huying.shared.words import Word


class TableName(Word):
    """A table that people keep in their own files."""

    AREAS = "areas", "辖区"
    ESTATES = "estates", "小区"
    BUILDINGS = "buildings", "楼栋"
    UNITS = "units", "单位"
    PEOPLE = "people", "人员名册"
    POSTS = "responsibilities", "责任落实"
    ROSTER = "roster", "值班表"
    CATALOGUE = "catalogue", "事项清单"
    CALENDAR = "calendar", "工作日历"


class Kind(Word):
    """How the cells of a column are read."""

    TEXT = "text", "文字"
    NAME = "name", "姓名"
    CODE = "code", "编码"
    PHONE = "phone", "电话"
    NUMBER = "number", "数字"
    WORD = "word", "选项"
    LIST = "list", "多项"
    DAY = "day", "日期"
    TIME = "time", "时刻"
    MOMENT = "moment", "日期和时刻"


class Verdict(Word):
    """What an import would do with one row."""

    NEW = "new", "新增"
    CHANGED = "changed", "更改"
    SAME = "same", "未变"
    BROKEN = "broken", "有误"
    SKIPPED = "skipped", "未读"
