"""`make screenshots`: every page with the demo's data, both themes, wide and narrow, into docs/screenshots."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path("docs/screenshots")
# A page by its address, or by that of a list and the link in it that leads there.
PAGES: dict[str, str | tuple[str, str]] = {
    "sign-in": "/sign-in/",
    "dashboard": "/?period=last-month",
    "dashboard-team": "/?period=last-month&split=team",
    "worklogs": "/worklogs/?period=last-month",
    "worklogs-grouped": "/worklogs/?period=last-month&group=team&group=person",
    "teams": "/teams/?period=last-month",
    "team": ("/teams/?period=last-month", "main tbody a[href^='/teams/']"),
    "people": "/people/?period=last-month",
    "person": ("/people/?period=last-month", "main tbody a[href^='/people/']"),
    "person-year": ("/people/?period=this-year", "main tbody a[href^='/people/']"),
    "epics": "/epics/?period=last-month",
    "epic": ("/epics/?period=last-month", "main tbody a[href^='/epics/']"),
    "issues": "/issues/?period=last-month",
    "issue": ("/issues/?period=last-month", "main tbody a[href^='/issues/']"),
    "reports": "/reports/",
    "report-table": "/reports/?period=this-year&rows=team&columns=month",
    "report-heatmap": "/reports/?period=last-month&rows=person&columns=day&as=heatmap",
    "report-bars": "/reports/?period=last-month&rows=project&columns=instance&as=bar",
    "report-line": "/reports/?period=this-year&rows=month&columns=instance&as=line",
    "sync": "/sync/",
    "account": "/account/",
    "audit": "/audit/",
    "settings": "/admin/",
}
SIZES = ((1440, 1000), (360, 740))
ADMIN = "admin.alborada@demo.example"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for theme in ("light", "dark"):
            for width, height in SIZES:
                shoot(browser, address, theme, width, height)
        browser.close()


def shoot(browser: Browser, address: str, theme: str, width: int, height: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    for name, place in PAGES.items():
        path, link = place if isinstance(place, tuple) else (place, "")
        page.goto(address + path)
        if link:
            page.goto(address + str(page.locator(link).first.get_attribute("href")))
        if name == "sign-in":
            page.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png")
            page.locator(f"button[value='{ADMIN}']").first.click()
            page.wait_for_url(f"{address}/**")
            continue
        page.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png", full_page=width < 720)
    context.close()


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """The demo on free ports with a database of its own."""
    web, simulator = free_port(), free_port()
    address = f"http://127.0.0.1:{web}"
    environment = os.environ | {
        "DEBUG": "1",
        "DEMO": "1",
        "ALLOW_PRIVATE_HOSTS": "1",
        "DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "SITE_URL": address,
    }
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True)
    simulated = subprocess.Popen(
        [*manage, "simulate", "--port", str(simulator)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        subprocess.run([*manage, "demo", "--port", str(simulator)], env=environment, check=True)
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{web}", "--threads", "4"]
        served = subprocess.Popen([*command, "--log-level", "warning"], env=environment)
        try:
            wait_for(web)
            yield address
        finally:
            served.terminate()
            served.wait()
    finally:
        simulated.terminate()
        simulated.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The demo did not start.")


if __name__ == "__main__":
    main()
