"""How instances are reached, what reading them did, and what is created on them. One module a concept."""

from integrations.models.credentials import Credential, JiraCredential, TempoCredential
from integrations.models.packages import PackageElement, PackageInstance, PackageTemplate
from integrations.models.runs import LEASE, Cursor, Feed, SyncChange, SyncRun, SyncSchedule

__all__ = [
    "LEASE",
    "Credential",
    "Cursor",
    "Feed",
    "JiraCredential",
    "PackageElement",
    "PackageInstance",
    "PackageTemplate",
    "SyncChange",
    "SyncRun",
    "SyncSchedule",
    "TempoCredential",
]
