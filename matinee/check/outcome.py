"""What one check found, and how a check that raises becomes one."""

from collections.abc import Callable
from typing import Any

import msgspec

from matinee.faults import Fault, in_one_line, of_os


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    ok: bool
    detail: str
    mend: str = ""

    def line(self) -> str:
        words = f"{self.detail}; {self.mend}" if self.mend else self.detail
        return f"{'ok  ' if self.ok else 'FAIL'}  {self.name}: {words}"


def tried(name: str, check: Callable[[], str], mend: str = "") -> Outcome:
    """Run `check`; what it returns is the detail. A `Fault` brings its own mend, anything else gets `mend`."""
    try:
        return Outcome(name=name, ok=True, detail=check())
    except Fault as fault:
        return Outcome(name=name, ok=False, detail=fault.message, mend=fault.mend or mend)
    except OSError as error:
        known = of_os(error)
        return Outcome(name=name, ok=False, detail=known.message, mend=mend or known.mend)
    except Exception as error:  # noqa: BLE001 - a check that fails in an unforeseen way has still found something
        return Outcome(name=name, ok=False, detail=in_one_line(error), mend=mend)


def as_json(outcomes: list[Outcome]) -> bytes:
    """One JSON object: `{"ok": …, "checks": [{name, ok, detail, mend?}, …]}`."""
    document: dict[str, Any] = {"ok": all(outcome.ok for outcome in outcomes), "checks": outcomes}
    return msgspec.json.encode(document)
