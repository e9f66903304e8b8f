from django.urls import path

from accounts.views import account, acting, audit, joining, signing_in

urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign_in"),
    path("sign-in/demo/", signing_in.demo_sign_in, name="demo_sign_in"),
    path("sign-in/link/<str:token>/", signing_in.use_signin_link, name="use_signin_link"),
    path("sign-out/", signing_in.sign_out, name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/name/", account.rename, name="rename"),
    path("account/second-step/", account.second_step, name="second_step"),
    path("account/memberships/<int:pk>/leave/", account.leave, name="leave_company"),
    path("account/sessions/<int:pk>/end/", account.end_session, name="end_session"),
    path("account/sessions/end-others/", account.end_other_sessions, name="end_other_sessions"),
    path("company/", signing_in.switch_company, name="switch_company"),
    path("invitations/open/", joining.opened_invitation, name="opened_invitation"),
    path("invitations/open/accept/", joining.accept_invitation, name="accept_invitation"),
    path("invitations/<str:token>/", joining.invitation, name="invitation"),
    path("found/", joining.found, name="found"),
    path("act-for/", acting.act_for, name="act_for"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export.csv", audit.audit_export, name="audit_export"),
    path("no-company/", joining.no_company, name="no_company"),
]
