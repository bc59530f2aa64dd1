"""From the bot to a person and back, in the whole system, on a Thursday morning with an agent on duty."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.system.running import HAN, PROJECT, Customer, RunningJieda

THURSDAY = "2026-03-12T10:30:00+08:00"
PASSWORD = "correct horse battery"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def desk_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningJieda]:
    with RunningJieda.started(tmp_path_factory.mktemp("desk"), JIEDA_POLICY_NOW=THURSDAY) as running:
        yield running


@pytest.fixture(scope="module")
def amy(desk_open: RunningJieda) -> Iterator[httpx.Client]:
    """An agent on duty; her account was made on the command line."""
    subprocess.run(
        [sys.executable, "-m", "jieda.cli", "agent", "add", "amy", "--role", "agent"],
        input=PASSWORD + "\n",
        text=True,
        env=desk_open.environment,
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    with httpx.Client(base_url=f"{desk_open.url}/desk/api/", timeout=40) as http:
        made = http.post("session", json={"name": "amy", "password": PASSWORD})
        assert made.status_code == 200, made.text
        http.headers["X-CSRF-Token"] = made.json()["csrf"]
        assert http.put("duty", json={"on": True}).status_code == 200
        yield http


def waits(customer: Customer, holds: Callable[[list[dict[str, Any]]], Any]) -> Any:
    """The conversation's events, once they meet the condition."""
    deadline = time.monotonic() + 30
    while not (found := holds(customer.events())):
        assert time.monotonic() < deadline, customer.events()[-3:]
        time.sleep(0.1)
    return found


@pytest.mark.parametrize(
    ("language", "matter", "wish", "detail", "status", "bye"),
    [
        ("zh", "Dynamics 365 Sales 登录不上", "转人工", "我的工号是 4711", "我的服务请求现在什么状态？", "好的，再见"),
        ("en", "I can't sign in to Dynamics 365 Sales", "I want to talk to a person", "My desk is 4711",
         "What is the status of my service request?", "Thanks, goodbye"),
    ],
)  # fmt: skip
def test_handed_to_a_person_and_back(
    desk_open: RunningJieda,
    amy: httpx.Client,
    language: str,
    matter: str,
    wish: str,
    detail: str,
    status: str,
    bye: str,
) -> None:
    customer = desk_open.customer(language)
    customer.say(matter)
    customer.say(wish)
    waits(customer, lambda events: events[-1].get("owner") == "queued")

    (row,) = [
        each for each in amy.get("conversations?view=waiting").json()["conversations"] if each["id"] == customer.id
    ]
    assert (row["category"], row["language"]) == ("technical", language)
    brief = amy.get(f"conversations/{customer.id}").json()["brief"]
    assert "Dynamics 365 Sales" in brief["summary"]
    path = f"conversations/{customer.id}"
    claimed = amy.post(f"{path}/claim", json={"version": row["version"]}).json()
    assert (claimed["owner"], claimed["agent"]) == ("assigned", "amy")
    assert amy.post(f"{path}/messages", json={"client_message_id": "1", "text": "hello"}).status_code == 202
    assert customer.post(text=detail).status_code == 202

    asked = {
        "client_request_id": "1", "category": "technical", "summary": "4711", "contact_name": "Grace Hall",
        "company": "Example", "contact_email": "grace@example.com",
    }  # fmt: skip
    number = amy.post(f"{path}/cases", json=asked).json()["number"]
    assert amy.post(f"{path}/return", json={"version": claimed["version"]}).json()["owner"] == "bot"
    notice = customer.events()[-1]
    assert notice["author"] == "system"
    assert bool(HAN.search(notice["text"])) is (language == "zh")

    assert number in customer.say(status)
    assert customer.slots["case_number"] == number
    assert detail not in str(customer.slots), "said to a person"
    customer.say(bye)
    question = waits(customer, lambda events: [each for each in events if len(each.get("choices", ())) == 5])[0]
    assert customer.post(choice=question["choices"][0]["id"]).status_code == 202
    assert amy.get(path).json()["satisfaction"] == 5

    understood = {
        each["text"]: each["intent"]
        for each in amy.get(f"{path}/events", headers=JSON).json()
        if each.get("author") == "customer"
    }
    assert understood[wish] == "human_request"
    assert understood[detail] is None, "nothing said to a person is understood by the bot"


def test_with_nobody_on_duty_there_is_the_hotline(desk_open: RunningJieda, amy: httpx.Client) -> None:
    amy.put("duty", json={"on": False})
    customer = desk_open.customer("zh")
    assert "400-089-0365" in customer.say("转人工")
    assert {each["type"] for each in customer.events()} == {"message"}
    amy.put("duty", json={"on": True})
