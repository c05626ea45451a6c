"""The default SLA policy, read from the service's data file."""

from functools import lru_cache
from importlib import resources

import yaml

from services.routing.domain.sla_policy import SlaPolicy, policy_of


@lru_cache(maxsize=1)
def default_policy() -> SlaPolicy:
    """The policy of `data/sla_policy.yaml`. Raises InvalidPolicyError."""
    text = resources.files("services.routing").joinpath("data", "sla_policy.yaml").read_text(encoding="utf-8")
    return policy_of(yaml.safe_load(text))
