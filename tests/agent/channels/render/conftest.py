"""A review of a database with hostile names, and a real browser to look at it.

The browser is spoken to through two pipes (the DevTools protocol): its clicks and keys are those of a person.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dbengineer.agent import running
from dbengineer.agent.channels import render
from dbengineer.agent.model import Playbook
from dbengineer.agent.state import Report, Request
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.workbench import Workbench

SCRIPT = "<script>document.title='owned'</script>"
IMAGE = "</script></pre><img src=x onerror=\"document.title='owned'\">"
BRACES = "{{ 7 * 7 }}{% raw %}"
TURNED = "safe\u202eelbat"
HOSTILE = f"""
CREATE EXTENSION pg_stat_statements;
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, note json);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users,
  placed_at timestamp, price real);
CREATE TABLE "{SCRIPT}" (id int PRIMARY KEY, "a""b'c" bigint REFERENCES users);
CREATE TABLE "{IMAGE.replace('"', '""')}" (id int, "{BRACES}" bigint REFERENCES users);
CREATE TABLE "{TURNED}" (id int, x bigint REFERENCES users);
COMMENT ON TABLE "{SCRIPT}" IS $${IMAGE}{BRACES}$$;
INSERT INTO users (email) SELECT 'user' || n || '@example.com' FROM generate_series(1, 2000) n;
INSERT INTO orders (user_id) SELECT 1 + n % 2000 FROM generate_series(1, 250000) n;
ANALYZE;
"""
LOOKING = Path(__file__).with_name("looking.js")
ENTER = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}


class Browser:
    """A headless Chromium that reaches no network."""

    def __init__(self, program: str, folder: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        flags = ["--headless", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"]
        flags += ["--disable-extensions", "--disable-background-networking", "--disable-component-update"]
        flags += [f"--user-data-dir={folder}", "--host-resolver-rules=MAP * ~NOTFOUND"]
        flags += ["--no-sandbox"] if os.geteuid() == 0 else []
        redirected = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["bash", "-c", redirected, "bash", program, *flags],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._numbers = itertools.count(1)
        self._rest = b""
        self.tab = ""

    def ask(self, method: str, session: str = "", seen: list[dict[str, Any]] | None = None, **params: Any) -> Any:
        """The answer to a command; what happens meanwhile goes to `seen`."""
        number = next(self._numbers)
        asked = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while True:
            told = self.next()
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]
            if seen is not None:
                seen.append(told)

    def next(self) -> dict[str, Any]:
        """The next message of the browser."""
        while b"\0" not in self._rest:
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told

    def open(self, page: Path, *, width: int = 1280, dark: bool = False) -> Tab:
        """A page in a new tab; the one before is closed."""
        return Tab(self, page, width=width, dark=dark)

    def close_tab(self) -> None:
        """Closes the tab before: one is open at a time."""
        if self.tab:
            self.ask("Target.closeTarget", targetId=self.tab)
            self.tab = ""

    def close(self) -> None:
        """Ends the browser."""
        self.ask("Browser.close")
        self._process.wait(20)
        os.close(self._write)
        os.close(self._read)


class Tab:
    """A page as it is shown: what happened while it was opened, and what can be done with it."""

    def __init__(self, browser: Browser, page: Path, *, width: int = 1280, dark: bool = False) -> None:
        browser.close_tab()
        self._browser = browser
        self.happened: list[dict[str, Any]] = []
        target = browser.tab = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.media(dark=dark)
        self.happened.clear()
        self.ask("Page.navigate", url=page.as_uri())
        while not any(told.get("method") == "Page.loadEventFired" for told in self.happened):
            self.happened.append(browser.next())
        self.see(LOOKING.read_text(encoding="utf-8"))

    def ask(self, method: str, **params: Any) -> Any:
        """A command to this page."""
        return self._browser.ask(method, self._session, self.happened, **params)

    def media(self, kind: str = "screen", *, dark: bool = False) -> None:
        """Shows the page on a screen or on paper, in the light or in the dark."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=kind, features=[scheme])

    def see(self, expression: str) -> Any:
        """What a JavaScript expression gives on this page."""
        told = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def click(self, selector: str) -> None:
        """Clicks with the mouse on the middle of the first element of a selector."""
        x, y = self.see(f"look.middle({json.dumps(selector)})")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.see("look.settled()")

    def press_enter(self, selector: str) -> None:
        """Presses Enter where the keyboard's focus is on an element."""
        assert self.see(f"look.focus({json.dumps(selector)})"), f"the keyboard does not reach {selector}"
        self.ask("Input.dispatchKeyEvent", type="keyDown", **ENTER)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **ENTER)

    def write(self, selector: str, text: str) -> None:
        """Writes into a field."""
        self.see(f"look.focus({json.dumps(selector)})")
        self.ask("Input.insertText", text=text)

    def choose(self, selector: str, value: str) -> None:
        """Chooses from a list."""
        self.see(f"look.choose({json.dumps(selector)}, {json.dumps(value)})")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None or shutil.which("bash") is None:
        pytest.skip(f"there is no browser here: none of {', '.join(names)}")
    browser = Browser(program, tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def folder(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a review of the schema, the indexes and the migrations."""
    database = server.create("hostile")
    database.script(HOSTILE)
    for number in range(20):
        database.query(f"SELECT count(*) FROM orders WHERE user_id = {number}")
    target = Target.open(server.conninfo("hostile"), trust_role=True)
    bench = Workbench(target, tmp_path_factory.mktemp("report"))
    running.review(bench, Request(deliverables=("schema", "indexes")), Playbook())
    bench.close()
    database.close()
    server.drop("hostile")
    render.write(bench.out)
    return bench.out


@pytest.fixture(scope="session")
def report(folder: Path) -> Report:
    """What the page has to show."""
    return render.load(folder)
