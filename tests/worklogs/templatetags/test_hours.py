from datetime import timedelta

import pytest
from babel import Locale
from babel.numbers import format_percent
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override

from worklogs.charts import Amount, Column, ColumnChart, Part, ticks
from worklogs.templatetags import hours as tags


def rendered(source: str, path: str = "/", **context: object) -> str:
    request = RequestFactory().get(path)
    return Template("{% load hours %}" + source).render(Context({"request": request, **context}))


@pytest.mark.parametrize(
    ("style", "text"),
    [("h:mm", "3,909:15"), ("decimal", "3,909.25"), ("words", "3,909h 15m"), ("days", "488.66 d"), ("", "3,909:15")],
)
def test_hours_are_written_in_the_chosen_format(style: str, text: str) -> None:
    assert rendered("{{ seconds|hours:style }}", seconds=14_073_300, style=style) == text


def test_unknown_figures_are_a_dash_and_never_a_nought() -> None:
    source = "{{ x|hours }} {{ x|number }} {{ x|percent }} {{ x|change }} {{ x|age }} {{ x|duration }}"
    assert rendered(source, x=None) == "– – – – – –"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.065, "+6.5%"),
        (-0.067, "−6.7%"),
        (0.0, "0.0%"),
        (-0.0001, "0.0%"),
        (0.0001, "0.0%"),
    ],
)
def test_a_change_has_a_sign_unless_it_rounds_to_nothing(ratio: float, text: str) -> None:
    assert tags.change(ratio) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=6), "6 min"),
        (timedelta(minutes=60), "1 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 d"),
    ],
)
def test_an_age_is_told_in_its_largest_sensible_unit(ago: timedelta, text: str) -> None:
    assert tags.age(timezone.now() - ago) == text


def test_a_duration_has_hours_only_where_there_are_any() -> None:
    spans = [timedelta(seconds=42), timedelta(minutes=12, seconds=5), timedelta(hours=1, minutes=2, seconds=33)]
    assert [tags.duration(span) for span in spans] == ["0:42", "12:05", "1:02:33"]


def test_a_link_keeps_the_rest_of_the_query() -> None:
    link = rendered("{% query sort='-hours' after=None as link %}{{ link|safe }}", "/?team=a&team=b&after=9&q=x+y")
    assert link == "?team=a&team=b&q=x+y&sort=-hours"


def test_a_link_can_name_a_parameter_that_is_a_keyword_of_python() -> None:
    assert rendered("{% query from_='2026-10-01' as link %}{{ link|safe }}", "/?from=2020-01-01") == "?from=2026-10-01"


def test_what_a_link_carries_is_escaped() -> None:
    link = rendered('<a href="{% query page=2 %}">', "/?q=%22%3E%3Cscript%3E&b=1")
    assert link == '<a href="?q=%22%3E%3Cscript%3E&amp;b=1&amp;page=2">'


def test_a_form_carries_the_rest_of_the_query_and_escapes_it() -> None:
    source = "{% hidden_query 'q' 'after' %}"
    fields = rendered(source, "/?q=gone&after=9&team=a&team=b&person=&epic=%22%3E%3Cb%3E")
    assert fields == (
        '<input type="hidden" name="team" value="a"><input type="hidden" name="team" value="b">'
        '<input type="hidden" name="epic" value="&quot;&gt;&lt;b&gt;">'
    )


def column(bar_x: str, *parts: Part, amounts: tuple[Amount, ...] = ()) -> Column:
    places = {name: "" for name in ("label", "sublabel", "x", "width", "centre", "shade", "query")}
    seconds = sum(amount.seconds for amount in amounts)
    return Column(
        **places,
        name="Mon 5 Oct",
        is_major=True,
        bar_x=bar_x,
        bar_width="2.1%",
        seconds=seconds,
        amounts=amounts,
        parts=parts,
    )


def test_a_tooltip_tells_the_column_and_its_series_in_the_chosen_format() -> None:
    shown = column("0%", amounts=(Amount("Helvia | Bank", 1, 3600), Amount("Civitas", 2, 1800)))
    assert tags.tooltip(shown, "h:mm") == "Mon 5 Oct|1:30\nHelvia ¦ Bank|1:00|1\nCivitas|0:30|2"
    assert tags.made_of(shown, "decimal") == "Helvia | Bank 1.00, Civitas 0.50"


def test_the_pieces_of_one_colour_are_one_path() -> None:
    chart = ColumnChart(
        (
            column("0.5%", Part("100.00", "20.00", 1), Part("90.00", "9.00", 2)),
            column("3.7%", Part("80.00", "40.00", 1)),
        ),
        ticks=(),
    )
    assert chart.paths == (
        (1, "M0.5 100.00h2.1v20.00h-2.1zM3.7 80.00h2.1v40.00h-2.1z"),
        (2, "M0.5 90.00h2.1v9.00h-2.1z"),
    )


@pytest.mark.parametrize(
    ("language", "share", "figure", "axis"),
    [
        ("en", "88.9%", "12,500:00", "12,500 h"),
        ("it", "88,9%", "12.500:00", "12.500 h"),
        ("es", "88,9\u00a0%", "12.500:00", "12.500 h"),
    ],
)
def test_figures_are_those_of_the_language(language: str, share: str, figure: str, axis: str) -> None:
    """As CLDR has them, whose data Babel brings."""
    with override(language):
        pattern = Locale(language).percent_formats[None].pattern.replace("##0", "##0.0")
        assert tags.percent(0.889) == share == format_percent(0.889, pattern, locale=language)
        assert tags.of_hundred(25) == format_percent(0.25, locale=language)
        assert tags.hours(12_500 * 3600) == figure
        assert ticks(12_500, 12_500)[-1].label == axis
