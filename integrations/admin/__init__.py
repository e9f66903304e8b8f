"""Settings about instances and about what is created on them. One module a concept."""

from integrations.admin import instances, packages

__all__ = ["instances", "packages"]
