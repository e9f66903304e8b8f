"""What Jira's original estimate says beside the hours that were logged."""

from dataclasses import dataclass

from worklogs import charts


@dataclass(frozen=True)
class Estimate:
    """`seconds` were thought to be enough, `logged` is of all time; `issues` counts the estimates that were added up
    for an epic that has none of its own, and is 0 where it has."""

    seconds: int
    logged: int
    issues: int = 0

    @property
    def share(self) -> float:
        return self.logged / self.seconds

    @property
    def left(self) -> int:
        """Below 0 once more was logged."""
        return self.seconds - self.logged

    @property
    def over(self) -> int:
        return max(-self.left, 0)

    @property
    def width(self) -> str:
        """Of the logged hours, in a bar that the larger of both fills."""
        return charts.percent(min(100 * self.share, 100))

    @property
    def mark(self) -> str:
        """Where in that bar the estimate was reached; empty while it was not."""
        return charts.percent(100 / self.share) if self.over else ""


def estimate_of(own: int | None, logged: int, below: int | None = None, issues: int = 0) -> Estimate | None:
    """The own estimate; else what is below it comes to; None where nobody estimated anything."""
    if own:
        return Estimate(own, logged)
    return Estimate(below, logged, issues) if below else None
