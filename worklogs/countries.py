"""The countries whose public holidays the `holidays` library knows."""

import re
import unicodedata
from functools import cache

from django.utils.translation import pgettext
from holidays.registry import COUNTRIES

JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])")


@cache
def english_names() -> dict[str, str]:
    """By their ISO 3166-1 alpha-2 code. They are texts of the catalogues, which take them from here."""
    return {codes[0]: JOINT.sub(" ", name) for name, *codes in COUNTRIES.values()}


def countries() -> dict[str, str]:
    """Names in the reader's language by their code, in the order of the names."""
    names = {code: pgettext("country", name) for code, name in english_names().items()}
    return dict(sorted(names.items(), key=lambda item: unicodedata.normalize("NFKD", item[1])))
