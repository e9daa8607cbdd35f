"""The journeys are only worth as much as the eyes that watch the browser: here they are shown bad pages."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from tests.parts.browser import Complaints, People

PAGES = {
    "/good/": "<p>Nothing wrong here.</p>",
    "/inline-script/": "<script>document.title = 'ran'</script>",
    "/inline-style/": "<p style='color: red'>red</p>",
    "/third-party/": "<img src='http://127.0.0.2:9/pixel.png' alt=''>",
    "/script-error/": "<script src='/broken.js'></script>",
    "/broken.js": "null.anything",
}
POLICY = "default-src 'self'; img-src *"


class BadSite(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path in PAGES
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(PAGES.get(self.path, "").encode())

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), BadSite) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def seen_on(chromium, site: str, path: str, **how) -> list[str]:
    complaints = Complaints()
    complaints.expect("favicon")
    people = People(chromium, site, complaints)
    people.arrive(**how).goto(path)
    people.leave()
    return complaints.unexpected


def test_a_good_page_gives_no_complaint(chromium, site):
    assert seen_on(chromium, site, "/good/") == []


@pytest.mark.parametrize("scripts", [True, False])
def test_an_inline_style_is_seen_with_and_without_scripts(chromium, site, scripts):
    assert "Content Security Policy" in seen_on(chromium, site, "/inline-style/", scripts=scripts)[0]


def test_an_inline_script_is_seen(chromium, site):
    assert "Content Security Policy" in seen_on(chromium, site, "/inline-script/")[0]


def test_a_request_to_a_third_party_is_seen(chromium, site):
    assert "third party: http://127.0.0.2:9/pixel.png" in seen_on(chromium, site, "/third-party/", on="phone")


def test_an_error_in_a_script_is_seen(chromium, site):
    assert any(words.startswith("script error") for words in seen_on(chromium, site, "/script-error/"))
