"""What the tests share: how Hypothesis runs, and where larger data may be found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "default",
    deadline=None,
    database=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
        HealthCheck.function_scoped_fixture,  # those used only patch, for the whole test
    ],
)
settings.load_profile("default")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of labelled texts that lies beside the project on some machines."""
    path = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    if not (path / "open").is_dir():
        pytest.skip("the labelled texts, ../shared/data, are not on this machine")
    return path
