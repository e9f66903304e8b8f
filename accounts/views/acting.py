"""A platform superuser chooses the company to act for."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.middleware import ACTS_FOR, SignedInRequest
from accounts.models import Company
from accounts.navigation import safe_next
from accounts.permissions import for_signed_in
from accounts.tenancy import ALL_COMPANIES, company_scope


@require_http_methods(["GET", "POST"])
@for_signed_in
def act_for(request: SignedInRequest) -> HttpResponse:
    """As its ADMIN, until the superuser switches to a company of his own or signs out."""
    if not request.user.is_superuser:
        raise Http404
    if request.method == "POST":
        with company_scope(ALL_COMPANIES):
            company = get_object_or_404(Company, slug=request.POST.get("company", ""))
        request.session[ACTS_FOR] = company.pk
        audit.record("superuser acts for the company", user=request.user, company=company, request=request)
        return redirect(safe_next(request, "admin:index"))
    with company_scope(ALL_COMPANIES):
        companies = list(Company.objects.order_by("name"))
    context = {
        "companies": companies,
        "chosen": request.session.get(ACTS_FOR),
        "next": request.GET.get("next", ""),
    }
    return render(request, "accounts/act_for.html", context)
