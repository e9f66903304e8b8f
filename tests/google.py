"""An OpenID provider on loopback in Google's place, and sign-in through it without a browser."""

from typing import Any

import requests
from django.test import Client

from tests.environment import GOOGLE_PORT

PROVIDER = f"http://localhost:{GOOGLE_PORT}"


def account(sub: str, email: str, **claims: Any) -> None:
    """What the provider says of this account from now on."""
    told = {"email": email, "email_verified": True, "name": f"Someone {sub}"} | claims
    requests.put(f"{PROVIDER}/users/{sub}", json=told, timeout=10).raise_for_status()


def sign_in(client: Client, sub: str, **posted: str) -> Any:
    """Our answer to whom the provider sends back."""
    asked = client.post("/accounts/google/login/", posted)["Location"]
    answer = requests.post(asked, data={"sub": sub}, allow_redirects=False, timeout=10)
    return client.get(answer.headers["Location"].removeprefix("http://testserver"))
