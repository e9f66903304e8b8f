from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/demo/", views.demo_sign_in, name="demo_sign_in"),
    path("sign-in/link/<str:token>/", views.use_signin_link, name="use_signin_link"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("company/", views.switch_company, name="switch_company"),
    path("no-company/", views.no_company, name="no_company"),
]
