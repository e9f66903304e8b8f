"""What each role may do."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.middleware import CompanyRequest, SignedInRequest
from accounts.models import Role
from accounts.navigation import shown_page, whole_page
from accounts.second_step import has_second_step, signed_in_lately

RANK = {Role.USER: 0, Role.MANAGER: 1, Role.ADMIN: 2}

View = Callable[Concatenate[CompanyRequest, ...], HttpResponseBase]


def has_role(request: CompanyRequest, role: Role) -> bool:
    return RANK[Role(request.membership.role)] >= RANK[role]


PlainView = Callable[Concatenate[HttpRequest, ...], HttpResponseBase]
SignedInView = Callable[Concatenate[SignedInRequest, ...], HttpResponseBase]


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """And back, to the page that the browser shows: a session may end under an open page."""
    wanted = {"next": page} if (page := shown_page(request)) else {}
    return whole_page(request, f"{reverse('sign_in')}?{urlencode(wanted, safe='/')}".rstrip("?"))


def for_anyone(view: PlainView) -> PlainView:
    """The view is for strangers too: it declares so, since every view declares whom it is for."""
    view.required_role = None  # type: ignore[attr-defined]
    return view


def for_signed_in(view: SignedInView) -> SignedInView:
    """The view is for whoever has signed in, member of a company or not."""

    @wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    guarded.required_role = None  # type: ignore[attr-defined]
    return guarded


def after_recent_sign_in(view: SignedInView) -> SignedInView:
    """Else a session left open would be enough to add the first factor, and to lock its user out."""

    @wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Who has a factor is asked for it by allauth.
        if has_second_step(request.user) or signed_in_lately(request):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('sign_in')}?{urlencode({'again': '1', 'next': request.path})}")

    return guarded


def require_role(role: Role) -> Callable[[View], View]:
    """The view is for members of a company with at least this role; others sign in, or get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if request.membership is None:
                return whole_page(request, reverse("no_company"))
            if not has_role(request, role):
                raise PermissionDenied(_("This requires the role %(role)s.") % {"role": role.label})
            return view(request, *args, **kwargs)

        guarded.required_role = role  # type: ignore[attr-defined]
        return guarded

    return decorate
