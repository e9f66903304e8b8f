"""Failures on demand: `429:every=20,retry_after=1;reset:match=/worklog/,times=3`.

Kinds: 401, 403, 404, 429, 500, 502, 503 (answers), reset (connection), slow, truncated, html (200 with a login page),
empty (200 without what was asked for). Options: every=N (of the requests that match), after=N (leave the first alone),
times=N (then stop), match=TEXT (in the path and query), instance=NAME, retry_after=SECONDS, seconds=N (of slow).
"""

from dataclasses import dataclass
from threading import Lock

KINDS = ("401", "403", "404", "429", "500", "502", "503", "reset", "slow", "truncated", "html", "empty")
WHOLE = ("every", "after", "times")
SECONDS = ("retry_after", "seconds")
TEXTS = ("match", "instance")


class FaultSyntaxError(ValueError):
    """The specification of the faults cannot be understood."""


@dataclass(frozen=True)
class Fault:
    kind: str
    every: int = 1
    after: int = 0
    times: int | None = None
    match: str = ""
    instance: str = ""
    retry_after: float | None = None
    seconds: float = 2.0

    def concerns(self, instance: str, target: str) -> bool:
        return self.match in target and self.instance in ("", instance)

    def strikes(self, request_number: int) -> bool:
        """Of the requests that it concerns, counted from 1."""
        number = request_number - self.after
        return number > 0 and number % self.every == 0 and (self.times is None or number // self.every <= self.times)


class FaultPlan:
    """Counts requests; safe to ask from several threads."""

    def __init__(self, specification: str = "") -> None:
        self._lock = Lock()
        self.replace(specification)

    def replace(self, specification: str) -> None:
        faults = parse(specification)
        with self._lock:
            self.faults = faults
            self._counts = [0] * len(faults)

    def next(self, instance: str, target: str) -> Fault | None:
        """What happens to this request: the first fault that strikes; every fault counts it."""
        struck = None
        with self._lock:
            for position, fault in enumerate(self.faults):
                if fault.concerns(instance, target):
                    self._counts[position] += 1
                    if struck is None and fault.strikes(self._counts[position]):
                        struck = fault
        return struck


def parse(specification: str) -> tuple[Fault, ...]:
    return tuple(_fault(part.strip()) for part in specification.split(";") if part.strip())


def _fault(part: str) -> Fault:
    kind, _, rest = part.partition(":")
    if kind not in KINDS:
        raise FaultSyntaxError(f"'{kind}' is not a fault. There are: {', '.join(KINDS)}.")
    options: dict[str, int | float | str] = {}
    for option in filter(None, rest.split(",")):
        name, equals, value = option.strip().partition("=")
        if not equals or name not in (*WHOLE, *SECONDS, *TEXTS):
            raise FaultSyntaxError(f"'{option}' is not an option. There are: {', '.join((*WHOLE, *SECONDS, *TEXTS))}.")
        options[name] = _value(name, value)
    return Fault(kind, **options)  # type: ignore[arg-type]  # _value gives each name its type


def _value(name: str, value: str) -> int | float | str:
    if name in TEXTS:
        return value
    try:
        number = int(value) if name in WHOLE else float(value)
    except ValueError:
        raise FaultSyntaxError(f"'{name}={value}': a number was expected.") from None
    if number < (1 if name == "every" else 0):
        raise FaultSyntaxError(f"'{name}={value}': too small.")
    return number
