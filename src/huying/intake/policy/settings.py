"""Reading settings from TOML tables, each error with the name of the setting."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence
from huying.shared.words import Word

W = TypeVar("W", bound=Word)


class Settings:
    """One table of a TOML file. Remembers what was asked for, so that a misspelt setting is noticed."""

    def __init__(self, data: object, path: str = "") -> None:
        if not isinstance(data, Mapping):
            raise Incomplete(reason=Sentence("配置“{path}”应是一个表", path=path))
        self.data: Mapping[str, object] = data
        self.path = path
        self._asked: set[str] = set()
        self._inner: list[Settings] = []

    def __contains__(self, name: str) -> bool:
        return name in self.data

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; default None = it must be there."""
        value = self._get(name, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self.wrong(name, "应是文字")
        return value

    def texts(self, name: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        values = self._get(name, default)
        if not isinstance(values, Sequence) or isinstance(values, str) or not values:
            raise self.wrong(name, "应是文字列表")
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(name, "应是文字列表")
        return tuple(values)

    def whole(self, name: str, default: int) -> int:
        value = self._get(name, default)
        if not isinstance(value, int) or value < 0:
            raise self.wrong(name, "应是非负整数")
        return value

    def numbers(self, name: str, default: Sequence[float]) -> tuple[float, ...]:
        values = self._get(name, default)
        if not isinstance(values, Sequence) or len(values) != len(default):
            raise self.wrong(name, f"应是{len(default)}个数")
        if not all(isinstance(value, int | float) for value in values):
            raise self.wrong(name, f"应是{len(default)}个数")
        return tuple(values)

    def flag(self, name: str) -> bool:
        value = self._get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "应是true或false")
        return value

    def word(self, name: str, words: type[W], default: W) -> W:
        return self.as_word(name, self.text(name, default.value), words)

    def as_word(self, name: str, value: str, words: type[W]) -> W:
        """Return the word with this value. Raises Incomplete with all that exist."""
        for word in words:
            if word.value == value:
                return word
        raise self.wrong(name, f"“{value}”不在{'、'.join(word.value for word in words)}之中")

    def words(self, name: str, words: type[W]) -> dict[str, W]:
        """Return a table from words of the file to ours."""
        table = self.table(name)
        return {key: self.as_word(f"{name}.{key}", table.text(key), words) for key in table.data}

    def table(self, name: str) -> "Settings":
        """Return a table; a missing one is empty."""
        return self._keep(Settings(self._get(name, {}), self._path(name)))

    def tables(self, name: str) -> list["Settings"]:
        rows = self._get(name, [])
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            raise self.wrong(name, "应是表的列表")
        return [self._keep(Settings(row, f"{self._path(name)}[{n}]")) for n, row in enumerate(rows, start=1)]

    def wrong(self, name: str, reason: str) -> Incomplete:
        return Incomplete(reason=Sentence("配置“{value}”{reason}", value=self._path(name), reason=reason))

    def check_known(self) -> None:
        """Raise Incomplete when the table, or one inside, has a setting nobody asked for."""
        for name in self.data:
            if name not in self._asked:
                raise self.wrong(name, "不认识")
        for each in self._inner:
            each.check_known()

    def _get(self, name: str, default: object) -> object:
        self._asked.add(name)
        value = self.data.get(name, default)
        if value is None:
            raise self.wrong(name, "缺失")
        return value

    def _path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _keep(self, inner: "Settings") -> "Settings":
        self._inner.append(inner)
        return inner
