"""Looks at a page in headless Chromium, over its own pipe: browser.py CHROMIUM PAGE...

Prints TAP: one line for each page, and what is wrong with it. With KEEP=FOLDER in the environment
the screenshots and the prints are kept there."""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import zlib

LOOK = r"""
(() => {
  const out = [];
  const say = (what, why) => { if (out.filter(x => x[0] === what).length < 5) out.push([what, why]); };
  const name = e => e.tagName + (e.getAttribute('class') ? '.' + e.getAttribute('class') : '') + ' "' +
    (e.textContent || '').trim().slice(0, 40) + '"';
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width)
    say('overflow', 'the page is ' + document.documentElement.scrollWidth + ' wide of ' + width);
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('.wide') && !e.classList.contains('wide') || e.closest('svg') !== null && e.tagName !== 'svg')
      continue;
    const r = e.getBoundingClientRect();
    if (r.width && (r.right > width + 0.5 || r.left < -0.5)) say('overflow', name(e) + ' ends at ' + r.right);
  }
  let level = 0;
  for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const n = +h.tagName[1];
    if (n > level + 1) say('headings', name(h) + ' follows h' + level);
    level = n;
  }
  if (document.querySelectorAll('h1').length !== 1) say('headings', 'not one h1');
  const parts = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = c => {
    const [r, g, b] = c.slice(0, 3).map(x => x / 255).map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches && !matchMedia('print').matches ? [18, 18, 18] : [255, 255, 255];
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return canvas;
  };
  const seen = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let words = 0;
  for (let t; (t = walk.nextNode());) {
    if (!t.textContent.trim()) continue;
    words++;
    const e = t.parentElement, color = parts(getComputedStyle(e).color), back = ground(e);
    const key = color + '/' + back;
    if (seen.has(key)) continue;
    seen.add(key);
    const a = light(color), b = light(back), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) say('contrast', name(e) + ' has ' + ratio.toFixed(2) + ': ' + key);
  }
  if (words < 20) say('words', 'the page has ' + words + ' pieces of text');
  for (const s of document.querySelectorAll('svg')) {
    const told = s.getAttribute('role') === 'presentation' || s.getAttribute('aria-label');
    if (!told) say('pictures', 'one has no label');
    const beside = s.closest('figure, td, li');
    if (!beside || !beside.textContent.trim()) say('pictures', 'one has no text: ' + s.getAttribute('aria-label'));
    const r = s.getBoundingClientRect();
    if (!r.width || !r.height) say('pictures', 'one is not seen: ' + s.getAttribute('aria-label'));
  }
  for (const f of document.querySelectorAll('table'))
    if (!f.caption || !f.tHead) say('tables', 'one has no caption or head');
  if (document.querySelectorAll('script, link, iframe, object').length) say('scripts', 'there is one');
  return JSON.stringify(out);
})()
"""
PRINTED = r"""
(() => {
  const out = [];
  for (const e of document.querySelectorAll('.wide, pre'))
    if (e.scrollWidth > e.clientWidth + 1)
      out.push(['print', 'clipped: ' + e.scrollWidth + ' of ' + e.clientWidth + ' "' + e.textContent.trim().slice(0, 40) + '"']);
  return JSON.stringify(out.slice(0, 5));
})()
"""


class Browser:
    def __init__(self, program, profile):
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()

        def pipes():
            os.dup2(os.dup(to_read), 3)
            os.dup2(os.dup(to_write), 4)

        # Numbers of the ends may be 3 and 4 themselves: they are kept by copies above all others.
        to_read, to_write = os.dup2(to_read, 33), os.dup2(to_write, 34)
        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--user-data-dir=" + profile, "--remote-debugging-pipe", "about:blank"],
            pass_fds=(3, 4, 33, 34), preexec_fn=pipes, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None

    def read(self):
        while b"\0" not in self.buffer:
            data = os.read(self.back, 1 << 16)
            if not data:
                raise SystemExit("browser: it went away")
            self.buffer += data
        one, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(one)

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit("browser: %s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def open(self, url):
        self.events = []
        self.ask("Page.navigate", url=url)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self.read())

    def wrong(self, url):
        for e in self.events:
            p = e.get("params", {})
            if e.get("method") == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
                yield ["console", p["entry"]["text"]]
            if e.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
                yield ["console", json.dumps(p)[:200]]
            if e.get("method") == "Network.requestWillBeSent" and p["request"]["url"] != url:
                yield ["network", p["request"]["url"][:200]]

    def evaluate(self, text):
        return json.loads(self.ask("Runtime.evaluate", expression=text, returnByValue=True)["result"]["value"])


def pages_of(pdf):
    text = pdf
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            text += zlib.decompress(stream)
        except zlib.error:
            pass
    return len(re.findall(rb"/Type\s*/Page\b", text))


def look(browser, page, shots):
    url = "file://" + page
    for width, height in ((390, 844), (1280, 900)):
        browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                    deviceScaleFactor=1, mobile=width < 500)
        browser.open(url)
        for scheme in ("light", "dark"):
            browser.ask("Emulation.setEmulatedMedia", media="screen",
                        features=[{"name": "prefers-color-scheme", "value": scheme}])
            for what, why in list(browser.wrong(url)) + browser.evaluate(LOOK):
                yield "%s at %d %s: %s" % (what, width, scheme, why)
            if shots:
                clip = {"x": 0, "y": 0, "width": width, "height": 6 * height, "scale": 1}
                shot = browser.ask("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
                with open("%s-%d-%s.png" % (shots, width, scheme), "wb") as f:
                    f.write(base64.b64decode(shot["data"]))
    # A4 with Chromium's margins of 1 cm is 718 CSS pixels wide.
    browser.ask("Emulation.setDeviceMetricsOverride", width=718, height=1047, deviceScaleFactor=1, mobile=False)
    browser.ask("Emulation.setEmulatedMedia", media="print", features=[])
    for what, why in browser.evaluate(PRINTED):
        yield "%s: %s" % (what, why)
    pdf = base64.b64decode(browser.ask("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
    if pages_of(pdf) < 1:
        yield "print: no pages"
    if shots:
        with open(shots + ".pdf", "wb") as f:
            f.write(pdf)


def main():
    program, keep = sys.argv[1], os.environ.get("KEEP")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
            browser.session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for method in ("Page.enable", "Runtime.enable", "Log.enable", "Network.enable"):
                browser.ask(method)
            for page in sys.argv[2:]:
                name = os.path.splitext(os.path.basename(page))[0]
                wrong = list(look(browser, os.path.realpath(page), keep and os.path.join(keep, name)))
                print("ok browser " + name if not wrong else "not ok browser %s - %s" % (name, wrong[0]))
                for line in wrong[1:]:
                    print("# " + line)
        finally:
            browser.process.terminate()
            browser.process.wait()


main()
