"""The lab in a notebook: bad input is one message in plain words, and the lab stays usable afterwards."""

import json
import time

import boto3
import pytest

from sagalab import Fault, Lab, minutes
from sagalab import lab as labs
from sagalab.errors import DefinitionError, HandlerError, LearnerError, SagalabError
from sagalab.packaging import define, package

END = {"Type": "Pass", "End": True}
HANDLER = """
from sagalab.participants import order_book, payment_gateway

def run(event, context):
    order = order_book.get(event["orderId"])
    return payment_gateway.charge(event["orderId"], order["amount"], key=event["orderId"], correlation_id="c")
"""


@pytest.fixture
def lab():
    opened = Lab()
    yield opened
    labs.forget()


def deploy(lab, source=HANDLER, handler="charge_cell.run", name="charge", **fields):
    """Deploys a handler cell as a function and gives its ARN."""
    define("charge_cell", source, {})
    made = boto3.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=lab.role_arn, Handler=handler,
        Code={"ZipFile": package("charge_cell")}, **fields,
    )  # fmt: skip
    return made["FunctionArn"]


def start(states, value=None, name="one"):
    """Starts a machine of these states and gives the execution's ARN."""
    sfn = boto3.client("stepfunctions")
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    machine = sfn.create_state_machine(name=f"Flow-{name}", definition=definition, roleArn=labs.current().role_arn)
    made = sfn.start_execution(stateMachineArn=machine["stateMachineArn"], name=name, input=json.dumps(value or {}))
    return made["executionArn"]


def described(arn):
    return boto3.client("stepfunctions").describe_execution(executionArn=arn)


def still_usable(lab):
    """Runs a whole order through a fresh function: what a learner would do next."""
    arn = deploy(lab, name=f"fine-{len(lab.history())}")
    execution = start(
        {"A": {"Type": "Task", "Resource": arn, "End": True}}, {"orderId": "1005"}, f"fine-{len(lab.history())}"
    )
    assert lab.run() == "quiet"
    return described(execution)["status"] == "SUCCEEDED"


def test_an_order_runs_from_the_first_cell_to_its_effect(lab):
    assert still_usable(lab)
    assert [fact.what for fact in lab.history().of("effect", order_id="1005")] == ["charged"]


def test_time_moves_only_when_the_notebook_waits(lab):
    before = lab.clock.now
    start({"A": {"Type": "Wait", "Seconds": 3600, "End": True}})
    assert lab.clock.now - before < 5
    lab.run(until=minutes(30))
    assert 1790 < lab.clock.now - before < 1900
    time.sleep(100)  # noqa: TID251 - virtual
    assert lab.clock.now - before > 1890


def test_a_minute_is_a_minute_also_when_nothing_is_left_to_do(lab):
    before = lab.clock.now
    assert lab.run(until=60) == "quiet"
    assert lab.clock.now - before == pytest.approx(60)


def test_a_loop_that_polls_a_status_comes_to_its_end(lab):
    arn = start({"A": {"Type": "Wait", "Seconds": 3, "End": True}})
    while described(arn)["status"] == "RUNNING":
        assert lab.clock.now < 60
    assert described(arn)["status"] == "SUCCEEDED"


def test_an_injected_fault_strikes_until_it_is_cleared(lab):
    arn = deploy(lab)
    lab.inject(Fault("unavailable", "payment_gateway.charge", calls=99))
    task = {"Type": "Task", "Resource": arn, "End": True}
    first = start({"A": task}, {"orderId": "1001"}, "first")
    lab.run()
    lab.clear_faults()
    second = start({"A": task}, {"orderId": "1001"}, "second")
    lab.run()
    assert (described(first)["error"], described(second)["status"]) == ("ParticipantUnavailable", "SUCCEEDED")


def test_an_equal_fault_strikes_again_once_it_was_cleared(lab):
    arn = deploy(lab)
    task = {"Type": "Task", "Resource": arn, "End": True}
    for name in ("first", "second"):
        lab.inject(Fault("unavailable", "payment_gateway.charge", order="1001"))
        run = start({"A": task}, {"orderId": "1001"}, name)
        lab.run()
        lab.clear_faults()
        assert described(run)["error"] == "ParticipantUnavailable"


def test_a_fresh_order_gets_a_name_that_is_not_taken(lab):
    names = [lab.order("mine", 12.5, {"mug": 1}, fresh=True) for _ in range(3)]
    assert names == ["mine", "mineb", "minec"] and lab.order("mine", 1.0) == "mine"
    lab.reset()
    assert lab.order("mine", 12.5, fresh=True) == "mine"
    many = [lab.order("other", 12.5, fresh=True) for _ in range(30)]
    assert len(set(many)) == 30 and many[-1] == "other-4"


def test_orders_can_be_added_and_shelves_emptied(lab):
    lab.order("mine", 12.5, {"mug": 2}, declined=True)
    lab.sell_out("mug")
    assert lab.market.orders["mine"].amount == 12.5 and lab.market.stock["mug"] == 0
    start({"A": {"Type": "Task", "Resource": deploy(lab), "End": True}}, {"orderId": "mine"})
    lab.run()
    assert lab.history().of("call", what="payment_gateway.charge")[0].detail["error"] == "PaymentDeclined"


def test_a_reset_lab_is_empty_and_starts_at_zero(lab):
    assert still_usable(lab)
    lab.reset()
    assert (len(lab.history()), lab.clock.now) == (0, 0) or lab.clock.now < 1
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert still_usable(lab)


