"""A small load, so that `make load` is known to work: two agents and a collector on each home, for some messages."""

import pytest

from tests.homes import with_others
from tests.load.running import Load, measured

pytestmark = with_others


@pytest.mark.parametrize("home", ["file", "lake"])
def test_agents_decide_what_a_collector_brings_and_nothing_is_lost_or_doubled(home: str) -> None:
    told = measured(Load(home, agents=2, dashboards=1, collectors=1, seconds=2, think=0.3, waiting=30, least=4))
    assert told["errors"] == {}
    assert told["wrong"] == {}
    assert sum(told["won"].values()) > 0
    assert told["delivered"] > 30
