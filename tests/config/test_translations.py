"""English is complete: every package, every sentence, every fact. A new package is covered by itself."""

import re
from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from huying.config import translations

FACTS = re.compile(r"%%?\(\w+\)[sd]|\{\w*[^{}]*\}")
HAN = re.compile(r"[㐀-鿿]")
HTML = re.compile(r"</?[a-z]+")
HALF_WIDTH = re.compile(r"[㐀-鿿”）][,:;?!(]|[,:;?!)][㐀-鿿“（]")
NO_SENTENCE = re.compile(r"“[^”]*”|&\w+;|://")  # a format is quoted as the file has it: “大类:[小类,…]”
PACKAGES = [name for name in translations.packages() if len(translations.updated(name))]


def forms(text: object) -> list[str]:
    return list(text) if isinstance(text, (tuple, list)) else [str(text)]


def entries(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def untranslated(catalog: Catalog) -> list[str]:
    return [str(each.id) for each in entries(catalog) if each.fuzzy or not all(forms(each.string or ""))]


def unlike(catalog: Catalog) -> list[str]:
    """Return what names other facts, or other elements, in English than in Chinese."""
    wrong = []
    for each in entries(catalog):
        wanted = [sorted(FACTS.findall(form)) + sorted(HTML.findall(form)) for form in forms(each.id)]
        found = [sorted(FACTS.findall(form)) + sorted(HTML.findall(form)) for form in forms(each.string)]
        if any(form not in wanted for form in found) or any(map(_breaks_filling, forms(each.string))):
            wrong.append(str(each.id))
    return wrong


def _breaks_filling(form: str) -> bool:
    """Tell whether a sentence that is filled holds a percent sign that stands for itself."""
    return FACTS.search(form) is not None and "%" in FACTS.sub("", form).replace("%%", "") and "%(" in form


def chinese(catalog: Catalog) -> list[str]:
    return [str(each.string) for each in entries(catalog) if HAN.search("".join(forms(each.string)))]


def half_width(catalog: Catalog) -> list[str]:
    """Return the Chinese sentences with a sign of English punctuation."""
    said = [form for each in entries(catalog) for form in forms(each.id)]
    return [form for form in said if HALF_WIDTH.search(NO_SENTENCE.sub("“”", form))]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_speaks_english(package: str) -> None:
    kept = translations.kept(package)
    assert untranslated(kept) == []
    assert unlike(kept) == []
    assert chinese(kept) == []
    assert half_width(kept) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_catalogue_is_what_the_code_says(package: str) -> None:
    """Collecting changes nothing: `huying translate` was run."""
    written = BytesIO()
    translations._as_po(written, translations.updated(package))
    assert translations.catalogue(package).read_bytes() == written.getvalue()


def test_a_sentence_is_said_in_one_way_only() -> None:
    """Django puts all catalogues into one: of two translations the order of the packages would choose."""
    said: dict[object, set[str]] = defaultdict(set)
    for package in PACKAGES:
        for each in entries(translations.kept(package)):
            said[each.id, each.context].add(str(each.string))
    assert {key: strings for key, strings in said.items() if len(strings) > 1} == {}


def test_a_bad_catalogue_is_found_out() -> None:
    """The control of everything above."""
    bad = Catalog(locale="en")
    bad.add("没有译", "")
    bad.add("没有{what}", "no {thing}")
    bad.add("还剩%(time)s", "%(time)d left")
    bad.add("%(share)s%%及时", "%(share)s% in time")
    bad.add("见<a>这里</a>", "see here")
    bad.add("还是中文", "still 中文")
    bad.add(("%(count)d天", "%(count)d天"), (" %(count)d d", ""))
    bad.add("可疑", "doubtful", flags=["fuzzy"])
    bad.add("满了,请稍后", "full, later please")
    bad.add("“{word}”:两件(共三件)", "“{word}”: two (of three)")
    assert untranslated(bad) == ["没有译", "('%(count)d天', '%(count)d天')", "可疑"]
    assert {"没有{what}", "还剩%(time)s", "%(share)s%%及时", "见<a>这里</a>"} <= set(unlike(bad))
    assert chinese(bad) == ["still 中文"]
    assert half_width(bad) == ["满了,请稍后", "“{word}”:两件(共三件)"]


def test_what_people_read_is_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates, marked strings, words, refusals and their reasons; neither docstrings nor log lines."""
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "page.html").write_text('{% load i18n %}{% translate "页面" %}')
    (tmp_path / "trial" / "code.py").write_text(
        '"""文档"""\n'
        "class Colour(Word):\n    RED = 'red', '红'\n"
        "class Refused(Exception):\n    text = '不行'\n"
        "class Late(Refused):\n    text = '晚了{hours}小时'\n"
        "raise Late(hours='很多', why=Sentence('因为{x}', x='雨'))\n"
        "_('标记')\nlog('日志')\n"
    )
    monkeypatch.setattr(translations, "SOURCE", tmp_path)
    translations.refusals.cache_clear()
    try:
        found = {each.id for each in translations.messages("trial")}
    finally:
        translations.refusals.cache_clear()
    assert found == {"页面", "红", "不行", "晚了{hours}小时", "很多", "因为{x}", "雨", "标记"}
