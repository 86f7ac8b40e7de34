"""IAM: roles take the policies that AWS manages; who may do what is not checked here.

What AWS does: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagalab.aws.current import cloud

MANAGED = "arn:aws:iam::aws:policy/"


def _managed_policies() -> None:
    """AWS has a thousand policies of its own to attach; moto has none unless it reads them all, which takes seconds.

    Here each one is there, and empty, once it is named. Seam: `IAMBackend.attach_role_policy`.
    """
    from moto.iam.models import AWSManagedPolicy, IAMBackend

    original = IAMBackend.attach_role_policy

    def attach_role_policy(backend: Any, policy_arn: str, role_name: str) -> Any:
        if policy_arn.startswith(MANAGED) and policy_arn not in backend.managed_policies:
            path, _, name = policy_arn.removeprefix(MANAGED.removesuffix("/")).rpartition("/")
            moment = f"{cloud().clock.instant:%Y-%m-%dT%H:%M:%S+00:00}"
            document = {"Version": "2012-10-17", "Statement": []}
            data = {
                "Arn": policy_arn, "Path": f"{path}/", "DefaultVersionId": "v1", "CreateDate": moment,
                "UpdateDate": moment, "Document": document,
            }  # fmt: skip
            made = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
            backend.managed_policies[policy_arn] = made
        return original(backend, policy_arn, role_name)

    IAMBackend.attach_role_policy = attach_role_policy


PATCHES: tuple[Callable[[], None], ...] = (_managed_policies,)
