"""The page of one's own account: name, companies, second step, sessions."""

from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, leaving, sessions
from accounts.limits import limited
from accounts.middleware import SignedInRequest, memberships_of
from accounts.models import Membership, User
from accounts.navigation import safe_next
from accounts.permissions import for_signed_in
from accounts.second_step import second_step_of

AFTERWARDS = "after_second_step"  # in the session: the page that waits for it


class NameForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["name"]
        labels = {"name": gettext_lazy("Name")}
        widgets = {"name": forms.TextInput(attrs={"class": "input l", "autocomplete": "name"})}


@require_safe
@for_signed_in
@never_cache
def account(request: SignedInRequest) -> HttpResponse:
    return account_page(request, NameForm(instance=request.user))


def account_page(request: SignedInRequest, form: NameForm, status: int = 200) -> HttpResponse:
    places = memberships_of(request.user)
    context = {
        "form": form,
        "places": places,
        "requiring": [place.company for place in places if place.company.requires_second_step],
        "second_step": second_step_of(request.user),
        "sessions": sessions.open_sessions(request, request.user),
    }
    return render(request, "accounts/account.html", context, status=status)


@require_POST
@for_signed_in
@limited("rename", "20/m")
def rename(request: SignedInRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)  # the form writes into its instance even what it refuses
    before, form = user.name, NameForm(request.POST, instance=user)
    if not form.is_valid():
        return account_page(request, form, status=422)
    form.save()
    if form.has_changed():
        audit.record("name changed", user=user, request=request, changes={"name": [before, user.name]})
        messages.success(request, _("Name changed."))
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
@for_signed_in
@limited("leave", "10/m")
def leave(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks first, and says so when the last admin cannot go."""
    place = own_membership(request.user, pk)
    if request.method == "POST":
        try:
            leaving.leave(place, request)
        except leaving.LastAdmin as error:
            return render(request, "accounts/account_leave.html", {"place": place, "reason": str(error)}, status=422)
        messages.success(request, _("You left %(company)s.") % {"company": place.company})
        return redirect("account" if memberships_of(request.user) else "no_company")
    with transaction.atomic():
        reason = leaving.reason_to_stay(place)
    return render(request, "accounts/account_leave.html", {"place": place, "reason": reason})


def own_membership(user: User, pk: int) -> Membership:
    place = next((each for each in memberships_of(user) if each.pk == pk), None)
    if place is None:
        raise Http404
    return place


@require_POST
@for_signed_in
@limited("end session", "30/m")
def end_session(request: SignedInRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, user=request.user, pk=pk)
    browser = sessions.browser_in_words(session.user_agent)
    sessions.end_session(session)
    audit.record("session ended", user=request.user, request=request, browser=browser, of_address=session.ip)
    messages.success(request, _("%(browser)s signed out.") % {"browser": browser})
    return redirect("account")


@require_POST
@for_signed_in
@limited("end sessions", "10/m")
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    count = sessions.end_other_sessions(request, request.user)
    audit.record("signed out everywhere else", user=request.user, request=request, sessions=count)
    messages.success(request, _("You’re signed out everywhere except here."))
    return redirect("account")


@require_safe
@for_signed_in
@never_cache
def second_step(request: SignedInRequest) -> HttpResponse:
    """Where the pages of a company that requires it lead; once it is set up, on to the page that was asked for."""
    if request.withheld is None:
        return redirect(request.session.pop(AFTERWARDS, "account"))
    if "next" in request.GET:
        request.session[AFTERWARDS] = safe_next(request)
    others = [place for place in request.memberships if place.company_id != request.withheld.pk]
    return render(request, "accounts/account_second_step.html", {"company": request.withheld, "others": others})