def test_broken_asl_is_refused_where_it_is_written(lab):
    with pytest.raises(Exception, match="did you mean Reserve") as caught:
        start({"Charge": {"Type": "Pass", "Next": "Reserv"}, "Reserve": END})
    assert type(caught.value).__name__ == "InvalidDefinition" and "/States/Charge/Next" in str(caught.value)
    assert still_usable(lab)


def test_a_misspelt_operator_is_refused_where_it_is_written(lab):
    with pytest.raises(Exception, match='did you mean "prefix"') as caught:
        boto3.client("events").put_rule(Name="r", EventPattern='{"source": [{"prefx": "orders"}]}')
    assert type(caught.value).__name__ == "InvalidEventPatternException" and "at source" in str(caught.value)
    assert still_usable(lab)


@pytest.mark.parametrize("handler", ["charge_cell.runn", "charge_cel.run"])
def test_a_missing_handler_is_named_by_the_execution_that_calls_it(lab, handler):
    arn = start({"A": {"Type": "Task", "Resource": deploy(lab, handler=handler), "End": True}})
    lab.run()
    found = described(arn)
    assert found["error"] in ("Runtime.HandlerNotFound", "Runtime.ImportModuleError")
    assert handler.split(".")[handler == "charge_cell.runn"] in found["cause"]
    assert still_usable(lab)


def test_a_handler_that_was_never_run_is_missed_by_its_name(lab):
    with pytest.raises(HandlerError, match="there is no handler 'paymnet'") as caught:
        package("paymnet")
    assert "run the cell %%handler paymnet first" in str(caught.value)
    assert still_usable(lab)


def test_a_handler_that_raises_fails_its_execution_with_its_own_words(lab):
    arn = start(
        {
            "A": {
                "Type": "Task",
                "Resource": deploy(lab, "def run(event, context):\n    return event['nope']"),
                "End": True,
            }
        }
    )
    lab.run()
    assert described(arn)["error"] == "KeyError" and "nope" in described(arn)["cause"]
    assert still_usable(lab)


def test_a_handler_that_waits_for_ever_times_out_and_the_lab_goes_on(lab):
    source = "import time\ndef run(event, context):\n    while True:\n        time.sleep(1)"
    arn = start({"A": {"Type": "Task", "Resource": deploy(lab, source), "End": True}})
    assert lab.run() == "quiet"
    assert described(arn)["error"] == "Sandbox.Timedout"
    assert still_usable(lab)


def test_an_interrupted_handler_leaves_a_usable_lab(lab):
    start(
        {
            "A": {
                "Type": "Task",
                "Resource": deploy(lab, "def run(event, context):\n    raise KeyboardInterrupt"),
                "End": True,
            }
        }
    )
    with pytest.raises(KeyboardInterrupt):
        lab.run()
    assert still_usable(lab)


@pytest.mark.parametrize("until", ["soon", None, [5]])
def test_waiting_for_nonsense_is_explained(lab, until):
    with pytest.raises(LearnerError, match="neither 'quiet' nor a number of seconds"):
        lab.run(until=until)
    assert still_usable(lab)


def test_sleeping_for_no_number_of_seconds_is_refused_and_leaves_the_clock_alone(lab):
    with pytest.raises(ValueError, match="is none"):
        time.sleep(float("nan"))  # noqa: TID251 - as a learner's cell calls it
    assert still_usable(lab)


def test_the_path_of_an_execution_that_is_not_there_is_explained(lab):
    with pytest.raises(LearnerError, match="no state machine"):
        lab.path("arn:aws:states:us-east-1:123456789012:execution:Nowhere:one")
    with pytest.raises(LearnerError):
        lab.path("not an arn")


def test_measuring_an_order_that_never_ran_says_what_to_do(lab):
    with pytest.raises(LearnerError, match="order 1001 has not run under orchestration"):
        lab.measurements("1001", "1002")


def test_a_load_at_no_rate_is_refused_and_one_whose_orders_never_end_says_so(lab):
    for rates in ((), (0,), (True,)):
        with pytest.raises(LearnerError, match="rates are"):
            lab.under_load({"orchestration": print}, rates)
    with pytest.raises(LearnerError, match="did not finish"):
        lab.under_load({"orchestration": lambda order_id: None}, (1.0,))
    assert lab.clock.now == 0 and not lab.history().of("accepted")


def test_a_fault_of_no_kind_is_explained(lab):
    with pytest.raises(DefinitionError, match="there is no fault 'outage'"):
        lab.inject(Fault("outage", "warehouse"))
    assert still_usable(lab)


def test_a_participant_without_a_lab_says_to_open_one(lab):
    from sagalab.participants import open_door, order_book

    open_door(None)
    with pytest.raises(SagalabError, match=r"lab = Lab\(\)"):
        order_book.get("1001")


def test_a_handler_may_read_its_environment_as_on_aws(lab):
    source = "import os\ndef run(event, context):\n    return [os.environ['QUEUE'], os.getenv('QUEUE')]"
    arn = deploy(lab, source, Environment={"Variables": {"QUEUE": "orders"}})
    answer = boto3.client("lambda").invoke(FunctionName=arn, Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == ["orders", "orders"]


def test_the_same_cells_give_the_same_history(lab):
    def story():
        lab.reset()
        assert still_usable(lab)
        return lab.history().text()

    assert story() == story()


def test_what_is_deployed_can_be_read_without_time_passing(lab):
    deploy(lab)
    before = lab.clock.now
    assert [function.name for function in lab.deployment().functions] == ["charge"] and lab.clock.now == before


def test_a_lab_shows_what_an_operator_sees(lab):
    url = boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody="one")
    deploy(lab)
    assert lab.signals().queue("orders").visible == 1
    assert lab.signals().function("charge").errors == 0
