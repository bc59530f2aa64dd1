"""The product-support page in both languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from jieda.policy import policy
from tests.gateway.harness import HAN, Gateway

CHINESE, ENGLISH = ["/", "/zh"], ["/en"]
SHOWN = {"alt", "title", "aria-label", "placeholder", "data-column", "content"}


class Page(HTMLParser):
    """What a page shows: the texts of its main part, its links, and its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = ""
        self.title = ""
        self.main: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.handlers: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html":
            self.lang = found.get("lang") or ""
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag == "script":
            self.scripts.append(found)
        self.sources += [value or "" for name, value in attrs if name == "src" or (tag == "link" and name == "href")]
        self.handlers += [name for name in found if name.startswith("on") or name == "style"]
        if "main" in self._open:
            self.main += [value or "" for name, value in attrs if name in SHOWN]
        if tag not in ("meta", "link", "img", "br", "input", "path"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "main" in self._open:
            self.main.append(data)
        if self._open[-1:] == ["title"]:
            self.title += data

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.main))


def page(gateway: Gateway, path: str) -> Page:
    answer = gateway.http.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


@pytest.mark.parametrize("path", [*CHINESE, *ENGLISH])
class TestBoth:
    def test_it_names_every_hotline_and_links_to_it(self, common: Gateway, path: str) -> None:
        shown = page(common, path)
        for number in (policy().presales.phone, policy().billing.phone, policy().technical.phone):
            assert number in shown.text
            assert f"tel:{re.sub(r'[ -]', '', number)}" in shown.links

    def test_it_names_the_apps_and_the_support_hours(self, common: Gateway, path: str) -> None:
        shown = page(common, path).text
        for app in policy().apps:
            assert app.name in shown
        assert f"{policy().hours.opens:%-H:%M}" in shown
        assert f"{policy().hours.closes:%-H:%M}" in shown

    def test_it_links_to_all_the_policy_links_to(self, common: Gateway, path: str) -> None:
        links = page(common, path).links
        assert {link.url for link in policy().links if link.url} <= set(links)

    def test_every_file_it_needs_is_there_and_its_own(self, common: Gateway, path: str) -> None:
        for source in page(common, path).sources:
            assert source.startswith("/")
            assert common.http.get(source).status_code == 200, source

    def test_nothing_in_it_offends_its_own_security_policy(self, common: Gateway, path: str) -> None:
        shown = page(common, path)
        assert shown.scripts
        assert all(script.get("src") for script in shown.scripts)
        assert shown.handlers == []

    def test_it_can_be_asked_for_its_head(self, common: Gateway, path: str) -> None:
        answer = common.http.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", CHINESE)
def test_it_is_chinese(common: Gateway, path: str) -> None:
    shown = page(common, path)
    assert shown.lang.startswith("zh")
    assert HAN.search(shown.title)
    assert HAN.search(shown.text)
    assert "/en" in shown.links
    assert [each["data-language"] for each in shown.scripts if "data-language" in each] == ["zh"]
    assert policy().hours.days_name.zh in shown.text


@pytest.mark.parametrize("path", ENGLISH)
def test_it_is_english_and_nothing_else(common: Gateway, path: str) -> None:
    shown = page(common, path)
    assert shown.lang == "en"
    assert not HAN.search(shown.title)
    assert not HAN.search(shown.text), HAN.findall(shown.text)
    assert "/zh" in shown.links
    assert [each["data-language"] for each in shown.scripts if "data-language" in each] == ["en"]
    assert policy().hours.days_name.en in shown.text


def test_browsers_ask_anew_for_the_files_of_the_widget(common: Gateway) -> None:
    first = common.http.get("/static/widget/jieda.js")
    assert first.headers["cache-control"] == "no-cache"
    assert "javascript" in first.headers["content-type"]
    again = common.http.get("/static/widget/jieda.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
