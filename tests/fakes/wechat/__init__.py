"""A faithful stand-in for WeChat: its API on a port of the loopback, its pushes, its users' telephones, its rules.

wechatpy encrypts what is pushed and opens what is answered, so that it judges both ways independently.
"""

from __future__ import annotations

from tests.fakes.wechat.clock import FakeClock
from tests.fakes.wechat.kf import FakeKf, KfPhone
from tests.fakes.wechat.official import FakeOfficial, Phone
from tests.fakes.wechat.server import FakeWeChat

__all__ = ["FakeClock", "FakeKf", "FakeOfficial", "FakeWeChat", "KfPhone", "Phone"]
