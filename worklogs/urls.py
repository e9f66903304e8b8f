from django.urls import path

from worklogs.views import pages

urlpatterns = [
    path("", pages.dashboard, name="dashboard"),
    path("worklogs/", pages.worklogs, name="worklogs"),
    path("worklogs/export.csv", pages.worklogs_export, name="worklogs_export"),
    path("worklogs/<int:pk>/", pages.worklog, name="worklog"),
    path("preferences/", pages.preferences, name="preferences"),
]
