"""The site map."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("worklogs.urls")),
    path("", include("integrations.urls")),
    path("", include("accounts.urls")),
    # allauth's own sign-in page is not ours; only its way to Google and back is.
    path("accounts/login/", RedirectView.as_view(pattern_name="sign_in"), name="account_login"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "config.errors.server_error"

if settings.DEBUG:
    from config.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
