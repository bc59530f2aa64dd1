"""Whatever comes in, no 5xx and nothing in Rasa that was not meant: fuzzed by hypothesis and atheris."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jieda.conversations import MESSAGE_MAX
from jieda.gateway.wechat.messages import PushUnreadable, cdata, fields_of, push_of
from tests.conftest import missing
from tests.gateway.wechat.conftest import MakeWorld, World

NAMES = [
    "ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event", "EventKey", "MediaId",
    "Recognition", "bizmsgmenuid", "Encrypt", "KfAccount", "Other",
]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["text", "event", "image", "voice", "CLICK", "subscribe", "1", "0", "-1", "9" * 30, "/restart", ""]
    ),
    st.sampled_from(["<![CDATA[", "]]>", "<a>", "</xml>", "&amp;", "&#0;", "&#xD800;", "&x;", "\x00", "\ufffe"]),
)
ELEMENTS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=12)
ATHERIS_SECONDS = 15
FUZZER = Path(__file__).parent / "fuzzer.py"


def body_of(elements: list[tuple[str, str]]) -> str:
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in elements) + "</xml>"


class TestParser:
    @given(st.one_of(st.binary(max_size=400), ELEMENTS.map(lambda found: body_of(found).encode("utf-8", "replace"))))
    def test_it_reads_or_refuses(self, body: bytes) -> None:
        try:
            push = push_of(fields_of(body))
        except PushUnreadable:
            return
        assert push.sender
        assert push.to
        assert len(push.key) <= 128

    @given(st.text(max_size=200))
    def test_what_was_written_is_read_less_what_xml_cannot_bear(self, text: str) -> None:
        found = fields_of(f"<xml><Content>{cdata(text)}</Content></xml>".encode("utf-8", "replace"))
        unfit = {*map(chr, range(32)), "\ufffe", "\uffff"} - {"\t", "\n"}
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        kept = "".join(each for each in lines if each not in unfit and not "\ud800" <= each <= "\udfff")
        assert found["Content"].replace("\ufffd", "") == kept.replace("\ufffd", "").strip()


class TestCallback:
    @settings(
        max_examples=120,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(elements=ELEMENTS, raw=st.binary(max_size=200), query=st.dictionaries(
        st.sampled_from(["signature", "timestamp", "nonce", "msg_signature", "encrypt_type", "echostr"]),
        st.text(st.characters(blacklist_categories=("Cs",)), max_size=60),
    ))  # fmt: skip
    def test_no_5xx(self, world: World, elements: list[tuple[str, str]], raw: bytes, query: dict[str, str]) -> None:
        pusher = world.official.pusher
        xml = body_of(elements)
        signed_body, signed_query = pusher.wrapped(xml.encode("utf-8", "replace").decode())
        told = {**signed_query, **query}
        for body, asked in ((raw, query), (raw, signed_query), (signed_body, signed_query), (signed_body, told)):
            answer = pusher.http.post(pusher.address, params=asked, content=body)
            assert answer.status_code in (200, 400, 403, 413), answer.text
        assert pusher.http.get(pusher.address, params=query).status_code == 403
        assert not any(each.is_command and each.message != "/" for each in world.rasa.sent)
        assert all(len(each.message) <= MESSAGE_MAX for each in world.rasa.sent)

    def test_customer_service(self, make_world: MakeWorld) -> None:
        kf = make_world("kf").kf
        for body in (b"", b"<xml/>", b"\xff" * 100, b"<a>" * 10_000, b"{}"):
            assert kf.call(body=body).status_code in (400, 403)
        assert kf.call(msg_signature="0" * 40).status_code == 403
        assert kf.call(timestamp="x").status_code == 403
        assert httpx.get(kf.address).status_code == 403


def test_atheris_finds_nothing() -> None:
    """Coverage-guided, for a while, in a process of its own."""
    try:
        import atheris  # noqa: F401
    except ImportError:
        missing("atheris")
    done = subprocess.run(
        [sys.executable, str(FUZZER), f"-max_total_time={ATHERIS_SECONDS}", "-max_len=2000", "-timeout=5"],
        cwd=FUZZER.parent.parent.parent.parent,
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
        timeout=ATHERIS_SECONDS * 6,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "DONE" in done.stderr or "Done" in done.stderr, done.stderr[-500:]
