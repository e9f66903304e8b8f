"""Tokens typed into a form that was not accepted, kept for its next try so that nothing is pasted twice.

They lie encrypted in the session of whoever typed them, for some minutes, and are never sent back to the browser.
"""

import time
from collections.abc import Mapping

from django.contrib.sessions.backends.base import SessionBase

from integrations.secrets import UnreadableSecret, decrypt, encrypt

KEY = "typed tokens"
KEPT_SECONDS = 10 * 60
LONGEST_TOKEN = 4000


def keep(session: SessionBase, tokens: Mapping[str, str]) -> None:
    """Beside those that are kept already; of a name the last one counts."""
    typed = {name: token for name, token in tokens.items() if token and len(token) <= LONGEST_TOKEN}
    if typed:
        encrypted = {name: encrypt(token) for name, token in (kept(session) | typed).items()}
        session[KEY] = {"until": time.time() + KEPT_SECONDS, "tokens": encrypted}


def kept(session: SessionBase) -> dict[str, str]:
    """Nothing of another company: its key is another one."""
    stored = session.get(KEY)
    if not stored or stored["until"] < time.time():
        return {}
    try:
        return {name: decrypt(token) for name, token in stored["tokens"].items()}
    except UnreadableSecret:
        return {}


def forget(session: SessionBase, *names: str) -> None:
    """Those, or all."""
    stored = session.pop(KEY, None)
    left = {name: token for name, token in stored["tokens"].items() if name not in names} if stored and names else {}
    if left:
        session[KEY] = stored | {"tokens": left}
