"""Asks for a page as one of the cast and leaves no trace, so that every answer is the first one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache as counts
from django.db import transaction
from django.http import HttpRequest
from django.test import Client

from accounts.middleware import ACTS_FOR
from accounts.models import Company, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# In every answer another.
ANEW = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|"csrfToken": ?"\w+"|<code>[0-9a-f]{16}</code>')

OF_EACH = {"X-Request-ID", "ETag", "Expires", "Content-Length"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.headers}\n{self.body}"

    def less(self, *values: object) -> "Answer":
        """Without what was asked for, which an answer may repeat."""
        headers, body = self.headers, self.body
        for value in values:
            headers, body = headers.replace(str(value), "#"), body.replace(str(value), "#")
        return Answer(self.status, headers, body)


@cache
def browser() -> Client:
    """One for all: each new one loads the middleware anew, which takes WhiteNoise longer than a hundred pages."""
    return Client(raise_request_exception=False)


def superuser(acts_for: Company | None) -> User:
    """Of the platform, a member of no company, in whose session one was chosen or none."""
    user = User.objects.create_user("root@platform.example", is_superuser=True, is_staff=True)
    user.acts_for = acts_for  # type: ignore[attr-defined]
    return user


def browser_of(user: User | None) -> Client:
    """Signed in once: what each request leaves is taken back, the sign-in is not."""
    client = browser()
    client.cookies.clear()
    if user is None:
        return client
    if not hasattr(user, "session_key"):
        client.force_login(user, backend=BACKEND)
        if company := getattr(user, "acts_for", None):
            session = client.session
            session[ACTS_FOR] = company.pk
            session.save()
        user.session_key = client.cookies[settings.SESSION_COOKIE_NAME].value  # type: ignore[attr-defined]
        client.cookies.clear()
    client.cookies[settings.SESSION_COOKIE_NAME] = user.session_key  # type: ignore[attr-defined]
    return client


def messages_in(cookie: str) -> str:
    storage: Any = CookieStorage(HttpRequest())
    return str([str(each) for each in storage._decode(cookie) or ()])


def ask(
    user: User | None,
    method: str,
    path: str,
    asked: dict[str, Any] | None = None,
    *,
    then: Callable[[], None] | None = None,
) -> Answer:
    """`method` is GET, POST or HTMX, which is a GET for a fragment. `then` looks at what the request has left."""
    counts.clear()  # limits count from the start
    client = browser_of(user)
    with transaction.atomic():
        if method == "POST":
            response = client.post(path, asked)
        else:
            response = client.get(path, asked, headers={"HX-Request": "true"} if method == "HTMX" else {})
        pieces: Any = response  # a streaming one has no content
        whole = b"".join(pieces.streaming_content) if response.streaming else response.content
        if then:
            then()
        transaction.set_rollback(True)
    told = {name: value for name, value in response.headers.items() if name not in OF_EACH}
    cookies = {name: each.value for name, each in response.cookies.items() if name not in ("csrftoken", "sessionid")}
    if "messages" in cookies:  # signed, so that another text is another signature
        cookies["messages"] = messages_in(cookies["messages"])
    # How htmx is sent elsewhere: nothing but the header, which counts as the redirect that it is.
    status = 302 if "HX-Redirect" in told and not whole else response.status_code
    return Answer(status, f"{told}\n{cookies}", ANEW.sub("", whole.decode(errors="replace")))
