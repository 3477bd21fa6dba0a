"""English: what can be translated is collected from the code, and kept beside each package.

Chinese sentences are the message ids. `huying translate` brings the catalogues
(`src/huying/<package>/locale/en/LC_MESSAGES/django.po`) up to date; a test says what is still missing.
A process that starts compiles what is newer than its compiled form.
"""

import ast
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import IO

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parent.parent
LANGUAGE = "en"
CATALOGUE = Path("locale", LANGUAGE, "LC_MESSAGES", "django.po")
PYTHON_CALLS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "Sentence": None,
    "to_translate": None,
    "npgettext": ((1, "c"), 2, 3),
}


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence to translate. id: several forms where number matters."""

    id: str | tuple[str, ...]
    context: str | None
    where: str


def packages() -> list[str]:
    """Return the names of the packages of Huying."""
    return sorted(each.name for each in SOURCE.iterdir() if (each / "__init__.py").exists())


def catalogue(package: str) -> Path:
    return SOURCE / package / CATALOGUE


def folders() -> list[Path]:
    """Return where the catalogues of all packages lie."""
    return [SOURCE / name / "locale" for name in packages() if catalogue(name).exists()]


def messages(package: str) -> Iterator[Message]:
    """Yield everything of a package that people read: templates, marked strings, words, refusals."""
    folder = SOURCE / package
    for path in sorted(folder.rglob("*.html")):
        yield from _of_template(path)
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _of_python(path.read_bytes(), path)
            yield from _of_classes(path)


def _of_template(path: Path) -> Iterator[Message]:
    from django.utils.translation.template import templatize

    yield from _of_python(templatize(path.read_text(), origin=str(path)).encode(), path)


def _of_python(source: bytes, path: Path) -> Iterator[Message]:
    for _line, found, _comments, context in extract("python", BytesIO(source), PYTHON_CALLS):
        yield Message(tuple(found) if isinstance(found, (tuple, list)) else found, context, _where(path))


def _of_classes(path: Path) -> Iterator[Message]:
    """Yield the labels of enums and the sentences of refusals: constants, not calls."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            bases = _names(node.bases)
            if bases & {"Word", "Status"}:
                yield from (Message(text, None, _where(path)) for text in _labels(node))
            if bases & {"Exception", *refusals()}:
                yield from (Message(text, None, _where(path)) for text in _sentences(node))
        if isinstance(node, ast.Call) and _names([node.func]) & refusals():
            yield from (Message(text, None, _where(path)) for text in _reasons(node))


def _names(nodes: Sequence[ast.expr]) -> set[str]:
    return {each.id for each in nodes if isinstance(each, ast.Name)}


@cache
def refusals() -> frozenset[str]:
    """Return the names of the classes of refusals, of every package."""
    found, before = {"Refused"}, 0
    classes = [
        (node.name, _names(node.bases))
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    while len(found) > before:
        before = len(found)
        found |= {name for name, bases in classes if bases & found}
    return frozenset(found)


def _reasons(refused: ast.Call) -> Iterator[str]:
    """Yield the plain Chinese facts of a refusal; a Sentence among them is found as a call of its own."""
    for fact in refused.keywords:
        yield from _plain(fact.value)


def _plain(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and not value.value.isascii():
        yield value.value
    if isinstance(value, ast.IfExp):
        yield from _plain(value.body)
        yield from _plain(value.orelse)
    if isinstance(value, ast.Call) and "Sentence" in _names([value.func]):
        for fact in value.keywords:
            yield from _plain(fact.value)


def _labels(words: ast.ClassDef) -> Iterator[str]:
    for each in words.body:
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Tuple) and len(each.value.elts) == 2:
            label = each.value.elts[1]
            if isinstance(label, ast.Constant) and isinstance(label.value, str):
                yield label.value


def _sentences(refusal: ast.ClassDef) -> Iterator[str]:
    for each in refusal.body:
        target = each.target if isinstance(each, ast.AnnAssign) else getattr(each, "targets", [None])[0]
        value = getattr(each, "value", None)
        if isinstance(target, ast.Name) and target.id == "text" and isinstance(value, ast.Constant):
            yield str(value.value)


def _where(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def kept(package: str) -> Catalog:
    """Return the catalogue of a package as it stands; an empty one where there is none."""
    path = catalogue(package)
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def updated(package: str) -> Catalog:
    """Return the catalogue with what the code says now: new sentences empty, gone ones left out."""
    old, new = kept(package), Catalog(locale=LANGUAGE, fuzzy=False)
    for each in messages(package):
        if each.id:
            new.add(each.id, locations=[(each.where, 0)], context=each.context)
    for message in new:
        if message.id and (before := old.get(message.id, context=message.context)):
            message.string = before.string
    return new


@click.command()
def translate() -> None:
    """把待译文字收进各包的英文目录；译文保留，不再使用的删去。"""
    for package in packages():
        new = updated(package)
        missing = [message for message in new if message.id and not _is_translated(message.string)]
        if len(new):
            _write(catalogue(package), partial(_as_po, catalog=new))
            click.echo(f"{package}：{len(new)} 条，待译 {len(missing)} 条")


def _is_translated(string: str | Sequence[str] | None) -> bool:
    """Tell whether there is a translation, for every number."""
    return bool(string) and all(string or "")


def _as_po(file: IO[bytes], catalog: Catalog) -> None:
    buffer = BytesIO()
    write_po(buffer, catalog, omit_header=True, sort_output=True, include_lineno=False, width=110)
    file.write(b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n')
    file.write(b'"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n')
    file.write(buffer.getvalue().rstrip() + b"\n")


def compile_stale() -> None:
    """Compile each catalogue that is newer than its compiled form."""
    for source in SOURCE.glob(f"*/{CATALOGUE}"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            with source.open("rb") as file:
                catalog = read_po(file, locale=LANGUAGE)
            _write(compiled, partial(write_mo, catalog=catalog))


def _write(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Replace a file in one go: several processes may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        write(file)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
