"""What somebody once thought the work would take: of most epics and issues, mostly too little."""

from collections import Counter
from random import Random

from integrations.simulator.entities import SimIssue
from integrations.simulator.instance import SimInstance

HOUR = 3600
ESTIMATED = 0.7  # of epics and issues; the others have none
STEPS = ((40 * HOUR, HOUR), (200 * HOUR, 8 * HOUR))  # up to so much, people guess in such steps
COARSEST = 40 * HOUR


def estimate(instance: SimInstance, random: Random) -> None:
    """Sets the estimates of an instance whose worklogs are there; initiatives have none."""
    logged = Counter[SimIssue]()
    for worklog in instance.worklogs.values():
        logged[worklog.issue] += worklog.seconds
        if worklog.issue.epic:
            logged[worklog.issue.epic] += worklog.seconds
    for issue in instance.issues.values():
        guess, is_told = random.uniform(0.6, 1.6), random.random() < ESTIMATED
        if issue.type.level <= 1 and is_told:
            issue.estimate_seconds = rounded(round(max(logged[issue], 2 * HOUR) * guess))


def rounded(seconds: int) -> int:
    step = next((step for most, step in STEPS if seconds <= most), COARSEST)
    return max(round(seconds / step), 1) * step
