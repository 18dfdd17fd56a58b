"""Whom the proxy before a page lets in: a table of requests, each an attack or somebody's own."""

from collections.abc import Mapping

import pytest

from webproxy.guard import AccessGuard, Allowed, Refusal, SignedIn, location_here

PORT = 19082
DOOR = AccessGuard(port=PORT, token="right", how="`status` prints it.")
OWN = {"host": f"127.0.0.1:{PORT}"}
COOKIE = {DOOR.cookie_name: DOOR._derived("cookie")}
PAGE = f"{DOOR.root}jobs/overview"


def judged(
    path: str = PAGE,
    headers: Mapping[str, str] = OWN,
    *,
    method: str = "GET",
    query: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    door: AccessGuard = DOOR,
) -> object:
    verdict = door.judge(method, path, query or {}, headers, COOKIE if cookies is None else cookies)
    return int(verdict.status) if isinstance(verdict, Refusal) else verdict


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"host": "evil.example"}, 421, id="rebound name"),
        pytest.param({"host": f"evil.example:{PORT}"}, 421, id="rebound name with the port"),
        pytest.param({"host": f"127.0.0.1.evil.example:{PORT}"}, 421, id="rebound name that begins like ours"),
        pytest.param({"host": f"127.0.0.1:{PORT}@evil.example"}, 421, id="user part"),
        pytest.param({"host": "127.0.0.1:1"}, 421, id="another port"),
        pytest.param({"host": "127.0.0.1"}, 421, id="no port"),
        pytest.param({}, 421, id="no Host"),
        pytest.param({**OWN, "origin": "https://evil.example"}, 403, id="another site's Origin"),
        pytest.param({**OWN, "origin": "http://127.0.0.1:8000"}, 403, id="Origin of another port, another user's"),
        pytest.param({**OWN, "origin": f"https://127.0.0.1:{PORT}"}, 403, id="Origin of another scheme"),
        pytest.param({**OWN, "origin": "null"}, 403, id="Origin of a sandboxed frame"),
        pytest.param({**OWN, "sec-fetch-site": "cross-site"}, 403, id="image on another site"),
        pytest.param({**OWN, "sec-fetch-site": "same-site"}, 403, id="image on another port of this machine"),
    ],
)
def test_a_page_of_another_site_is_turned_away_even_with_the_cookie_and_the_token(headers: Mapping[str, str], expected: int) -> None:
    assert judged(headers=headers) == expected
    assert judged("/", headers, query={"token": "right"}) == expected
    assert judged(headers={**headers, "authorization": "Bearer right"}) == expected


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(OWN, id="address"),
        pytest.param({"host": f"LOCALHOST:{PORT}"}, id="localhost"),
        pytest.param({"host": f"[::1]:{PORT}"}, id="IPv6"),
        pytest.param({**OWN, "origin": f"http://127.0.0.1:{PORT}", "sec-fetch-site": "same-origin"}, id="the page's own script"),
        pytest.param({**OWN, "sec-fetch-site": "none"}, id="typed address"),
    ],
)
def test_the_pages_own_requests_go_on(headers: Mapping[str, str]) -> None:
    assert judged(headers=headers) == Allowed(path="/jobs/overview")


@pytest.mark.parametrize(
    ("path", "cookies", "more"),
    [
        pytest.param(PAGE, {}, {}, id="nothing"),
        pytest.param(PAGE, {DOOR.cookie_name: "right"}, {}, id="token as cookie"),
        pytest.param(PAGE, {DOOR.cookie_name: ""}, {}, id="empty cookie"),
        pytest.param("/jobs/overview", COOKIE, {}, id="cookie outside the hidden path"),
        pytest.param(DOOR.root[:-1], COOKIE, {}, id="hidden path without its slash"),
        pytest.param(PAGE, {}, {"authorization": "Bearer wrong"}, id="wrong bearer"),
        pytest.param(PAGE, {}, {"authorization": "Bearer "}, id="empty bearer"),
        pytest.param(PAGE, {}, {"authorization": "Basic right"}, id="another scheme"),
        pytest.param(PAGE, COOKIE, {"authorization": "Bearer wrong"}, id="wrong bearer beside the cookie"),
        pytest.param(PAGE, {DOOR.cookie_name: "ü"}, {}, id="not ASCII"),
    ],
)
def test_another_user_of_the_machine_is_not_let_in(path: str, cookies: Mapping[str, str], more: Mapping[str, str]) -> None:
    assert judged(path, {**OWN, **more}, cookies=cookies) == 401


@pytest.mark.parametrize("token", ["", "wrong", "right ", "RIGHT"])
def test_only_the_token_opens(token: str) -> None:
    assert judged("/", query={"token": token}, cookies={}) == 401


def test_the_token_is_changed_for_a_cookie_that_other_ports_do_not_get() -> None:
    entry = judged("/", query={"token": "right"}, cookies={})
    assert isinstance(entry, SignedIn)
    assert entry.location == entry.path == DOOR.root
    assert len(entry.path) > 30
    assert "right" not in entry.cookie
    assert AccessGuard(port=PORT, token="other", how="").root != DOOR.root


def test_a_token_in_a_form_opens_nothing() -> None:
    assert judged("/", method="POST", query={"token": "right"}, cookies={}) == 401


def test_a_program_may_send_the_token_and_keeps_its_path() -> None:
    assert judged("/jobs", {**OWN, "authorization": "bearer right"}, cookies={}) == Allowed(path="/jobs")


def test_a_page_that_must_live_at_the_root_does() -> None:
    door = AccessGuard(port=PORT, token="right", how="", hides_path=False)
    assert judged("/ui", door=door) == Allowed(path="/ui")
    assert judged("/", door=door) == Allowed(path="/")


def test_there_is_no_proxy_without_a_token() -> None:
    with pytest.raises(ValueError, match="without a token"):
        AccessGuard(port=PORT, token="", how="")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        pytest.param("/ui", "/r/ui", id="path"),
        pytest.param("/ui?a=1#b", "/r/ui?a=1#b", id="query and fragment"),
        pytest.param("http://own:1/x", "/r/x", id="the server itself"),
        pytest.param("http://own:1", "/r/", id="the server itself, no path"),
        pytest.param("https://elsewhere/x", "https://elsewhere/x", id="elsewhere"),
        pytest.param("x/y", "x/y", id="relative"),
    ],
)
def test_a_redirection_stays_behind_the_proxy(location: str, expected: str) -> None:
    assert location_here(location, root="/r/", hosts=frozenset({"own:1"})) == expected
