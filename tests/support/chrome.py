# chrome.py: headless Chromium over its debugging pipe, with nothing but the standard library.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Messages are JSON ended by a zero byte: commands go down descriptor 3, answers and events come up descriptor 4.
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


def find():
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


class Chrome:
    def __init__(self, program, seconds=60):
        self.folder = tempfile.mkdtemp(prefix="chrome-")
        self.end = time.monotonic() + seconds
        self.held, self.events, self.count, self.session = b"", [], 0, None
        down_read, self.down = os.pipe()
        self.up, up_write = os.pipe()

        def place():  # in the child: the two ends where Chromium looks for them
            ends = [fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (down_read, up_write)]
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox",
             "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-dev-shm-usage", f"--user-data-dir={self.folder}",
             "--remote-debugging-pipe", "about:blank"],
            preexec_fn=place, pass_fds=(3, 4), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(down_read)
        os.close(up_write)
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def close(self):
        for one in (self.down, self.up):
            os.close(one)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # The next message, or None after so many seconds without one.
    def read(self, seconds):
        until = min(self.end, time.monotonic() + seconds)
        while b"\0" not in self.held:
            ready, _, _ = select.select([self.up], [], [], max(0, until - time.monotonic()))
            if not ready:
                return None
            some = os.read(self.up, 1 << 20)
            if not some:
                raise RuntimeError(f"Chromium has ended, code {self.process.poll()}")
            self.held += some
        message, self.held = self.held.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, more=None):
        self.count += 1
        message = {"id": self.count, "method": method, "params": more or {}}
        if self.session is not None:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.down, data):]
        while True:
            answer = self.read(60)
            if answer is None:
                raise RuntimeError(f"Chromium does not answer {method}")
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method, seconds=30):
        for place, event in enumerate(self.events):
            if event.get("method") == method:
                return self.events.pop(place)["params"]
        until = time.monotonic() + seconds
        while True:
            message = self.read(max(0, until - time.monotonic()))
            if message is None:
                raise RuntimeError(f"no {method} within {seconds} s")
            if message.get("method") == method:
                return message["params"]
            self.events.append(message)

    def run(self, script):
        answer = self.ask("Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def open(self, path):
        self.url = "file://" + os.path.abspath(path)
        self.ask("Page.navigate", {"url": self.url})
        self.wait("Page.loadEventFired")

    def width(self, pixels, height=900):
        self.ask("Emulation.setDeviceMetricsOverride",
                 {"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": pixels < 600})

    def scheme(self, name):
        self.ask("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]})

    # A picture of the whole page, or of {x, y, width, height} of it.
    def shot(self, clip=None):
        more = {"format": "png", "captureBeyondViewport": True}
        if clip is not None:
            more["clip"] = dict(clip, scale=1)
        return base64.b64decode(self.ask("Page.captureScreenshot", more)["data"])

    # What the console said, and what was asked for beside the page itself.
    def noise(self):
        while (message := self.read(0.2)) is not None:
            self.events.append(message)
        said, asked = [], []
        for event in self.events:
            method, params = event.get("method"), event.get("params", {})
            if method == "Runtime.consoleAPICalled":
                said.append(" ".join(str(one.get("value", one.get("description"))) for one in params["args"]))
            elif method == "Runtime.exceptionThrown":
                said.append(params["exceptionDetails"].get("exception", {}).get("description", "an exception"))
            elif method == "Log.entryAdded":
                said.append(params["entry"]["text"])
            elif method == "Network.requestWillBeSent" and params["request"]["url"] != self.url:
                asked.append(params["request"]["url"][:200])
        return said, [url for url in asked if not url.startswith(("data:", "about:"))]
