"""Transcripts at the desk: masked wherever they leave it, whole only where that is recorded."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import datetime, timezone

import httpx
import pytest

from jieda.cases import CaseRequest
from jieda.policy import Category, Language
from jieda.store.audit import AuditEntry
from jieda.store.cases import CaseBook
from tests.gateway.desk.conftest import Desk
from tests.gateway.harness import Customer, Gateway, new_id

Audited = Callable[[], list[AuditEntry]]
PERSONAL = re.compile(r"13800138000|lilei@example|李雷")
FORMULA = '=HYPERLINK("http://example.com",1)'


def page(desk: Desk, path: str, status: int = 200) -> str:
    answer = desk.http.get(path, follow_redirects=False)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


def post(desk: Desk, path: str, **fields: str) -> httpx.Response:
    return desk.http.post(path, data=fields, headers={"X-CSRF-Token": desk.csrf, "HX-Request": "true"})


@pytest.fixture
def told(gateway: Gateway, customer: Customer, cases: CaseBook) -> Customer:
    """A customer who has told who they are, and of whom the case knows the name."""
    for text in ("我叫李雷，电话 13800138000，邮箱 lilei@example.com，发票开错了", FORMULA):
        customer.ask(text)
    request = CaseRequest(
        customer.id, Language.ZH, Category.BILLING, "发票", "李雷", "示例公司", contact_phone="+8613800138000"
    )
    at = datetime(2026, 11, 20, 2, 0, tzinfo=timezone.utc)
    cases.open(request, key=new_id(), opened_at=at, due_at=at)
    gateway.ledger.understood(customer.id, 1, "billing_invoice", 0.91)
    return customer


class TestList:
    def test_neither_does_the_queue(self, amy: Desk, told: Customer) -> None:
        told.ask("我是李雷，请打 13800138000")
        for shown in (amy.send("GET", "conversations?view=all").text, page(amy, "/desk/?view=all")):
            assert "请打" in shown
            assert not PERSONAL.search(shown)

    def test_it_is_searched_and_bears_no_personal_data(self, amy: Desk, told: Customer, gateway: Gateway) -> None:
        other = gateway.begin()
        other.ask("登录不了")
        whole = page(amy, "/desk/transcripts?q=发票")
        assert told.id in whole
        assert other.id not in whole
        assert "李*" in whole
        assert not PERSONAL.search(whole)

    def test_a_filter_that_there_is_none_of_filters_nothing(self, amy: Desk, told: Customer) -> None:
        assert told.id in page(
            amy, "/desk/transcripts?since=yesterday&channel=fax&rating=9&fallback=maybe&until=9999-12-31"
        )

    def test_one_may_follow_the_address_of_a_filter(self, amy: Desk, told: Customer) -> None:
        whole = page(amy, "/desk/transcripts?since=2999-01-01")
        assert told.id not in whole
        assert "没有符合条件的会话" in whole

    @pytest.mark.parametrize(
        "path",
        [
            "/desk/transcripts",
            "/desk/transcripts/{id}",
            "/desk/transcripts/export.csv",
            "/desk/transcripts/{id}/export.json",
            "/desk/review",
        ],
    )
    def test_nobody_sees_them_without_signing_in(self, gateway: Gateway, told: Customer, path: str) -> None:
        answer = gateway.http.get(path.format(id=told.id))
        assert answer.status_code == 303
        assert "/desk/sign-in" in answer.headers["location"]

    def test_a_guessed_id_is_told_and_recorded(self, amy: Desk, audited: Audited) -> None:
        page(amy, "/desk/transcripts/none", 404)
        assert ("conversation_unknown", "none") in [(each.action, each.subject) for each in audited()]


class TestOne:
    def test_it_is_masked_until_it_is_revealed_which_is_recorded(
        self, amy: Desk, told: Customer, audited: Audited
    ) -> None:
        whole = page(amy, f"/desk/transcripts/{told.id}")
        assert "billing_invoice" in whole
        assert not PERSONAL.search(whole)
        path = f"/desk/parts/transcripts/{told.id}/reveal"
        assert amy.http.post(path).status_code == 403
        revealed = post(amy, path)
        assert "13800138000" in revealed.text
        assert ("transcript_revealed", told.id) in [(each.action, each.subject) for each in audited()]

    def test_the_print_view_is_masked_and_recorded(self, amy: Desk, told: Customer, audited: Audited) -> None:
        whole = page(amy, f"/desk/transcripts/{told.id}/print")
        assert "发票开错了" in whole
        assert not PERSONAL.search(whole)
        assert "<form" not in whole
        assert audited()[0].action == "transcript_exported"

    def test_as_json(self, amy: Desk, told: Customer) -> None:
        found = json.loads(page(amy, f"/desk/transcripts/{told.id}/export.json"))
        assert found["conversation_id"] == told.id
        first = found["events"][0]
        assert (first["author"], first["intent"], first["confidence"]) == ("customer", "billing_invoice", 0.91)
        assert not PERSONAL.search(json.dumps(found, ensure_ascii=False))


class TestSelection:
    def test_csv_has_a_row_for_each_message_and_no_formula(
        self, amy: Desk, told: Customer, gateway: Gateway, audited: Audited
    ) -> None:
        gateway.begin().ask("登录不了")
        answer = amy.http.get("/desk/transcripts/export.csv", params={"q": "发票"})
        assert answer.headers["content-disposition"].startswith('attachment; filename="transcripts-')
        assert answer.content.startswith("\ufeff".encode())
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert {row["conversation_id"] for row in rows} == {told.id}
        texts = [row["text"] for row in rows if row["author"] == "customer"]
        assert texts[1] == "'" + FORMULA
        assert not any(cell.lstrip()[:1] in tuple("=+-@") and cell for row in rows for cell in row.values())
        assert not PERSONAL.search(answer.text)
        exported = audited()[0]
        assert (exported.action, exported.subject, exported.detail) == ("transcripts_exported", "csv", "q")

    def test_json_lines_have_a_conversation_each(self, amy: Desk, told: Customer, gateway: Gateway) -> None:
        other = gateway.begin()
        other.ask("登录不了")
        lines = [json.loads(line) for line in page(amy, "/desk/transcripts/export.jsonl").splitlines()]
        assert [each["conversation_id"] for each in lines] == [other.id, told.id]
        assert not PERSONAL.search(json.dumps(lines, ensure_ascii=False))


class TestReview:
    def test_right_wrong_and_the_right_one(self, amy: Desk, told: Customer) -> None:
        path = f"/desk/parts/transcripts/{told.id}/reviews/1"
        assert "amy 认为正确" in post(amy, path, verdict="right").text
        assert "amy 认为有误" in post(amy, path, verdict="wrong", intent="").text
        assert "amy 改为 billing_cancel" in post(amy, path, intent="billing_cancel").text
        whole = page(amy, "/desk/review?list=ready")
        assert "billing_cancel" in whole
        assert "李*" in whole
        assert not PERSONAL.search(whole)
        assert "认为" not in post(amy, path, verdict="none").text
        assert told.id not in page(amy, "/desk/review?list=ready")

    def test_what_was_not_understood_waits_to_be_looked_at(self, amy: Desk, told: Customer, gateway: Gateway) -> None:
        gateway.ledger.understood(told.id, 3, "nlu_fallback", 0.2)
        assert told.id in page(amy, "/desk/review")
        post(amy, f"/desk/parts/transcripts/{told.id}/reviews/3", verdict="wrong")
        assert told.id not in page(amy, "/desk/review")
        assert told.id in page(amy, "/desk/review?list=wrong")

    @pytest.mark.parametrize(
        ("seq", "fields", "status"),
        [
            ("1", {"verdict": "perhaps"}, 422),
            ("1", {}, 422),
            ("1", {"intent": "billing_no_such"}, 422),
            ("2", {"verdict": "wrong"}, 409),
            ("99999999999999999999", {"verdict": "wrong"}, 409),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, amy: Desk, told: Customer, seq: str, fields: dict[str, str], status: int
    ) -> None:
        assert post(amy, f"/desk/parts/transcripts/{told.id}/reviews/{seq}", **fields).status_code == status

    def test_without_the_token_nothing_is_kept(self, amy: Desk, told: Customer) -> None:
        answer = amy.http.post(f"/desk/parts/transcripts/{told.id}/reviews/1", data={"verdict": "right"})
        assert answer.status_code == 403
        assert told.id not in page(amy, "/desk/review?list=ready")
