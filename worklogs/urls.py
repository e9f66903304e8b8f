from django.urls import path

from worklogs.views import epics, issues, pages, people, reports, teams

urlpatterns = [
    path("", pages.dashboard, name="dashboard"),
    path("worklogs/", pages.worklogs, name="worklogs"),
    path("worklogs/export.csv", pages.worklogs_export, name="worklogs_export"),
    path("worklogs/<int:pk>/", pages.worklog, name="worklog"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<slug:slug>/", teams.team, name="team"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/days/<str:day>/", people.day, name="person_day"),
    path("users/", people.moved, name="users"),
    path("users/<int:pk>/", people.moved, name="user"),
    path("epics/", epics.epics, name="epics"),
    path("epics/id/<int:pk>/", epics.epic_by_id, name="epic_by_id"),
    path("epics/<str:key>/", epics.epic, name="epic"),
    path("issues/", issues.issues, name="issues"),
    path("issues/id/<int:pk>/", issues.issue_by_id, name="issue_by_id"),
    path("issues/<str:key>/", issues.issue, name="issue"),
    path("reports/", reports.reports, name="reports"),
    path("reports/export.<str:kind>", reports.export, name="report_export"),
    path("preferences/", pages.preferences, name="preferences"),
]
