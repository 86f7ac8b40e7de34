"""What a submission defines, brought together as a claim."""

import pytest
from pydantic import ValidationError

from sagalab.deployment import Deployment
from sagalab.evidence import MAX_TEXT, Evidence, gather
from sagalab.magics import diagrams
from tests.sagalab.test_recovery import GOOD


@pytest.fixture(autouse=True)
def _no_diagrams():
    diagrams.clear()
    yield
    diagrams.clear()


def failing():
    raise RuntimeError("the cloud is gone")


def test_a_blank_notebook_brings_empty_evidence_and_says_why():
    evidence = gather({}, None)
    assert evidence.defined == [] and evidence.plans == [] and evidence.deployment == Deployment()
    assert "it has no `lab = Lab()`" in evidence.problems[0]


def test_a_cloud_that_cannot_be_read_is_a_problem_in_words():
    assert gather({}, failing).problems == ["what is deployed could not be read: RuntimeError: the cloud is gone"]


def test_what_is_defined_is_listed_by_name():
    namespace = {"start_workflow": print, "stuck_orders": print, "helper": print}
    assert gather(namespace, Deployment).defined == ["start_workflow", "stuck_orders"]


def test_plans_travel_as_data_and_one_plan_counts_as_a_list():
    from sagalab import RecoveryPlan

    plan = RecoveryPlan(**GOOD)
    namespace = {"recovery_plans": plan}
    assert gather(namespace, Deployment).plans == [plan.to_json()] and namespace["recovery_plans"] == [plan]


@pytest.mark.parametrize(
    ("plans", "words"),
    [
        ("restart it", "and is a str"),
        ([{"approach": "choreography"}], "and number 1 is a dict"),
        (5, "and is a int"),
        (None, "and is a NoneType"),
    ],
)
def test_plans_of_another_shape_are_a_problem_in_words(plans, words):
    evidence = gather({"recovery_plans": plans}, Deployment)
    assert evidence.plans == []
    assert evidence.problems == [f"recovery_plans must be a list of RecoveryPlan(...), {words}"]


def test_a_list_that_holds_itself_is_a_problem_in_words():
    from sagalab import RecoveryPlan

    plans = [RecoveryPlan(**GOOD)]
    plans.append(plans)
    evidence = gather({"recovery_plans": plans}, Deployment)
    assert evidence.plans == [] and evidence.problems[0].endswith("and number 2 is a list")


def test_a_recommendation_of_another_shape_is_a_problem_in_words():
    evidence = gather({"recommendation": "orchestration"}, Deployment)
    assert evidence.recommendation is None and "must be a Recommendation" in evidence.problems[0]


def test_a_diagram_s_source_is_kept_and_bounded():
    diagrams["orchestration"] = "x" * (MAX_TEXT + 5)
    assert len(gather({}, Deployment).diagrams["orchestration"]) == MAX_TEXT


def test_a_claim_with_more_than_evidence_is_refused():
    with pytest.raises(ValidationError):
        Evidence.model_validate({"score": 100})


def test_recommendations_by_name_travel_as_data_and_anything_else_is_left_out():
    from tests.criteria.test_pitfalls import GOOD as ADVICE

    evidence = gather({"recommendations": {**ADVICE, "other": 3}}, Deployment)
    assert evidence.recommendations == {name: advice.to_json() for name, advice in ADVICE.items()}
    assert gather({"recommendations": [1]}, Deployment).recommendations == {}
