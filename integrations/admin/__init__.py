"""Settings about instances. One module a concept."""

from integrations.admin import instances

__all__ = ["instances"]
