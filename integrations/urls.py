from django.urls import path

from integrations import views

urlpatterns = [
    path("instances/add/", views.add, name="first_instance"),
    path("welcome/", views.welcome, name="first_sync"),
    path("issues/<int:pk>/sync/", views.sync_issue, name="sync_issue"),
    path("sync/", views.sync_page, name="sync"),
    path("sync/start/", views.start, name="sync_start"),
    path("sync/progress/", views.progress, name="sync_progress"),
    path("sync/runs/<int:pk>/", views.run, name="sync_run"),
    path("sync/runs/<int:pk>/cancel/", views.cancel, name="sync_cancel"),
    path("sync/runs/<int:pk>/confirm/", views.confirm, name="sync_confirm"),
]
