"""Figures and the audit log at the desk."""

from __future__ import annotations

import pytest

from jieda.gateway.desk.charts import HEIGHT, columns, tick_step
from tests.gateway.desk.conftest import Desk
from tests.gateway.harness import Customer


def page(desk: Desk, path: str, status: int = 200) -> str:
    answer = desk.http.get(path)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


class TestInsights:
    @pytest.mark.parametrize("query", ["", "?days=7", "?days=365", "?days=-1", "?days=x"])
    def test_figures_are_plotted_and_stand_in_a_table(self, amy: Desk, waiting: Customer, query: str) -> None:
        whole = page(amy, f"/desk/insights{query}")
        assert "<svg" in whole
        assert "以表格查看" in whole
        assert "style=" not in whole

    def test_a_span_has_as_many_days(self, amy: Desk) -> None:
        assert page(amy, "/desk/insights?days=7").count('<rect class="whole"') == 7


class TestAudit:
    def test_supervisors_see_who_did_what_and_filter_it(self, amy: Desk, sue: Desk, waiting: Customer) -> None:
        amy.http.get(f"/desk/transcripts/{waiting.id}/print")
        whole = page(sue, "/desk/audit")
        assert "transcript_exported" in whole
        assert "导出会话" in whole
        assert waiting.id in whole
        assert waiting.id not in page(sue, "/desk/audit?actor=sue")
        assert waiting.id in page(sue, "/desk/audit?actor=amy&action=transcript_exported")
        assert waiting.id not in page(sue, "/desk/audit?until=2020-01-01")
        assert "没有符合条件的记录" in page(sue, "/desk/audit?since=9999-12-31&until=9999-12-31")

    def test_an_agent_is_refused_which_is_audited(self, amy: Desk, sue: Desk) -> None:
        assert "session_started" not in page(amy, "/desk/audit", 403)
        assert page(amy, "/desk/parts/audit", 403)
        assert "supervisor_only_refused" in page(sue, "/desk/audit")


class TestColumns:
    @pytest.mark.parametrize(("most", "step"), [(0, 1), (4, 1), (5, 2), (8, 2), (9, 5), (20, 5), (21, 10), (399, 100)])
    def test_a_few_round_lines_reach_up_to_the_highest(self, most: int, step: int) -> None:
        assert tick_step(most) == step

    def test_columns_stand_within_the_picture_and_on_its_base(self) -> None:
        plot = columns([("a", 10, 3), ("b", 0, 0), ("c", 7, 7)])
        assert all(0 <= each.y <= each.part_y <= plot.base < HEIGHT for each in plot.columns)
        assert all(each.y + each.height == pytest.approx(plot.base) for each in plot.columns)
        assert [value for _, value in plot.lines][-1] >= 10

    def test_of_nothing_there_is_an_empty_plot(self) -> None:
        assert columns([]).columns == ()
