"""The desk's pages over HTTP: who may open one, what it bears, and what a change wants."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from jieda.agents import Role
from jieda.store.agents import AgentBook
from jieda.store.audit import AuditEntry
from tests.gateway.desk.conftest import Desk, SignIn
from tests.gateway.harness import Customer, Gateway, now

ELSEWHERE = ("https://example.com/", "//example.com", "/\\example.com", "/desk/\\x", "javascript:1")
PAGES = ("/desk/", "/desk/?view=all", "/desk/cases", "/desk/conversations/any", "/desk/parts/queue", "/desk/nothing")


class TestWhoMayOpenOne:
    @pytest.mark.parametrize("path", PAGES)
    def test_who_is_not_signed_in_is_led_to_sign_in_and_back(self, gateway: Gateway, path: str) -> None:
        answer = gateway.http.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/desk/sign-in?next=%2Fdesk%2F")
        assert answer.content == b""

    def test_a_part_asked_for_by_htmx_is_refused_plainly(self, gateway: Gateway) -> None:
        assert gateway.http.get("/desk/parts/queue", headers={"HX-Request": "true"}).status_code == 401

    @pytest.mark.parametrize("onward", ELSEWHERE)
    def test_sign_in_leads_nowhere_but_to_the_desk(self, gateway: Gateway, amy: Desk, onward: str) -> None:
        assert 'data-next="/desk/"' in gateway.http.get("/desk/sign-in", params={"next": onward}).text
        assert amy.http.get("/desk/sign-in", params={"next": onward}).headers["location"] == "/desk/"

    def test_the_session_of_a_disabled_agent_opens_nothing(self, amy: Desk, accounts: AgentBook) -> None:
        assert amy.http.get("/desk/").status_code == 200
        accounts.disable("amy", at=now())
        assert amy.http.get("/desk/").status_code == 303


class TestWhatItBears:
    def test_nothing_is_kept_by_the_browser_and_nothing_inline_is_run(self, amy: Desk, waiting: Customer) -> None:
        for path in ("/desk/", f"/desk/conversations/{waiting.id}", "/desk/cases", "/desk/sign-in"):
            answer = amy.http.get(path, follow_redirects=True)
            assert answer.headers["cache-control"] == "no-store"
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", answer.text)
            assert all('type="application/json"' in each for each in scripts)
            assert not re.search(r"\sstyle=|\son\w+=|<style", answer.text)

    def test_htmx_comes_from_the_installed_package(self, gateway: Gateway) -> None:
        answer = gateway.http.get("/desk/htmx.min.js")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.text.startswith("var htmx=")

    def test_the_language_is_the_agents_and_before_sign_in_the_browsers(self, gateway: Gateway, amy: Desk) -> None:
        assert '<html lang="zh-CN"' in gateway.http.get("/desk/sign-in").text
        answer = gateway.http.get("/desk/sign-in?lang=en")
        assert '<html lang="en"' in answer.text
        assert "samesite=strict" in answer.headers["set-cookie"].lower()
        assert '<html lang="zh-CN"' in amy.http.get("/desk/").text
        assert amy.send("PUT", "language", {"language": "en"}).status_code == 200
        assert '<html lang="en"' in amy.http.get("/desk/").text

    def test_a_list_that_goes_on_is_shown_in_parts(self, amy: Desk, gateway: Gateway) -> None:
        for number in range(51):
            gateway.begin(language="en").say(f"message {number}")
        first = amy.http.get("/desk/parts/queue?view=all").text
        more = re.search(r'hx-get="(/desk/parts/queue[^"]+)"', first)
        assert more
        second = amy.http.get(more[1].replace("&amp;", "&")).text
        rows = [set(re.findall(r'data-row="([^"]+)"', text)) for text in (first, second)]
        assert len(rows[0]) == 50
        assert len(rows[1]) == 1
        assert not rows[0] & rows[1]

    @pytest.mark.parametrize("query", ["after=nonsense", "view=waiting&after=e30"])
    def test_a_cursor_that_no_list_gave_is_told(self, amy: Desk, query: str) -> None:
        assert amy.http.get(f"/desk/parts/queue?{query}").status_code == 400

    def test_what_is_not_there_is_told_without_its_inside(self, amy: Desk) -> None:
        for path in ("/desk/conversations/none", "/desk/cases/SR20260101-NONE", "/desk/parts/conversations/none"):
            answer = amy.http.get(path)
            assert answer.status_code == 404
            assert "<h1>" in answer.text
            assert not re.search("Traceback|sqlalchemy", answer.text)


class TestChanges:
    @pytest.mark.parametrize(("method", "what"), [("POST", "notes"), ("POST", "labels"), ("DELETE", "labels?label=x")])
    def test_one_without_the_sessions_token_is_refused(
        self, amy: Desk, waiting: Customer, audited: Callable[[], list[AuditEntry]], method: str, what: str
    ) -> None:
        body = {"text": "x", "label": "x"}
        answer = amy.http.request(method, f"/desk/parts/conversations/{waiting.id}/{what}", data=body)
        assert answer.status_code == 403
        assert "csrf_refused" in {each.action for each in audited()}
        assert amy.get(f"conversations/{waiting.id}")["notes"] == []

    @pytest.mark.parametrize("text", ["", "   ", "x" * 4_001])
    def test_a_note_wants_a_text_that_fits(self, amy: Desk, waiting: Customer, text: str) -> None:
        headers = {"X-CSRF-Token": amy.csrf}
        path = f"/desk/parts/conversations/{waiting.id}/notes"
        assert amy.http.post(path, data={"text": text}, headers=headers).status_code == 422
        assert amy.http.post(path, data={"text": "看过了"}, headers=headers).status_code == 200
        assert amy.get(f"conversations/{waiting.id}")["notes"][0]["text"] == "看过了"


def test_supervisors_may_move_what_others_hold(waiting: Customer, sign_in: SignIn, amy: Desk) -> None:
    amy.takes(waiting.id)
    pages = {role: sign_in(role.value, role).http.get(f"/desk/conversations/{waiting.id}").text for role in Role}
    moves = {role: set(re.findall(r'data-open-move="(\w+)"', text)) for role, text in pages.items()}
    assert moves == {Role.AGENT: set(), Role.SUPERVISOR: {"transfer", "return", "close"}}


def test_canned_replies_that_name_a_case_want_one(amy: Desk, waiting: Customer) -> None:
    found = amy.http.get(f"/desk/parts/conversations/{waiting.id}/canned").text
    texts = re.findall(r'data-text="([^"]+)"', found)
    assert len(texts) == len(set(texts)) > 20
    assert not any("{" in text for text in texts)
    assert any("amy" in text for text in texts)
