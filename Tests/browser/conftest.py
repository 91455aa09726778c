"""Chromium on the page of a running Postroom, in Russian or English; a picture of the page beside each failure."""
import os
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from support.fixtures import authorization_server, bed, mailbox, other_mailbox, own_postroom, postroom, unreadable  # noqa: F401
from support.postroom import PASSWORD
from words import Words

PICTURES = Path(__file__).resolve().parents[2] / ".cache" / "failures"


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"))
        yield browser
        browser.close()


@pytest.fixture(params=["en", "ru"])
def words(request):
    """The words of the screens in the language of this run: words("Add") is "Add" or "Добавить"."""
    return Words(request.param)


@pytest.fixture
def user(postroom):
    """The name of a user who has nothing yet."""
    made = postroom.post("/api/v1/users", {"name": f"user-{secrets.token_hex(4)}", "password": PASSWORD})
    return made["name"]


@pytest.fixture
def picture():
    """picture(page, name) keeps a picture of a screen where POSTROOM_PICTURES names a folder, for people who look at them."""
    folder = os.environ.get("POSTROOM_PICTURES")

    def take(page, name):
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png")
    return take


@pytest.fixture
def sign_in(chromium, postroom, request):
    """sign_in(name, words) opens a window of its own where that user has signed in."""
    contexts = []

    def open_page(user, words, **options):
        context = chromium.new_context(locale={"en": "en-GB", "ru": "ru-RU"}[words.language], viewport={"width": 1280, "height": 860}, **options)
        contexts.append(context)
        page = context.new_page()
        page.problems = []  # what the page's own code complained about; every test ends by looking at it
        page.on("pageerror", lambda problem: page.problems.append(str(problem)))
        page.goto(postroom.url)
        page.get_by_label(words("User name")).fill(user)
        page.get_by_label(words("Password"), exact=True).fill(PASSWORD)
        page.get_by_role("button", name=words("Sign in")).click()
        page.get_by_role("tab", name=words("Email")).wait_for()
        return page

    yield open_page
    for number, context in enumerate(contexts):
        if getattr(request.node, "failed", False):
            PICTURES.mkdir(parents=True, exist_ok=True)
            for page in context.pages:
                page.screenshot(path=PICTURES / f"{request.node.name}-{number}.png")
        problems = [problem for page in context.pages for problem in page.problems]
        context.close()
        assert not problems, problems


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.failed:
        item.failed = True
