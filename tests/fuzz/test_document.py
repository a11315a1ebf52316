"""Schemathesis over the whole document against a running system: cases that fit the document, and cases that do not.

Whatever is sent: no reply is a 5xx, of a status that is not described, of another type or off its schema.
"""

import json
import time
from collections import Counter
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.callers import Callers
from tests.running_system import RunningSystem

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
SWITCHES = ("/admin/maintenance", "/admin/settings", "/role")
"""What these do is done to everybody who calls after them: staff themselves do not send cases to them, nor make others
staff, who would."""
RENEW = 200
BOUND_SECONDS = 1800.0
REFUSED = 400
GIVEN_UP = "mail given up"
"""What is logged of an address that somebody made up: their fault, and the operator's to know."""

pytestmark = [pytest.mark.integration, pytest.mark.fuzz]


@pytest.mark.parametrize("cases", [1_000, pytest.param(50_000, marks=pytest.mark.long)])
def test_no_case_gets_an_answer_that_is_not_described(system: RunningSystem, callers: Callers, cases: int) -> None:
    document = requests.get(f"{system.url}/api/v1/openapi.json", timeout=30).json()
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    run = Run(system, callers)
    started = time.monotonic()
    each = -(-cases // (len(operations) * len(MODES)))
    for operation in operations:
        for mode in MODES:
            run.send(operation, mode, each)
        assert time.monotonic() - started < BOUND_SECONDS, f"{run.sent} cases in {BOUND_SECONDS:.0f} s"
    seconds = time.monotonic() - started
    statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(run.statuses.items()))
    print(
        f"\n{run.sent:,} cases over {len(operations)} operations in {seconds:.0f} s ({statuses}); faults: {len(run.faults)}"
    )
    assert run.faults == [], "\n\n".join(run.faults[:20])
    assert run.sent >= cases
    assert faults_logged(system) == []


class Run:
    """Sends cases and notes what should not have come back."""

    def __init__(self, system: RunningSystem, callers: Callers) -> None:
        self._system = system
        self._callers = callers
        self.sent = 0
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []

    def send(self, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, cases: int) -> None:
        """Send so many different cases of one operation, or a few less where there are not so many."""
        sent_before = self.sent

        @settings(
            max_examples=cases,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def one(case: Case) -> None:
            self.case(case, operation)

        try:
            one()
        except Unsatisfiable as nothing:
            assert mode is GenerationMode.NEGATIVE, nothing  # noqa: PT017 - nothing of it can be wrong
        while self.sent - sent_before < cases:
            self.case(operation.Case(), operation)

    def case(self, case: Case, operation: APIOperation[Any, Any, Any, Any]) -> None:
        callers = self._callers
        caller = callers.pick()
        if caller == "staff" and operation.path.endswith(SWITCHES):
            caller = "ann"
        for name in case.path_parameters or {}:
            real = callers.some(name) if callers.chance(0.7) else None
            if real is not None:
                case.path_parameters[name] = real
        if callers.chance(0.9):
            case.headers.pop("Authorization", None)
            case.headers.update(callers.bearer(caller))
        case.headers.update(callers.elsewhere())
        response = case.call(base_url=self._system.url, session=callers.session, timeout=30, allow_redirects=False)
        self.sent += 1
        self.statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except (Failure, FailureGroup) as failed:
            self.faults.append(f"{operation.label} as {caller}: {failed}"[:1500])
        if response.status_code < REFUSED and "application/json" in (response.headers.get("content-type") or ()):
            callers.learn(operation.path, response.json())
        if self.sent % RENEW == 0:
            callers.renew()


def faults_logged(system: RunningSystem) -> list[str]:
    """List what the system logged as a fault of its own, and not of a caller."""
    lines = (json.loads(line) for line in system.error_log.read_text().splitlines() if line.startswith("{"))
    return [str(line)[:500] for line in lines if line["level"] in {"error", "critical"} and line["event"] != GIVEN_UP]


def test_a_reply_off_its_schema_is_caught(system: RunningSystem, callers: Callers) -> None:
    document = requests.get(f"{system.url}/api/v1/openapi.json", timeout=30).json()
    document["components"]["schemas"]["VersionView"]["required"].append("colour")
    run = Run(system, callers)
    run.send(schemathesis.openapi.from_dict(document)["/api/v1/version"]["GET"], GenerationMode.POSITIVE, 3)
    assert run.faults  # a case with If-None-Match may have been told 304, which has no body
