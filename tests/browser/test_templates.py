"""Rules that a reviewer would otherwise have to look for in every template."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string

ROOT = Path(__file__).resolve().parent.parent.parent / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html"))


def name_of(template: Path) -> str:
    return str(template.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_can_be_read_and_keeps_to_the_content_security_policy(template: Path) -> None:
    get_template(name_of(template))
    inline = re.findall(
        r"\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)|<style|javascript:|\bhx-on\b", template.read_text()
    )
    assert inline == []


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    text = "\n".join(template.read_text() for template in TEMPLATES)
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', text))
    used = set(re.findall(r'href="#i-([\w-]+)"', text))
    assert used - drawn == set()


def test_the_page_of_a_failure_needs_no_request_and_no_database() -> None:
    assert "Something went wrong" in render_to_string("500.html")
