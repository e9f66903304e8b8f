"""The simulated vendors' clock: the machine's own, or one that tests hold still and move on."""

from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self, now: datetime | None = None) -> None:
        """Without `now` it follows the machine."""
        self._still_at = now

    def now(self) -> datetime:
        return self._still_at or datetime.now(UTC)

    def set(self, now: datetime) -> None:
        self._still_at = now.astimezone(UTC)

    def follow_the_machine(self) -> None:
        self._still_at = None

    def advance(self, seconds: float) -> None:
        self.set(self.now() + timedelta(seconds=seconds))


def milliseconds(moment: datetime) -> int:
    # By integers: float seconds lose a millisecond now and then, and the feeds are paged by this number.
    return (moment - EPOCH) // ONE_MILLISECOND


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_MILLISECOND = timedelta(milliseconds=1)
