"""A page in headless Chromium, driven through its DevTools pipe with nothing but Python."""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
# WebGL without a graphics card, which Chromium has only where asked; or no WebGL at all.
SOFTWARE_WEBGL = ["--enable-unsafe-swiftshader"]
NO_WEBGL = ["--disable-3d-apis"]


@contextmanager
def open_page(path, *, width=1400, height=1000, flags=SOFTWARE_WEBGL, seconds=60):
    """Yield the local file `path`, loaded in a browser window of this size, as a `Page`.

    seconds: how long any one thing may take. Raises TimeoutError after that.
    """
    read_end, commands = os.pipe()
    answers, write_end = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Chromium reads commands from descriptor 3 and answers on 4.
        redirect = f'exec "$@" 3<&{read_end} 4>&{write_end}'
        process = subprocess.Popen(
            ["bash", "-c", redirect, "bash", CHROMIUM, *FLAGS, *flags]
            + [f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"],
            pass_fds=(read_end, write_end),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(read_end)
        os.close(write_end)
        try:
            page = Page(commands, answers, seconds)
            page.load(Path(path), width, height)
            yield page
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(commands)
            os.close(answers)


class Page:
    """errors: what the console said is wrong; requests: addresses that were asked for."""

    def __init__(self, commands, answers, seconds):
        self.commands, self.answers, self.seconds = commands, answers, seconds
        self.errors, self.requests = [], []
        self.session, self.number, self.pending = None, 0, b""
        self.loaded = False

    def load(self, path, width, height):
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(t["targetId"] for t in targets if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Page.navigate", url=path.resolve().as_uri())
        deadline = time.monotonic() + self.seconds
        while not self.loaded:
            self.take(self.message(deadline))

    def call(self, method, **parameters):
        """The result of a command of the DevTools protocol."""
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        pending = json.dumps(command).encode() + b"\0"
        while pending:
            pending = pending[os.write(self.commands, pending) :]
        deadline = time.monotonic() + self.seconds
        while True:
            message = self.message(deadline)
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            self.take(message)

    def message(self, deadline):
        """The next message; messages end with a zero byte."""
        while b"\0" not in self.pending:
            if not select.select([self.answers], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"Chromium did not answer within {self.seconds} s")
            part = os.read(self.answers, 2**20)
            if not part:
                raise RuntimeError("Chromium ended")
            self.pending += part
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def take(self, event):
        """Keep what an event tells of errors and requests."""
        kind, found = event.get("method"), event.get("params", {})
        if kind == "Page.loadEventFired":
            self.loaded = True
        elif kind == "Network.requestWillBeSent":
            # What is embedded in the page is asked for too, but of nobody.
            if not found["request"]["url"].startswith(("data:", "blob:")):
                self.requests.append(found["request"]["url"])
        elif kind == "Runtime.exceptionThrown":
            details = found["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif kind == "Log.entryAdded" and found["entry"]["level"] == "error":
            self.errors.append(found["entry"]["text"])
        elif kind == "Runtime.consoleAPICalled" and found["type"] in ("error", "assert"):
            self.errors.append(str([a.get("value", a.get("description")) for a in found["args"]]))

    def value(self, expression):
        """The value of a JavaScript expression (a promise is waited for)."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def wait(self, expression):
        """The value of an expression once it is true."""
        deadline = time.monotonic() + self.seconds
        while not (value := self.value(expression)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not true within {self.seconds} s: {expression}")
            time.sleep(0.05)
        return value

    def box(self, selector):
        """[left, top, width, height] of an element in the window, scrolled into view."""
        return self.value(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center", behavior: "instant"}});
            const {{left, top, width, height}} = element.getBoundingClientRect();
            return [left, top, width, height];
        }})()""")

    def click(self, selector):
        """Click in the middle of an element with the mouse."""
        left, top, width, height = self.box(selector)
        where = {"x": left + width / 2, "y": top + height / 2, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **where)

    def point_at(self, x, y):
        """Move the mouse to a place in the window."""
        # Twice: some scripts look only at movements.
        for step in (1, 0):
            self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + step, y=y)

    def choose(self, selector, value):
        """Choose an option of a select by its value."""
        self.value(f"""(() => {{
            const list = document.querySelector({json.dumps(selector)});
            list.value = {json.dumps(value)};
            if (list.value !== {json.dumps(value)}) throw Error("no option " + list.value);
            list.dispatchEvent(new Event("change", {{bubbles: true}}));
        }})()""")

    def screenshot(self, path=None, selector=None):
        """A PNG (bytes) of the window, or of one element; written to `path` where given."""
        clip = {}
        if selector:
            left, top, width, height = self.box(selector)
            scroll = self.value("[scrollX, scrollY]")
            area = {"x": left + scroll[0], "y": top + scroll[1], "width": width, "height": height}
            clip = {"clip": area | {"scale": 1}, "captureBeyondViewport": True}
        png = base64.b64decode(self.call("Page.captureScreenshot", **clip)["data"])
        if path:
            Path(path).write_bytes(png)
        return png
