"""Of which domain a session's sign-in is: what somebody vouches for, and not what the address looks like.

Google vouches by `hd`, which private accounts lack whatever their address; the operator's link and the demo vouch for
the user's own address.
"""

from django.http import HttpRequest

from accounts.models import Company, User

HOSTED_DOMAIN = "hosted_domain"  # in the session


def remember(request: HttpRequest, domain: str) -> None:
    request.session[HOSTED_DOMAIN] = domain.lower()


def hosted_domain(request: HttpRequest) -> str:
    """Empty when nobody vouches for one, as in a session that is older than this rule."""
    return str(request.session.get(HOSTED_DOMAIN, ""))


def domain_of(user: User) -> str:
    return user.email.rpartition("@")[2]


def lets_in(company: Company, domain: str) -> bool:
    """Whether the company is open to a sign-in of this domain; one without a rule is open to all."""
    return company.allows(f"@{domain}")
