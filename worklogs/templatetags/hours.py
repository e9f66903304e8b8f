"""How figures, ages and links are written in templates."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from worklogs.charts import Column
from worklogs.filters import CONDITIONS
from worklogs.hours import DEFAULT_FORMAT, formatted, in_figures, in_percent
from worklogs.sync_words import in_readers_words

register = template.Library()

UNKNOWN = "–"


@register.filter
def hours(seconds: int | None, style: str = DEFAULT_FORMAT) -> str:
    return UNKNOWN if seconds is None else formatted(seconds, style or DEFAULT_FORMAT)


@register.filter
def hours_change(seconds: int | None, style: str = DEFAULT_FORMAT) -> str:
    """With its sign: +12:30."""
    return f"+{hours(seconds, style)}" if seconds and seconds > 0 else hours(seconds, style)


@register.filter
def number(value: float | None) -> str:
    return UNKNOWN if value is None else in_figures(f"{value:,}")


@register.filter
def percent(share: float | None) -> str:
    """A share of 1: 82.4%."""
    return UNKNOWN if share is None else in_percent(share)


@register.filter
def of_hundred(points: int) -> str:
    """Whole points of a hundred: 25%."""
    return in_percent(points / 100, 0)


@register.filter
def change(ratio: float | None) -> str:
    """+6.5%; what was nothing before cannot be compared, and what was next to nothing only says > +999%."""
    if ratio is not None and ratio > 9.99:
        return f"> +{in_percent(9.99, 0)}"
    text = percent(ratio)
    return f"+{text}" if ratio is not None and round(100 * ratio, 1) > 0 else text


@register.filter
def told(text: str) -> str:
    """What a sync tells, in the reader's language."""
    return in_readers_words(text)


@register.filter
def age(moment: datetime | None) -> str:
    """6 min, 2 h, 3 d; the past only, so a clock that runs ahead says "now"."""
    if moment is None:
        return UNKNOWN
    minutes = int((timezone.now() - moment).total_seconds() // 60)
    if minutes < 1:
        return _("now")
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(n)s h") % {"n": minutes // 60}
    return _("%(n)s d") % {"n": in_figures(f"{minutes // 1440:,}")}


@register.filter
def duration(span: timedelta | None) -> str:
    """0:42, 12:05 or 1:02:33: minutes and seconds, with hours in front where there are any."""
    if span is None:
        return UNKNOWN
    minutes, seconds = divmod(max(int(span.total_seconds()), 0), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"


@register.filter
def tooltip(column: Column, style: str) -> str:
    """Rows of label, value and swatch for tooltips.js: one of the column, then one of each series in it."""
    rows = [f"{column.name}|{formatted(column.seconds, style)}"]
    rows += [f"{_in_one_cell(each.label)}|{formatted(each.seconds, style)}|{each.swatch}" for each in column.amounts]
    return "\n".join(rows)


def _in_one_cell(label: str) -> str:
    """A name without the signs that part the rows and cells of a tooltip."""
    return " ".join(label.split()).replace("|", "¦")


@register.filter
def made_of(column: Column, style: str) -> str:
    """Helvia Bank 1:00, Civitas 0:30."""
    return ", ".join(f"{each.label} {formatted(each.seconds, style)}" for each in column.amounts)


def _lasting(context: dict[str, Any]) -> QueryDict:
    """This page's query, less the worklog that stands open beside the list: no link carries it on."""
    kept: QueryDict = context["request"].GET.copy()
    kept.pop("open", None)
    return kept


def _replaced(context: dict[str, Any], parts: dict[str, Any]) -> QueryDict:
    kept = _lasting(context)
    for name, value in parts.items():
        name = name.rstrip("_").replace("_", "-")  # `from` is a keyword: {% query from_=day at_least=None %}
        if value is None:
            kept.pop(name, None)
        elif isinstance(value, list | tuple):
            kept.setlist(name, [str(each) for each in value])
        else:
            kept[name] = str(value)
    return kept


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **parts: Any) -> str:
    """This page's query string with parts replaced, or removed by None: `?from=2026-10-01&page=2`, or `?`."""
    return "?" + _replaced(context, parts).urlencode()


@register.simple_tag(takes_context=True)
def carried_with(context: dict[str, Any], **parts: str) -> str:
    """What the links of this page carry on, beside these parts: `?view=none&period=last-week`."""
    return "?" + urlencode([*parts.items(), *context["carried"]])


@register.simple_tag(takes_context=True)
def query_without(context: dict[str, Any], name: str, value: str = "") -> str:
    """This page's query string from its first page on, without one value of a name, or without all of them."""
    kept = _lasting(context)
    kept.setlist(name, [each for each in kept.getlist(name) if value and each != value])
    kept.pop("after", None)
    return "?" + kept.urlencode()


@register.simple_tag(takes_context=True)
def query_without_conditions(context: dict[str, Any]) -> str:
    """This page's query string from its first page on, without any condition of the filter."""
    return "?" + _replaced(context, dict.fromkeys((*CONDITIONS, "after"))).urlencode()


@register.simple_tag(takes_context=True)
def hidden_query(context: dict[str, Any], *without: str) -> SafeString:
    """This page's query as hidden inputs, less the names that the form asks for itself."""
    lists = _lasting(context).lists()
    pairs = [(name, value) for name, values in lists if name not in without for value in values if value]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)
