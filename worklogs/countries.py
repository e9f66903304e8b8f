"""The countries whose public holidays the `holidays` library knows."""

import re
from functools import cache

from django.utils.translation import pgettext
from holidays.registry import COUNTRIES

from worklogs.folding import sort_key

JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])")


@cache
def english_names() -> dict[str, str]:
    """As the library spells them, by their ISO 3166-1 alpha-2 code. The catalogues, the English one too, have Unicode's
    names for them."""
    return {codes[0]: JOINT.sub(" ", name) for name, *codes in COUNTRIES.values()}


def countries() -> dict[str, str]:
    """Names in the reader's language by their code, in the order of the names."""
    names = {code: pgettext("country", name) for code, name in english_names().items()}
    return dict(sorted(names.items(), key=lambda item: sort_key(item[1])))
