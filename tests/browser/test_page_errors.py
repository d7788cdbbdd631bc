"""What makes the fixture `new_page` fail a test."""

from tests.support.contexts import Contexts
from tests.support.page_errors import Watch
from tests.support.running import RunningDashboard, wait_for

MISDEEDS = """() => {
    console.error('allowed');
    console.error('logged');
    setTimeout(() => { throw new Error('thrown'); });
    document.body.append(Object.assign(new Image(), { src: 'http://image.example/' }));
    fetch('http://fetch.example/').catch(() => {});
    try { new WebSocket('ws://socket.example/'); } catch { /* some browsers throw */ }
}"""

NOTICED = ("logged", "thrown", "image.example", "fetch.example", "socket.example")


def test_what_no_page_may_do_is_noticed(shared: RunningDashboard, contexts: Contexts) -> None:
    watch = Watch(("allowed",))
    with contexts.open() as page, watch.watching(page):
        page.goto(f"{shared.url}/healthz")
        page.evaluate(MISDEEDS)
        watch.settle(page.context)

        def noticed() -> bool:
            page.evaluate("0")  # meanwhile, Playwright handles events
            return all(any(word in text for text in watch.complaints) for word in NOTICED)

        wait_for(noticed)
    assert not any("allowed" in text for text in watch.complaints)
