"""The pages: who may open what, two administrators at once, accounts, roster, rules."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now
from tests.administration.conftest import PASSWORD, STREET, book, signed_in
from tests.org.conftest import GRID, NOW, OTHER_STREET, TOWER, Town, sid

from huying.clocks import queries as clocks
from huying.clocks.models import CalendarEdition
from huying.ledger import queries as ledger
from huying.org import actions as org
from huying.org.models import RoleGrant, Shift, Staff, User
from huying.org.policy import SYSTEM
from huying.org.states import Role
from huying.places import actions as places
from huying.places.models import Area
from huying.places.states import AreaLevel

ELSEWHERE = OTHER_STREET + "001"


@pytest.fixture
def admin(town: Town) -> Client:
    places.create_area(
        ELSEWHERE, name="别处社区", level=AreaLevel.COMMUNITY, parent=OTHER_STREET, actor="system", now=NOW
    )
    return signed_in("lin", Role.ADMINISTRATOR)


def member(town: Town, name: str = "wang") -> int:
    """Give somebody a post in the street and return his number."""
    staff = getattr(town, name)
    org.create_post("CG", name, now=NOW, actor=SYSTEM)
    org.appoint(sid(staff), "CG", name, starts_at=NOW, now=NOW, actor=SYSTEM)
    return int(staff.pk)


PAGES = [
    "/admin/",
    "/admin/areas/",
    f"/admin/areas/{GRID}/",
    f"/admin/buildings/{TOWER}/",
    "/admin/units/CG/",
    "/admin/people/",
    "/admin/responsibilities/",
    "/admin/estates/",
    "/admin/roster/",
    "/admin/roster/?week=2026-04-01",
    "/admin/catalogue/",
    "/admin/calendar/",
    "/admin/limits/",
    "/admin/sources/",
    "/admin/areas/new/",
    "/admin/tables/people/import/",
    "/admin/tables/people/template.xlsx",
    "/admin/tables/roster/export.csv",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_the_administrators(admin: Client, page: str) -> None:
    assert admin.get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.LEADER, Role.SUPERVISOR, None])
def test_pages_are_closed_to_others(town: Town, page: str, role: Role | None) -> None:
    visitor = signed_in("guest", role) if role else Client()
    assert visitor.get(page).status_code == (403 if role else 302)


@pytest.mark.parametrize(
    ("role", "open_", "closed"),
    [
        (
            Role.COMMANDER,
            ["/admin/roster/", "/admin/responsibilities/"],
            ["/admin/people/", "/admin/limits/"],
        ),
        (Role.COMMUNITY_WORKER, [f"/admin/buildings/{TOWER}/"], ["/admin/roster/", "/admin/areas/"]),
    ],
)
def test_what_org_lets_others_do(town: Town, role: Role, open_: list[str], closed: list[str]) -> None:
    visitor = signed_in("guest", role)
    assert [visitor.get(page).status_code for page in open_] == [200] * len(open_)
    assert [visitor.get(page).status_code for page in closed] == [403] * len(closed)


def test_a_community_worker_enrols_volunteers_and_changes_nothing_else(town: Town) -> None:
    visitor = signed_in("guest", Role.COMMUNITY_WORKER)
    page = f"/admin/buildings/{TOWER}/"
    assert visitor.post(page, {"name": "改名", "was-name": "3幢"}).status_code == 403
    assert visitor.post(f"{page}void/", {"reason": "x"}).status_code == 403
    assert visitor.post(f"{page}responsible/", {"person": "王网格"}).status_code == 403
    Staff.objects.filter(pk=town.wang.pk).update(number="W1")
    assert visitor.post(f"{page}volunteers/", {"person": "W1"}).status_code == 302


@pytest.mark.parametrize("page", [f"/admin/areas/{OTHER_STREET}/", f"/admin/areas/{ELSEWHERE}/"])
def test_another_areas_record_is_not_there(admin: Client, page: str) -> None:
    assert admin.get(page).status_code == 404
    assert admin.post(page, {"name": "改名", "was-name": "别处社区"}).status_code == 404
    assert admin.post(f"{page}void/", {"reason": "x"}).status_code == 404
    assert admin.post(f"{page}responsible/", {"level": "grid_worker", "person": "x"}).status_code == 404
    assert "别处社区" not in admin.get("/admin/areas/").content.decode()


def test_people_of_nowhere_and_elsewhere_are_not_there(admin: Client, town: Town) -> None:
    for path in ("", "account/", "roles/", "leave/"):
        answer = admin.post(f"/admin/people/{town.sun.pk}/{path}", {"do": "open", "username": "sun"})
        assert answer.status_code == 404
    assert not User.objects.filter(username="sun").exists()


def test_a_change_is_saved_with_what_it_was(admin: Client) -> None:
    page = f"/admin/areas/{GRID}/"
    answer = admin.post(page, {"name": "崇化一网格", "was-name": "第一网格", "was-aliases": ""}, follow=True)
    assert answer.status_code == 200
    assert Area.objects.get(code=GRID).name == "崇化一网格"
    said = answer.content.decode()
    assert "<del>第一网格</del>" in said
    assert "lin" in said


def test_the_second_of_two_sees_both_versions(admin: Client) -> None:
    page = f"/admin/areas/{GRID}/"
    opened = {"was-name": "第一网格", "was-aliases": "", "was-area_m2": ""}
    admin.post(page, {**opened, "name": "甲网格"})
    second = admin.post(page, {**opened, "name": "乙网格"})
    said = second.content.decode()
    assert second.status_code == 409
    assert "已被他人更改" in said
    assert ("他人已改为：甲网格" in said, 'value="乙网格"' in said) == (True, True)
    assert Area.objects.get(code=GRID).name == "甲网格"
    hidden = dict(re.findall(r'name="(was-\w+)" value="([^"]*)"', said))
    assert admin.post(page, {**hidden, "name": "乙网格"}).status_code == 302  # knowingly
    assert Area.objects.get(code=GRID).name == "乙网格"


def test_two_may_change_different_fields(admin: Client) -> None:
    page = f"/admin/areas/{GRID}/"
    opened = {"was-name": "第一网格", "was-aliases": "", "was-area_m2": ""}
    admin.post(page, {**opened, "name": "第一网格", "area_m2": "1200"})
    assert admin.post(page, {**opened, "name": "甲网格"}).status_code == 302
    area = Area.objects.get(code=GRID)
    assert (area.name, area.area_m2) == ("甲网格", 1200)


def test_a_password_is_shown_once_and_works(admin: Client, town: Town) -> None:
    pk = member(town)
    answer = admin.post(f"/admin/people/{pk}/account/", {"do": "open", "username": "wangwg"})
    (password,) = re.findall(r"<code>([\w-]{19})</code>", answer.content.decode())
    assert answer["Cache-Control"] == "no-store"
    assert Client().login(username="wangwg", password=password)
    assert password not in admin.get(f"/admin/people/{pk}/").content.decode()
    held = [entry for entry in ledger.history(f"staff:{pk}") if entry.verb == "open_account"]
    assert password not in str(ledger.opening(held[0].pk))


def test_reset_lock_unlock(admin: Client, town: Town) -> None:
    pk = member(town)
    org.open_account(sid(town.wang), "wangwg", PASSWORD, now=NOW, actor=SYSTEM)
    page = f"/admin/people/{pk}/account/"
    admin.post(page, {"do": "reset"})
    assert not Client().login(username="wangwg", password=PASSWORD)
    assert admin.post(page, {"do": "lock"}).status_code == 302
    assert not User.objects.get(username="wangwg").is_active
    assert admin.post(page, {"do": "lock"}).status_code == 409
    assert admin.post(page, {"do": "unlock"}).status_code == 302
    assert [entry.verb for entry in ledger.history(f"staff:{pk}")][-3:] == [
        "reset_password",
        "lock_account",
        "unlock_account",
    ]
    assert admin.post(page, {"do": "delete"}).status_code == 404


def test_roles_within_ones_area_only(admin: Client, town: Town) -> None:
    pk = member(town)
    page = f"/admin/people/{pk}/roles/"
    assert admin.post(page, {"role": "grid_worker", "area": GRID}).status_code == 302
    assert admin.post(page, {"role": "grid_worker", "area": OTHER_STREET}).status_code == 403
    assert admin.post(page, {"role": "grid_worker", "area": ""}).status_code == 403
    assert admin.post(page, {"role": "resident", "area": GRID}).status_code == 422
    held = RoleGrant.objects.get(staff=pk, ends_at=None)
    assert admin.post(f"{page}{held.pk}/revoke/").status_code == 302
    assert admin.post(f"{page}{held.pk}/revoke/").status_code == 404


def test_nobody_locks_himself_out(admin: Client, town: Town) -> None:
    me = Staff.objects.get(user__username="lin")
    org.create_post("CG", "管理员", now=NOW, actor=SYSTEM)
    org.appoint(sid(me), "CG", "管理员", starts_at=NOW, now=NOW, actor=SYSTEM)
    assert admin.post(f"/admin/people/{me.pk}/account/", {"do": "lock"}).status_code == 403
    assert admin.get("/admin/").status_code == 200


def test_who_answers_for_a_grid(admin: Client, town: Town) -> None:
    member(town)
    page = f"/admin/areas/{GRID}/"
    assert "还没有落实到人" in admin.get(page).content.decode()
    assert admin.post(f"{page}responsible/", {"level": "grid_worker", "person": "王网格"}).status_code == 302
    said = admin.get(page).content.decode()
    (held,) = re.findall(r"responsible/(\d+)/release/", said)
    assert admin.post(f"{page}responsible/{held}/release/").status_code == 302
    assert admin.post(f"{page}responsible/{held}/release/").status_code == 404
    assert (
        admin.post(f"{page}responsible/", {"level": "grid_worker", "person": "没有的人"}).status_code == 422
    )


def test_the_roster_shows_the_gap_until_somebody_is_planned(admin: Client, town: Town) -> None:
    member(town)
    day = (now() + timedelta(days=9)).date()
    week = f"/admin/roster/?week={day}"
    assert "无人值班" in admin.get(week).content.decode()
    form = {"unit": "ZHS", "person": "王网格", "day": str(day), "start": "08:00", "end": "08:00"}
    assert admin.post("/admin/roster/shifts/", form).status_code == 302
    shift = Shift.objects.get()
    assert shift.ends_at - shift.starts_at == timedelta(days=1)  # until the same time next day
    assert "王网格" in admin.get(week).content.decode()
    assert admin.post("/admin/roster/shifts/", form).status_code == 409
    assert admin.post("/admin/roster/shifts/", {**form, "day": "2020-01-01"}).status_code == 422
    assert admin.post(f"/admin/roster/shifts/{shift.pk}/cancel/").status_code == 302
    assert admin.post(f"/admin/roster/shifts/{shift.pk}/cancel/").status_code == 404


def test_limits_change_with_a_reason_that_stays(admin: Client) -> None:
    form = {"stage": "arrive", "urgent": "yes", "amount": "15", "type": "urgent_minutes"}
    assert admin.post("/admin/limits/", form).status_code == 403  # a street beside another: not the whole
    whole = signed_in("root", Role.ADMINISTRATOR, "")
    assert whole.post("/admin/limits/", form).status_code == 422
    said = whole.post("/admin/limits/", {**form, "reason": "街道办〔2026〕8号"}, follow=True).content.decode()
    limit = clocks.stage_limits()["arrive", True]
    assert (limit.amount, limit.type) == (15, "urgent_minutes")
    assert "街道办〔2026〕8号" in said


NOTICE = "日期,名称,类型\n2027/1/1,元旦,休\n2027年1月2日,元旦,休\n2027-01-03,元旦,班\n"


def test_a_calendar_is_looked_at_before_it_is_published(town: Town) -> None:
    whole = signed_in("root", Role.ADMINISTRATOR, "")
    rows = [line.split(",") for line in NOTICE.splitlines()]
    file = SimpleUploadedFile("2027.xlsx", book(rows))
    answer = whole.post("/admin/calendar/", {"file": file, "source": "国办发明电〔2026〕1号"}, follow=True)
    said = answer.content.decode()
    assert ("01-01 元旦" in said, "国办发明电〔2026〕1号" in said) == (True, True)
    assert not CalendarEdition.objects.filter(year=2027).exists()
    page = answer.redirect_chain[-1][0]
    assert "已发布 CN-2027.1" in whole.post(page, follow=True).content.decode()
    assert whole.post(page, follow=True).status_code == 200
    assert CalendarEdition.objects.filter(year=2027).count() == 1


def test_a_calendar_with_faults_says_which(town: Town) -> None:
    whole = signed_in("root", Role.ADMINISTRATOR, "")
    file = SimpleUploadedFile("2027.csv", "日期,名称,类型\n2027-01-05,元旦,班\n".encode("gbk"))
    answer = whole.post("/admin/calendar/", {"file": file}, follow=True)
    assert "不能作补班日" in answer.content.decode()
    assert whole.post(answer.redirect_chain[-1][0]).status_code == 422


def test_a_catalogue_is_looked_at_before_it_is_published(town: Town) -> None:
    whole = signed_in("root", Role.ADMINISTRATOR, "")
    rows = [
        "大类名称,小类名称,立案条件,处置时限,处置单位",
        "市容,乱停车,堵住通道,2工作日,城管局",
        "市容,,无,很快,城管局",
    ]
    content = "\n".join(rows)
    file = SimpleUploadedFile("立结案.csv", content.encode("gbk"))
    form = {"file": file, "scheme": "立结案", "name": "2026版", "first": "2026-12-01", "limit": ""}
    answer = whole.post("/admin/catalogue/", form, follow=True)
    page = answer.redirect_chain[-1][0]
    assert "第 3 行" in answer.content.decode()
    assert whole.post(page, {"which": "all"}).status_code == 422
    assert "新增 1 行" in whole.post(page, {"which": "good"}, follow=True).content.decode()
    assert "承担的事项" in whole.get("/admin/units/CG/").content.decode()


def test_the_three_steps_of_an_import(admin: Client) -> None:
    rows = [["工号", "姓名", "电话", "单位代码"], ["CX-001", "张三", "12345", "CG"], ["CX-002", "", "", "CG"]]
    start = admin.post("/admin/tables/people/import/", {"file": SimpleUploadedFile("名单.xlsx", book(rows))})
    page = start["Location"]
    said = admin.get(page).content.decode()
    assert ("第3行缺少姓名" in said, "只导入没有错的 1 行" in said) == (True, True)
    assert admin.get(f"{page}errors.xlsx").status_code == 200
    assert admin.post(f"{page}apply/", {"which": "all"}).status_code == 422
    assert admin.post(f"{page}apply/", {"which": "good"}).status_code == 302
    assert admin.post(f"{page}apply/", {"which": "good"}).status_code == 302  # again: nothing happens
    assert Staff.objects.filter(number="CX-001").count() == 1
    assert "导入完成" in admin.get(page).content.decode()
    other = signed_in("zhou", Role.ADMINISTRATOR)
    assert other.get(page).status_code == 404


def test_a_step_without_a_file_or_with_a_wrong_one_says_so(admin: Client) -> None:
    page = "/admin/tables/people/import/"
    assert admin.post(page).status_code == 422
    assert admin.post(page, {"file": SimpleUploadedFile("a.png", b"\x89PNG\x00\x00")}).status_code == 400
    assert admin.post(page, {"file": SimpleUploadedFile("a.csv", b"x" * 5_000_001)}).status_code == 413


def test_what_is_looked_for_stays_out_of_addresses(admin: Client, town: Town) -> None:
    member(town)
    said = admin.post("/admin/people/", {"q": "王网"}).content.decode()
    assert ("王网格" in said, "赵队长" in said, 'method="post"' in said) == (True, False, True)
    assert STREET in admin.get("/admin/areas/").content.decode()


def test_a_person_by_hand(admin: Client) -> None:
    form = {"number": "CX-009", "name": "周九", "phone": "12345", "unit": "CG"}
    answer = admin.post("/admin/people/new/", form, follow=True)
    assert "周九" in answer.content.decode()
    assert admin.post("/admin/people/new/", form).status_code == 409
    assert admin.post("/admin/people/new/", {**form, "number": "", "phone": "?"}).status_code == 422


def test_a_grid_with_nothing_in_it_is_retired_with_a_reason(admin: Client) -> None:
    other = f"/admin/areas/{GRID[:-1]}2/void/"
    assert admin.post(other, {"reason": " "}).status_code == 422
    assert (
        admin.post(f"/admin/areas/{GRID}/void/", {"reason": "并入"}).status_code == 409
    )  # a building stands in it
    assert admin.post(other, {"reason": "并入一网格"}).status_code == 302
    assert admin.post("/admin/units/CG/void/").status_code == 302
