"""The naive design before the judge: the table that feedback compares with is what it really scores."""

from __future__ import annotations

import pytest

from sagalab.learner.naive import naive_fractions
from tests.submissions.naive import scored


@pytest.mark.prove
@pytest.mark.parametrize("seed", ["the naive design", "another seed"])
def test_the_naive_design_scores_what_learners_are_told(seed: str) -> None:
    assert scored(seed) == naive_fractions()
