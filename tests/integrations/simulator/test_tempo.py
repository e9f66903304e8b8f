from typing import Any

from integrations.simulator.server import Simulator
from tests.integrations.simulator.conftest import TODAY, Reader, jira, tempo_of


def everything(tempo: Reader, **query: Any) -> list[dict[str, Any]]:
    """Follows `next` as it is."""
    answer = tempo.get("/4/worklogs", **query).json()
    results = list(answer["results"])
    while following := answer["metadata"].get("next"):
        answer = tempo.session.get(following, timeout=10).json()
        results += answer["results"]
    return results


def test_following_next_gives_every_worklog_once(still: Simulator) -> None:
    found = [worklog["tempoWorklogId"] for worklog in everything(tempo_of(still), limit=170)]
    expected = [worklog.tempo_id for worklog in still.world.instance("alborada").worklogs.values()]
    assert sorted(found) == sorted(id for id in expected if id is not None)


def test_a_page_has_fifty_worklogs_unless_more_are_asked(still: Simulator) -> None:
    assert tempo_of(still).get("/4/worklogs").json()["metadata"]["count"] == 50


def test_a_worklog_is_told_by_both_sides_under_ids_that_the_mapping_joins(still: Simulator) -> None:
    instance = still.world.instance("alborada")
    jira_ids = list(instance.worklogs)[:40]
    pairs = tempo_of(still).post("/4/worklogs/jira-to-tempo", {"jiraWorklogIds": [*jira_ids, 1]}).json()["results"]
    assert [pair["jiraWorklogId"] for pair in pairs] == jira_ids
    listed = jira(still, "alborada").post("/rest/api/3/worklog/list", {"ids": jira_ids}).json()
    for pair, theirs in zip(pairs, listed, strict=True):
        own = tempo_of(still).get(f"/4/worklogs/{pair['tempoWorklogId']}").json()
        assert own["timeSpentSeconds"] == theirs["timeSpentSeconds"]
        assert str(own["issue"]["id"]) == theirs["issueId"]
    back = tempo_of(still).post(
        "/4/worklogs/tempo-to-jira", {"tempoWorklogIds": [pair["tempoWorklogId"] for pair in pairs]}
    )
    assert back.json()["results"] == pairs


def test_what_is_logged_in_tempo_has_the_app_as_its_author_in_jira(still: Simulator) -> None:
    instance = still.world.instance("alborada")
    listed = jira(still, "alborada").post("/rest/api/3/worklog/list", {"ids": list(instance.worklogs)[:300]}).json()
    for theirs in listed:
        worklog = instance.worklogs[int(theirs["id"])]
        author = theirs["author"]
        if worklog.logged_in_tempo:
            assert (author["displayName"], author["accountType"]) == ("Tempo Timesheets", "app")
            assert "emailAddress" not in author
        else:
            assert author["accountId"] == worklog.author.key
    assert {instance.worklogs[int(theirs["id"])].logged_in_tempo for theirs in listed} == {True, False}


def test_the_filters_are_days_projects_issues_authors_and_updates(still: Simulator) -> None:
    instance, tempo = still.world.instance("alborada"), tempo_of(still)
    found = everything(tempo, **{"from": "2026-10-05", "to": "2026-10-09"}, limit=500)
    assert {worklog["startDate"] for worklog in found} == {f"2026-10-0{day}" for day in range(5, 10)}
    project = instance.projects["BANCA"]
    found = everything(tempo, projectId=[project.id, 1], limit=500)
    assert len(found) == sum(worklog.issue.project is project for worklog in instance.worklogs.values()) > 0
    author = found[0]["author"]["accountId"]
    searched = tempo.post("/4/worklogs/search", {"authorIds": [author], "projectIds": [project.id]}, limit=5000).json()
    assert {worklog["author"]["accountId"] for worklog in searched["results"]} == {author}
    recent = everything(tempo, updatedFrom="2026-11-16T00:00:00Z", limit=500)
    assert min(worklog["updatedAt"] for worklog in recent) >= "2026-11-16T00:00:00Z"
    assert any(worklog["createdAt"] < "2026-11-16" for worklog in recent)


