"""`/_sim/...`: how another process looks at the world and changes it. No vendor has this."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from inspect import signature
from typing import Any

from integrations.simulator.exchange import Answer, RefusedError, Request
from integrations.simulator.faults import FaultPlan, FaultSyntaxError
from integrations.simulator.instance import SimInstance, UnknownError
from integrations.simulator.world import World, accesses, roster

CHANGES: dict[str, Callable[..., Any]] = {
    "add_worklog": SimInstance.add_worklog,
    "edit_worklog": SimInstance.edit_worklog,
    "delete_worklog": SimInstance.delete_worklog,
    "move_worklog": SimInstance.move_worklog,
    "rename_issue": SimInstance.rename_issue,
    "move_issue": SimInstance.move_issue,
    "set_parent": SimInstance.set_parent,
    "delete_issue": SimInstance.delete_issue,
    "hide_project": SimInstance.hide_project,
    "hide_worklog": SimInstance.hide_worklog,
    "spoil_worklog": lambda instance, worklog_id, fields: instance.spoil_worklog(worklog_id, **fields),
    "spoil_issue": lambda instance, issue, fields: instance.spoil_issue(issue, **fields),
    "rename_project": SimInstance.rename_project,
    "rename_status": SimInstance.rename_status,
    "change_type": SimInstance.change_type,
    "change_user": SimInstance.change_user,
}
MOMENTS = ("now", "started")


class ControlApi:
    """GET accesses, roster, seconds; POST faults, clock, and CHANGES with `instance` and the method's arguments."""

    def __init__(self, world: World, faults: FaultPlan) -> None:
        self.world = world
        self.faults = faults

    def answer(self, request: Request) -> Answer:
        try:
            return Answer(payload=self._answer(request))
        except RefusedError as error:
            return Answer(error.status, {"error": error.message})
        except (UnknownError, KeyError) as error:
            return Answer(404, {"error": str(error)})
        except (FaultSyntaxError, TypeError, ValueError) as error:
            return Answer(400, {"error": str(error)})

    def _answer(self, request: Request) -> Any:
        name = request.path.removeprefix("/_sim/")
        if request.method == "GET":
            if name == "accesses":
                return [asdict(access) for access in accesses(self.world, request.root)]
            if name == "roster":
                return roster(self.world)
            if name == "seconds":
                return self._seconds(request)
        elif name == "faults":
            self.faults.replace(str(request.json().get("spec", "")))
            return {"faults": len(self.faults.faults)}
        elif name == "clock":
            return self._clock(request.json())
        elif name in CHANGES:
            return self._change(CHANGES[name], request.json())
        raise RefusedError(404, f"There is no {request.path}.")

    def _seconds(self, request: Request) -> dict[str, int]:
        first, last = date.fromisoformat(request.text("from")), date.fromisoformat(request.text("to"))
        author = request.text("author") or None
        return {"seconds": self.world.instance(request.text("instance")).seconds(first, last, author)}

    def _clock(self, body: dict[str, Any]) -> dict[str, str]:
        if "now" in body:
            self.world.clock.set(_moment(body["now"]))
        if "advance_seconds" in body:
            self.world.clock.advance(float(body["advance_seconds"]))
        return {"now": self.world.clock.now().isoformat()}

    def _change(self, change: Callable[..., Any], body: dict[str, Any]) -> dict[str, Any]:
        instance = self.world.instance(str(body.pop("instance", "")))
        arguments = {name: _moment(value) if name in MOMENTS else value for name, value in body.items()}
        signature(change).bind(instance, **arguments)  # a TypeError that names the argument, before anything changes
        changed = change(instance, **arguments)
        told = ("id", "key", "tempo_id", "worklog_id", "seconds")
        return {name: getattr(changed, name) for name in told if hasattr(changed, name)}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset from UTC")
    return moment
