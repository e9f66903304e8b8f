"""Takes the place of Django's `date` in every template, so that each writes days as the language does."""

from typing import Any

from django import template

from accounts.dates import date_format

register = template.Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, pattern: str | None = None) -> str:
    try:
        return date_format(value, pattern or "DATE_FORMAT") if value else ""
    except AttributeError:  # what is no day says nothing, as with Django's
        return ""
