"""Who may do what at the desk; what is refused is audited."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from jieda.store.agents import AgentBook
from jieda.store.audit import AuditEntry
from tests.gateway.desk.conftest import PASSWORD, Desk, SignIn
from tests.gateway.harness import Customer, Gateway, assert_error, now

Audited = Callable[[], list[AuditEntry]]

READS = ["conversations", "conversations/{id}", "conversations/{id}/events", "cases", "live", "session"]
CHANGES = [
    ("PUT", "duty"), ("DELETE", "session"),
    *(("POST", f"conversations/{{id}}/{kind}") for kind in (
        "claim", "return", "close", "transfer", "messages", "notes", "typing", "looking", "reveal", "cases")),
    ("PUT", "conversations/{id}/labels/x"), ("DELETE", "conversations/{id}/labels/x"),
    *(("POST", f"cases/SR20260312-AAAAA/{kind}") for kind in ("acknowledge", "resolve", "reopen", "reveal")),
]  # fmt: skip


class TestSignIn:
    def test_the_answer_and_the_cookie(self, amy: Desk) -> None:
        answer = amy.sign_in()
        body = answer.json()
        assert (body["agent"], body["role"]) == ("amy", "agent")
        assert len(body["csrf"]) >= 32
        cookie = answer.headers["set-cookie"].lower()
        assert all(each in cookie for each in ("httponly", "samesite=strict", "path=/desk"))

    def test_every_sign_in_ends_the_session_before_it(self, amy: Desk) -> None:
        old = amy.http.cookies["jieda_desk"]
        amy.sign_in()
        assert amy.http.cookies["jieda_desk"] != old
        answer = httpx.get(f"{amy.gateway.url}/desk/api/session", cookies={"jieda_desk": old}, trust_env=False)
        assert_error(answer, 401)

    @pytest.mark.parametrize("name", ["amy", "nobody", "amy\0", "😀", "' OR 1=1 --"])
    def test_what_does_not_fit_is_refused_without_a_word_on_what(self, amy: Desk, audited: Audited, name: str) -> None:
        amy.name = name
        answer = amy.sign_in("wrong password")
        assert_error(answer, 401, code="sign_in_refused")
        assert audited()[0].action == "sign_in_refused"

    def test_too_many_failures_lock_even_the_right_password_out(self, amy: Desk, audited: Audited) -> None:
        answers = [amy.sign_in("wrong password") for _ in range(6)]
        assert [each.status_code for each in answers[:4]] == [401] * 4
        locked = amy.sign_in()
        assert_error(locked, 429, code="locked")
        assert int(locked.headers["retry-after"]) > 0
        assert audited()[0].action == "sign_in_locked"

    def test_a_disabled_agent_is_out_at_once(self, amy: Desk, accounts: AgentBook) -> None:
        accounts.disable("amy", at=now())
        assert_error(amy.send("GET", "conversations"), 401)
        assert_error(amy.sign_in(), 401)

    def test_signing_out_ends_the_session(self, amy: Desk) -> None:
        kept = amy.http.cookies["jieda_desk"]
        assert amy.send("DELETE", "session").status_code == 204
        answer = httpx.get(f"{amy.gateway.url}/desk/api/session", cookies={"jieda_desk": kept}, trust_env=False)
        assert_error(answer, 401)

    def test_not_from_another_sites_page(self, amy: Desk, audited: Audited) -> None:
        answer = amy.http.post(
            "/desk/api/session", json={"name": "amy", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert_error(answer, 403, code="other_site")
        assert audited()[0].action == "other_site_refused"


class TestStrangers:
    @pytest.mark.parametrize("path", READS)
    def test_see_nothing(self, gateway: Gateway, waiting: Customer, path: str) -> None:
        for cookies in ({}, {"jieda_desk": "made-up"}):
            with httpx.Client(base_url=gateway.url, cookies=cookies, trust_env=False) as stranger:
                assert_error(stranger.get(f"/desk/api/{path.format(id=waiting.id)}"), 401)

    def test_nor_with_the_customers_token(self, gateway: Gateway, waiting: Customer) -> None:
        assert_error(gateway.http.get(f"/desk/api/conversations/{waiting.id}", headers=waiting.headers), 401)


class TestCsrf:
    @pytest.mark.parametrize(("method", "path"), CHANGES)
    def test_no_change_without_the_sessions_token(
        self, amy: Desk, bob: Desk, waiting: Customer, audited: Audited, method: str, path: str
    ) -> None:
        for token in ("", "made-up", bob.csrf):
            answer = amy.send(method, path.format(id=waiting.id), {}, **{"X-CSRF-Token": token})
            assert_error(answer, 403, code="csrf")
            assert (audited()[0].actor, audited()[0].action) == ("amy", "csrf_refused")
        assert amy.get(f"conversations/{waiting.id}")["owner"] == "queued"


class TestAnotherAgentsConversation:
    @pytest.mark.parametrize("kind", ["return", "close", "claim"])
    def test_is_not_moved(self, amy: Desk, bob: Desk, waiting: Customer, audited: Audited, kind: str) -> None:
        amy.takes(waiting.id)
        assert_error(bob.move(kind, waiting.id), 409, code="not_allowed")
        assert (audited()[0].actor, audited()[0].subject) == ("bob", waiting.id)
        assert bob.get(f"conversations/{waiting.id}")["agent"] == "amy"

    def test_nor_transferred_nor_written_in(self, amy: Desk, bob: Desk, waiting: Customer, audited: Audited) -> None:
        amy.takes(waiting.id)
        assert_error(bob.move("transfer", waiting.id, to="bob"), 409, code="not_allowed")
        assert_error(bob.say(waiting.id, "hi"), 409, code="not_allowed")
        assert audited()[0].action == "message_not_allowed"
        assert "agent" not in {each.get("author") for each in waiting.events()}

    def test_a_supervisor_may_give_it_back(self, amy: Desk, sue: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        assert sue.move("return", waiting.id).json()["owner"] == "bot"


class TestIds:
    @pytest.mark.parametrize("unknown", ["nothing", "0", "../session", "%00", "a" * 300])
    def test_of_conversations_are_not_to_be_guessed(self, amy: Desk, audited: Audited, unknown: str) -> None:
        assert_error(amy.send("GET", f"conversations/{unknown}/events", Accept="application/json"), 404)
        if "/" not in unknown:
            assert audited()[0].action == "conversation_unknown"

    def test_nor_of_cases(self, amy: Desk, audited: Audited) -> None:
        assert_error(amy.send("GET", "cases/SR20260312-AAAAA"), 404, code="case_unknown")
        assert audited()[0].action == "case_unknown"


def test_supervisors_pages_are_for_supervisors(sign_in: SignIn, amy: Desk, audited: Audited) -> None:
    answer = amy.http.get("/desk/audit")
    assert answer.status_code in (403, 404)
    if answer.status_code == 403:
        assert audited()[0].action == "supervisor_only_refused"


def test_strangers_do_not_fill_the_audit_log(gateway: Gateway, audited: Audited) -> None:
    with httpx.Client(base_url=gateway.url, cookies={"jieda_desk": "made-up"}, trust_env=False) as stranger:
        for _ in range(80):
            assert_error(stranger.get("/desk/api/conversations"), 401)
    assert len(audited()) == 60