def test_an_order_is_descending_and_without_one_the_earliest_comes_first(still: Simulator) -> None:
    latest = [each["updatedAt"] for each in tempo_of(still).get("/4/worklogs", orderBy="UPDATED").json()["results"]]
    assert latest == sorted(latest, reverse=True)
    first = [each["startDateTimeUtc"] for each in tempo_of(still).get("/4/worklogs").json()["results"]]
    assert first == sorted(first)
    assert tempo_of(still).get("/4/worklogs", orderBy="COLOR").status_code == 400


def test_deletions_are_in_both_papertrails(sim: Simulator) -> None:
    instance, tempo = sim.world.instance("alborada"), tempo_of(sim)
    gone = instance.delete_worklog(next(iter(instance.worklogs)))
    since = sim.world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    events = tempo.get("/papertrail/1/events/deleted/types/worklog", updatedFrom=since).json()["results"]
    assert events == [{"tempoWorklogId": str(gone.tempo_id), "jiraWorklogId": str(gone.worklog_id), "deletedAt": since}]
    asked = {"entityType": ["worklog"], "action": ["Deleted"], "from": since}
    log = tempo.post("/4/papertrail/search", asked).json()["results"]
    assert [event["entityId"] for event in log] == [str(gone.tempo_id)]
    assert tempo.get(f"/4/worklogs/{gone.tempo_id}").status_code == 404


def test_the_pages_of_the_papertrail_give_every_deletion_once(sim: Simulator) -> None:
    instance, tempo = sim.world.instance("alborada"), tempo_of(sim)
    for worklog_id in list(instance.worklogs)[:130]:
        instance.delete_worklog(worklog_id)
    expected = sorted(str(deletion.tempo_id) for deletion in instance.deletions)
    found, url = [], f"{tempo.url}/papertrail/1/events/deleted/types/worklog?updatedFrom=2020-01-01T00:00:00Z"
    while url:
        page = tempo.session.get(url, timeout=10).json()
        found += [event["tempoWorklogId"] for event in page["results"]]
        url = page["metadata"].get("next", "")
    assert sorted(found) == expected
    recent, token = [], None
    while True:
        query = {"limit": 40} | ({"nextPageToken": token} if token else {})
        page = tempo.post("/4/papertrail/search", {"entityType": ["worklog"]}, **query).json()
        recent += [event["entityId"] for event in page["results"]]
        token = page["metadata"].get("nextPageToken")
        if not token:
            break
    assert len(recent) == len(set(recent)) >= 130


def test_a_worklog_moved_to_another_issue_keeps_its_tempo_id_and_gets_a_new_one_in_jira(sim: Simulator) -> None:
    instance, tempo = sim.world.instance("alborada"), tempo_of(sim)
    worklog = next(iter(instance.worklogs.values()))
    old, tempo_id = worklog.id, worklog.tempo_id
    target = next(issue for issue in instance.issues.values() if issue is not worklog.issue)
    moved = instance.move_worklog(old, target.id)
    assert moved.id != old
    assert tempo.get(f"/4/worklogs/{tempo_id}").json()["issue"]["id"] == target.id
    pairs = tempo.post("/4/worklogs/jira-to-tempo", {"jiraWorklogIds": [old, moved.id]}).json()["results"]
    assert pairs == [{"jiraWorklogId": moved.id, "tempoWorklogId": tempo_id}]


def test_a_wrong_token_is_told_in_html(still: Simulator) -> None:
    answer = Reader(tempo_of(still).url, "Bearer nonsense").get("/4/worklogs")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/html")


def test_the_day_is_the_authors_own(still: Simulator) -> None:
    instance = still.world.instance("alborada")
    abroad = [worklog for worklog in instance.worklogs.values() if worklog.day != worklog.started.date()]
    assert abroad, "nobody logged on a day that is another one in UTC"
    told = tempo_of(still).get(f"/4/worklogs/{abroad[0].tempo_id}").json()
    assert told["startDate"] == abroad[0].day.isoformat() != told["startDateTimeUtc"][:10]
    assert told["startDate"] <= TODAY.isoformat()
