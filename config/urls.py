"""The site map."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("worklogs.urls")),
    path("", include("integrations.urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("accounts.allauth_urls")),
    path("admin/", admin.site.urls),
]

handler400 = "config.errors.bad_request"
handler404 = "config.errors.not_found"
handler429 = "accounts.views.signing_in.too_many_at_once"  # read by allauth alone
handler500 = "config.errors.server_error"

if settings.DEVELOPING:
    from config.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
