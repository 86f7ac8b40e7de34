"""Orders drawn from a seed."""

from hypothesis import given
from hypothesis import strategies as st

from sagalab.scenario import Scenario, declined, healthy, orders_from, out_of_stock


@given(seed=st.text(max_size=12), count=st.integers(1, 8))
def test_no_two_orders_share_an_id_and_stock_covers_them_all(seed, count):
    orders, stock = orders_from(seed, count)
    assert len({order.order_id for order in orders}) == count
    for order in orders:
        for item in order.items:
            stock[item.sku] -= item.quantity
    assert min(stock.values()) >= 0


@given(seed=st.text(max_size=12))
def test_a_schedule_line_gives_the_same_schedule_back(seed):
    for scenario in (
        healthy("orchestration", seed, 2),
        declined("choreography", seed),
        out_of_stock("choreography", seed),
    ):
        again = Scenario.from_line(scenario.line())
        assert again == scenario and again.stock == scenario.stock


def test_only_orders_that_something_refuses_may_be_cancelled():
    assert not healthy("orchestration", "s", 3).expectation.refused
    for scenario in (declined("orchestration", "s"), out_of_stock("orchestration", "s")):
        assert scenario.expectation.refused == {scenario.orders[0].order_id}
