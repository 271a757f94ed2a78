"""Playing the steps: as fast as was chosen, and no log for longer than anybody waits."""

from itertools import pairwise


def test_many_records_play_within_what_was_said(long_tab):
    tab = long_tab
    tab.open(step=0)
    tab.frame.select_option(".speed", "4")
    # It says how long once this is drawn.
    tab.frame.wait_for_function("document.querySelector('.speed')?.title.endsWith('all records in 5 s')")
    # What is drawn, and when the last one was: on a busy machine later, but not as late as one by one at 450 ms.
    seconds = tab.frame.evaluate(
        """() => new Promise((done) => {
          const start = performance.now();
          const look = () => document.querySelector("[data-fact=step]").textContent === "399"
            ? done((performance.now() - start) / 1000) : requestAnimationFrame(look);
          document.querySelector("button.play").click();
          look();
        })"""
    )
    assert 4.5 < seconds < 15
    tab.frame.wait_for_selector("button.play[data-playing=false]")


def test_speed_is_kept_in_the_address_and_turned_by_keys(long_tab):
    tab = long_tab
    tab.open(speed="0.5", step=0)
    assert tab.frame.input_value(".speed") == "0.5"
    body = tab.frame.locator("body")
    for speed in ("1", "2", "4", "4"):
        body.press(".")
        tab.frame.wait_for_function("(speed) => document.querySelector('.speed')?.value === speed", arg=speed)
    assert "p.kerasig.speed=4" in tab.url
    body.press(",")
    tab.frame.wait_for_function("document.querySelector('.speed')?.value === '2'")
    assert "p.kerasig.speed=2" in tab.url
    tab.page.reload()
    tab.settle("ready")
    assert tab.frame.input_value(".speed") == "2"


def test_stepper_has_room_for_the_speed_in_a_narrow_window(long_tab):
    tab = long_tab
    tab.open()
    boxes = tab.frame.evaluate(
        "[...document.querySelectorAll('.stepper > *')].map((e) => e.getBoundingClientRect())"
        ".filter((b) => b.width).map((b) => [b.left, b.right])"
    )
    assert all(left >= before - 0.5 for (_, before), (left, _) in pairwise(boxes))
    assert max(right for _, right in boxes) <= tab.frame.evaluate("innerWidth")
