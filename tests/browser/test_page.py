"""The web page in Chromium, over a platform that really runs: sign-in, waiting work with its reason, a task, a service, both languages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.platform.served import Served, digits, serve, wait_for

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
PICTURES = Path(os.environ.get("SLIPWAY_PICTURES", "test-results/browser"))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A platform with a finished task, a model, a ready service, and one task that can never start."""
    with serve(tmp_path_factory.mktemp("page")) as running, running.client() as client:
        client.post("/api/v1/datasets/digits", params={"file": "digits.csv.gz"}, content=digits()).raise_for_status()
        work = {"operator": "train-numpy", "name": "digits by night", "inputs": {"data": {"dataset": "digits"}}}
        task = client.post("/api/v1/tasks", json=work).raise_for_status().json()
        assert wait_for(client, f"/api/v1/tasks/{task['id']}", ("succeeded", "failed"))["state"] == "succeeded"
        client.post("/api/v1/models", json={"name": "digits", "task": task["id"]}).raise_for_status()
        client.post("/api/v1/services", json={"name": "digits", "model": "digits"}).raise_for_status()
        wait_for(client, "/api/v1/services/digits", ("ready",))
        huge = work | {"name": "too big <b>for</b> us", "resources": {"cpu": 1000}}
        client.post("/api/v1/tasks", json=huge).raise_for_status()
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)


@pytest.fixture
def page(browser: Browser, platform: Served) -> Iterator[Page]:
    """A page on the platform; the test fails when the browser reports an error, a blocked resource, or a request elsewhere."""
    context = browser.new_context(ignore_https_errors=True, locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "401" not in m.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(platform.url) else wrong.append(r.url))
    page.goto(platform.url)
    yield page
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    context.close()
    assert not wrong


def sign_in(page: Page, token: str) -> None:
    page.locator("button[type=button].plain", has_text=re.compile("token|令牌")).click()
    page.locator("#token").fill(token)
    page.locator("button.primary").click()


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def test_a_wrong_token_is_refused_in_words(page: Page) -> None:
    sign_in(page, "nonsense")
    expect(page.get_by_role("alert")).to_contain_text("A valid token is needed")
    picture(page, "sign-in-refused")


def test_tasks_show_what_waits_and_why(page: Page, platform: Served) -> None:
    picture(page, "sign-in")
    sign_in(page, platform.token)
    waiting = page.get_by_role("region", name="Waiting")
    expect(waiting).to_contain_text("too big <b>for</b> us")  # as text: a name is never markup
    expect(waiting).to_contain_text("It asks for 1000 CPU")
    expect(waiting).to_contain_text("Ask for less, or add a node")
    done = page.get_by_role("row").filter(has_text="digits by night")
    expect(done).to_contain_text("succeeded")
    expect(done).to_contain_text("Accuracy 0.9")
    picture(page, "tasks")


def test_a_task_shows_its_log_and_can_be_cancelled(page: Page, platform: Served) -> None:
    with platform.client() as client:
        body = {"operator": "train-numpy", "name": "to cancel", "inputs": {"data": {"dataset": "digits"}}}
        client.post("/api/v1/tasks", json=body | {"resources": {"cpu": 999}}).raise_for_status()
    sign_in(page, platform.token)
    page.get_by_role("link", name="digits by night").click()
    expect(page.locator("pre")).to_contain_text("held-out rows")
    picture(page, "task")
    page.get_by_role("link", name="← Tasks").click()
    page.get_by_role("link", name="to cancel").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".head .state")).to_have_text("cancelled")
    expect(page.locator("main > div > .reason")).to_have_text("Cancelled by admin.")


def test_a_service_is_listed_ready(page: Page, platform: Served) -> None:
    sign_in(page, platform.token)
    page.get_by_role("link", name="Services").click()
    line = page.get_by_role("row").filter(has_text="digits v1")
    expect(line).to_contain_text("ready")
    expect(line).to_contain_text("/api/v1/services/digits/infer")
    picture(page, "services")


def test_models_and_data_sets(page: Page, platform: Served) -> None:
    sign_in(page, platform.token)
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_role("row").filter(has_text="weights.npz")).to_contain_text("0.9")
    page.get_by_role("link", name="Data sets").click()
    expect(page.get_by_role("row").filter(has_text="digits.csv.gz")).to_be_visible()
    picture(page, "datasets")


def test_chinese(page: Page, platform: Served) -> None:
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    picture(page, "sign-in-zh")
    sign_in(page, platform.token)
    expect(page.get_by_role("region", name="等待中")).to_contain_text("请减少请求或增加节点")
    picture(page, "tasks-zh")
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_narrow(page: Page, platform: Served) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, platform.token)
    expect(page.get_by_role("region", name="Waiting")).to_be_visible()
    expect(page.get_by_text("digits by night")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    picture(page, "narrow")


def test_reloading_signs_out(page: Page, platform: Served) -> None:
    sign_in(page, platform.token)
    expect(page.get_by_role("region", name="Waiting")).to_be_visible()
    page.reload()
    expect(page.locator("#password")).to_have_value("")


@pytest.fixture(scope="module")
def una(platform: Served) -> str:
    """A user who may sign in; gives the password."""
    with platform.client() as client:
        made = client.post("/api/v1/users", json={"name": "una"}).raise_for_status().json()
        setting = {"name": "una", "token": made["token"], "password": "correct horse battery"}
        client.post("/api/v1/login/password", json=setting).raise_for_status()
    return str(setting["password"])


@pytest.mark.parametrize(("language", "button"), [("English", "Sign in"), ("中文", "登录")])
def test_name_and_password(page: Page, una: str, language: str, button: str) -> None:
    page.get_by_role("button", name=language).click()
    expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()  # the form was drawn anew
    page.locator("#name").fill("una")
    page.locator("#password").fill("something else")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("Wrong name or password|用户名或密码错误"))
    picture(page, f"sign-in-password-{language}")
    page.locator("#name").fill("una")
    page.locator("#password").fill(una)
    page.locator("#password").press("Enter")
    expect(page.get_by_role("region")).to_be_visible()


def test_an_access_token_that_ran_out_is_renewed_unseen(page: Page, una: str) -> None:
    page.locator("#name").fill("una")
    page.locator("#password").fill(una)
    page.locator("#password").press("Enter")
    expect(page.get_by_role("region")).to_be_visible()
    refused: list[str] = []

    def once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(
                status=401, content_type="application/problem+json", body='{"title": "expired", "status": 401}'
            )

    page.route("**/api/v1/models*", once)
    with page.expect_response("**/api/v1/login/refresh") as renewed:
        page.get_by_role("link", name="Models").click()
    assert renewed.value.ok
    expect(page.get_by_role("heading", name="Models")).to_be_visible()
    with page.expect_response("**/api/v1/logout") as ended:
        page.get_by_role("button", name="Sign out").click()
    assert ended.value.status == 204


def test_catalogues_have_the_same_keys() -> None:
    import json

    folder = Path(__file__).parents[2] / "platform/web/messages"
    en, zh = (json.loads((folder / f"{lang}.json").read_text()) for lang in ("en", "zh"))
    assert en.keys() == zh.keys()
