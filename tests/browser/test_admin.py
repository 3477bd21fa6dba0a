"""An administrator brings a list in by browser: on the desk, and in English on a phone at night."""

import io

import openpyxl
import pytest
from playwright.sync_api import Browser, expect
from tests.browser.town import DESK, PHONE, Town, visitor


def names(first: str) -> bytes:
    """Return a list as an office has it: title, two-storey header, a broken phone, a total."""
    made = openpyxl.Workbook()
    sheet = made.active
    for row in (
        ["综合信息指挥室人员花名册", None, None, None, None],
        ["序号", "基本情况", None, None, "单位"],
        ["序号", "工号", "姓 名", "手机号码", "单位"],
        [1, f"{first}-1", "毛 小 宁", 13800138000, "有应街道综合信息指挥室"],
        [2, f"{first}-2", "林新", "1.38E+10", "有应街道综合信息指挥室"],
        ["合计", 2, None, None, None],
    ):
        sheet.append(row)
    for cells in ("A1:E1", "A2:A3", "B2:D2", "E2:E3"):
        sheet.merge_cells(cells)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("locale", "screen", "words"),
    [
        ("zh-CN", DESK, ("D5：工作电话“1.38E+10”是科学计数", "只导入没有错的 1 行", "导入完成")),
        (
            "en-US",
            {**PHONE, "color_scheme": "dark"},
            ("D5: Work phone “1.38E+10”", "without errors", "Imported"),
        ),
    ],
    ids=["desk", "phone in English"],
)
def test_a_list_is_looked_at_and_brought_in(
    browser: Browser, town: Town, locale: str, screen: dict[str, object], words: tuple[str, str, str]
) -> None:
    why, good, done = words
    admin = visitor(browser, town, locale=locale, **screen)
    page = admin.sign_in("admin")
    admin.open("/admin/tables/people/import/")
    page.set_input_files("#file", {"name": "名单.xlsx", "mimeType": "", "buffer": names(f"B-{locale}")})
    page.click(".office-upload button")
    expect(page.locator(".office-judged")).to_contain_text(why)
    expect(page.locator(".office-judged tbody tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    with page.expect_download() as saved:
        page.click("a[href$='errors.xlsx']")
    book = openpyxl.load_workbook(io.BytesIO(saved.value.path().read_bytes()))
    assert [cell.value for cell in book.active[1]][-1] == "原因"
    page.get_by_role("button", name=good).click()
    expect(page.locator("h1")).to_contain_text(done)
    page.click(".office-page .btn-primary")
    page.fill("#q", f"B-{locale}-1")
    page.press("#q", "Enter")
    expect(page.locator(".office-table tbody tr")).to_have_count(1)
    assert "毛小宁" in page.locator(".office-table tbody").inner_text()
    assert f"B-{locale}" not in page.url
    page.click(".office-table tbody a")
    expect(page.locator(".steps .step")).not_to_have_count(0)  # who did it
    assert admin.strangers() == set()
    assert admin.said == []
    admin.context.close()


def test_the_column_can_be_said_by_hand_with_the_keyboard(browser: Browser, town: Town) -> None:
    admin = visitor(browser, town, **DESK)
    page = admin.sign_in("admin")
    admin.open("/admin/tables/people/import/")
    content = "甲,乙,丙\nK-1,林新,有应街道综合信息指挥室\n".encode("gbk")
    page.set_input_files("#file", {"name": "x.csv", "mimeType": "text/csv", "buffer": content})
    page.click(".office-upload button")
    expect(page.get_by_role("alert")).to_be_visible()
    page.select_option("#c-number", "0")
    page.select_option("#c-name", "1")
    page.select_option("#c-unit_name", "2")
    page.focus(".office-mapping button")
    page.keyboard.press("Enter")
    expect(page.locator(".office-judged .verdict-new")).to_have_count(1)
    admin.context.close()
