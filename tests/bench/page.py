"""`make bench-page`: how quick the pages are, in a real Chromium, on the server's own cores.

A flag's event says when the flag was saved, in seconds since its job began. The dashboard prints
the wall time of that beginning, and the browser adds `performance.timeOrigin` to its clock: both
are the wall time of this machine. A square is painted when the frame that changed it is painted. A
task that is posted in a frame runs after it.
"""

import argparse
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from tests.bench import report
from tests.bench.targets import Target
from tests.support import chromium
from tests.support.running import RunningDashboard

WINDOW: ViewportSize = {"width": 1280, "height": 800}
JOB = "select=every&server=ERROR&strategy=as_completed&max_req=100"
# Each job says when it began, by the wall clock.
TELLING = """
import sys, time
from flagdl import engine
stopwatch = engine._stopwatch
def telling():
    print("began", time.time(), flush=True)
    return stopwatch()
engine._stopwatch = telling
import app
sys.exit(app.main())
"""
# In each page: notes when its panel, its squares and their flags were painted (all in ms), and how
# long its tasks and the scripts of its frames took.
PROBE = """
const noted = window.noted = { shown: 0, squares: {}, flags: {}, tasks: [], frames: [] };
const request = window.requestAnimationFrame.bind(window);
const { port1, port2 } = new MessageChannel();
const changed = [];
port1.onmessage = () => {
  noted.shown ||= performance.now();
  for (const [what, cc] of changed.splice(0)) {
    noted[what][cc] ??= performance.timeOrigin + performance.now();
  }
};
new MutationObserver((records) => {
  for (const { target, attributeName } of records) {
    if (attributeName === 'hidden' && target.matches('[data-panel]')) {
      request(() => port2.postMessage(0));
    }
    if (target.dataset?.status === 'ok' && target.dataset.cc) {
      changed.push([attributeName ? 'squares' : 'flags', target.dataset.cc]);
    }
  }
  if (changed.length) port2.postMessage(0);
}).observe(document, {
  subtree: true, childList: true, attributeFilter: ['data-status', 'hidden'],
});
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) noted.tasks.push([startTime, duration]);
}).observe({ type: 'longtask', buffered: true });
window.requestAnimationFrame = (draw) => request((time) => {
  const began = performance.now();
  draw(time);
  const took = performance.now() - began;
  const last = noted.frames[noted.frames.length - 1];
  if (last?.[0] === time) last[1] += took;
  else noted.frames.push([time, took]);
});
"""
# The job has ended, and each saved flag is in its square.
OVER = """
() => !document.querySelector('[data-once-ended]').hidden
  && document.querySelectorAll('.tile[data-status=ok]').length === Object.keys(noted.flags).length
"""
# Ticks a box until the start button shows another number in the next frame.
ANSWERS = """
() => new Promise((answered) => {
  const attempt = () => {
    const promise = document.querySelector('[data-promise]');
    const before = promise?.textContent;
    document.querySelector('[data-list] input[name=codes]')?.click();
    requestAnimationFrame(() => {
      if (promise && promise.textContent !== before) answered(performance.now());
      else attempt();
    });
  };
  attempt();
})
"""


def main() -> None:
    """Measure as often as the arguments say, and print medians."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="default: %(default)s")
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="flagdl-bench-") as directory,
        RunningDashboard(Path(directory), program=TELLING) as dashboard,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium.executable(), args=chromium.launch_args()
        )
        measured = [
            {**of_a_job(dashboard, browser), **of_a_visit(dashboard, browser)}
            for _ in range(rounds)
        ]
        browser.close()
    figures = {name: median(each[name] for each in measured) for name in measured[0]}
    load = os.getloadavg()[0]
    print(f"Medians of {rounds} rounds on {report.machine()}, load {load:.1f}:\n")
    print(report.targets(targets(figures)))
    print("\n" + further(figures))


def of_a_job(dashboard: RunningDashboard, browser: Browser) -> dict[str, float]:
    """Start a job of every code as users do, and read what the page noted until its end."""
    with browser.new_context(viewport=WINDOW) as context:
        context.add_init_script(PROBE)
        page = context.new_page()
        page.goto(f"{dashboard.url}/?{JOB}")
        expect(page.locator("[data-promise]")).to_contain_text("676")
        page.locator("[data-form] [type=submit]").click()
        page.wait_for_url("**/jobs/*")
        page.wait_for_function(OVER, polling=500)  # asking more often would slow the page
        noted = page.evaluate("noted")
    items = dashboard.job(page.url.rpartition("/")[2])["items"]
    began = [float(line.split()[1]) for line in dashboard.log if line.startswith("began ")][-1]
    saved = {i["cc"]: 1000 * (began + i["finished"]) for i in items if i["status"] == "ok"}
    return figures_of(saved, noted)


def figures_of(saved: Mapping[str, float], noted: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of one page, in ms; `saved` is when each flag was saved."""
    loaded = noted["shown"]
    tasks = [took for at, took in noted["tasks"] if at >= loaded]
    frames = [took for at, took in noted["frames"] if at >= loaded]
    return {
        "square": median(noted["squares"][cc] - at for cc, at in saved.items()),
        "flag": median(noted["flags"][cc] - at for cc, at in saved.items()),
        "tasks": len(tasks),
        "longest": max(tasks, default=0),
        "loading": len(noted["tasks"]) - len(tasks),
        "script": median(frames),
        "script95": quantiles(frames, n=20)[-1],
    }


def of_a_visit(dashboard: RunningDashboard, browser: Browser) -> dict[str, float]:
    """Return when `/` can be used on a first visit (s), and its size (kB)."""
    with browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        sizes: list[int] = []
        network.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
        network.send("Network.enable")
        page.goto(dashboard.url, wait_until="commit")
        usable = page.evaluate(ANSWERS)
        page.wait_for_load_state("networkidle")
    return {"usable": usable / 1000, "size": sum(sizes) / 1000}


def targets(figures: Mapping[str, float]) -> list[Target]:
    """Return what was measured, with its limits."""
    job = "676 codes, ERROR, 100 connections"
    return [
        Target(f"{job}: flag saved → square painted", 100, figures["square"], " ms"),
        Target(f"{job}: long tasks", 0, figures["tasks"]),
        Target(f"{job}: long tasks before its panel is painted", 1, figures["loading"]),
        Target(
            "/ with a cold cache: ticking a box changes the button", 0.6, figures["usable"], " s"
        ),
        Target("/ with a cold cache: transferred", 200, figures["size"], " kB"),
    ]


def further(figures: Mapping[str, float]) -> str:
    """Say what else was measured."""
    return (
        f"Script in a frame: {figures['script']:.1f} ms, 95th percentile"
        f" {figures['script95']:.1f} ms. Flag saved → flag in its square: {figures['flag']:.0f} ms."
        f" The longest task: {figures['longest']:.0f} ms (0: none over 50)."
    )


if __name__ == "__main__":
    main()
