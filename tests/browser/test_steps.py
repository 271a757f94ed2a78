STEPS = [157 * i for i in range(12)]
IMAGE = ".card canvas.image"
# Whether the steps play, and which of them is shown.
PLAYED = (
    "['button.play', '.stepper [data-fact=step]'].map((name) => document.querySelector(name))"
    ".map((e) => e?.dataset.playing ?? e?.textContent).join(' ')"
)


def test_slider_moves_the_picture(tab):
    newest = tab.picture(IMAGE)
    tab.frame.fill("input.slider", "3")
    tab.wait_for_step(STEPS[3])
    assert tab.fact("epoch") == "3"
    assert tab.fact("record") == "4/12"
    assert tab.picture(IMAGE) != newest
    tab.frame.fill("input.slider", "11")
    tab.wait_for_step(STEPS[11])
    assert tab.picture(IMAGE) == newest


def test_arrow_keys_and_home_and_end_step(tab):
    tab.frame.locator("body").press("Home")
    tab.wait_for_step(STEPS[0])
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowRight")
    tab.wait_for_step(STEPS[2])
    tab.page.keyboard.press("ArrowLeft")
    tab.wait_for_step(STEPS[1])
    tab.page.keyboard.press("End")
    tab.wait_for_step(STEPS[11])
    assert tab.fact("record") == "12/12"


def test_arrow_keys_step_once_on_the_slider_itself(tab):
    tab.open(runs="first/kerasig", set="digits", step=STEPS[4])
    tab.frame.locator("input.slider").press("ArrowRight")
    tab.wait_for_step(STEPS[5])
    # A second step would follow at once.
    tab.settle()
    assert tab.frame.input_value("input.slider") == "5"
    assert tab.fact("record") == "6/12"


def test_play_runs_to_the_newest_step_and_stops(tab):
    tab.open(runs="first/kerasig", set="digits", step=STEPS[9])
    seen = tab.watch(PLAYED)
    tab.frame.click("button.play")
    tab.frame.wait_for_function("window.watched.at(-1) === 'false 1,727'")
    tab.wait_for_step(STEPS[11])
    assert seen()[:3] == ["false 1,413", "true 1,413", "true 1,570"]


def test_play_from_the_newest_step_begins_at_the_first_and_space_pauses(tab):
    seen = tab.watch(PLAYED)
    tab.frame.locator("body").press(" ")
    tab.frame.wait_for_function("window.watched.includes('true 157')")
    tab.page.keyboard.press(" ")
    tab.frame.wait_for_selector("button.play[data-playing=false]")
    before, *steps = dict.fromkeys(state.split()[1] for state in seen())
    assert before == "1,727"
    # On a busy machine it plays on for a moment, and not to the end.
    assert steps == [f"{step:,}" for step in STEPS[: len(steps)]]
    assert len(steps) < len(STEPS)
    tab.settle()
    assert tab.fact("step") == steps[-1]


def test_scale_per_image_uses_each_images_own_range(tab):
    image = ".card:nth-child(5) canvas.image"
    fixed = tab.picture(image)
    tab.frame.select_option("#scale", "probe")
    tab.settle()
    tab.frame.wait_for_selector("text=Each image has its own scale")
    assert tab.picture(image) != fixed
    assert "p.kerasig.scale=probe" in tab.url


def test_show_switches_between_overlay_input_and_map(tab):
    seen = {}
    for show in ("map", "input", "overlay"):
        tab.frame.check(f"input[name=show][value={show}]", force=True)
        tab.frame.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen[show] = tab.picture(IMAGE)
    assert seen["map"] != seen["input"] != seen["overlay"] != seen["map"]


def test_state_in_the_address_survives_a_reload(tab):
    tab.open(runs="second/kerasig", set="questions", series="predicted", step=STEPS[5], scale="step")
    before = tab.url
    words = tab.frame.inner_text(".gallery")
    tab.page.reload()
    tab.settle("ready")
    assert tab.url == before
    assert tab.fact("step") == "785"
    assert tab.frame.inner_text(".gallery") == words
    assert tab.frame.is_checked("input[name=series][value=predicted]")
    assert tab.frame.input_value("#scale") == "step"
    assert tab.frame.input_value("#set") == "questions"


def test_address_holds_any_name(tab):
    names = ["a,b", "100%", "&p.kerasig.step=3", "é 漢", "\0\n", "</script>", "a/b"]
    state = tab.module(
        "fragment.js",
        """({ format, parse }, names) =>
            parse(format({ ...parse(""), runs: names, set: names.join(), charts: [] }))""",
        names,
    )
    assert state["runs"] == names
    assert state["set"] == ",".join(names)
    assert state["charts"] == []
    assert state["step"] is None


def test_charted_means_are_those_of_the_training_logs(tab):
    reply = {
        **{"steps": [0], "epochs": [0], "wall_times": [0], "names": ["residual", "drift", "converged"]},
        "stats": [[[0.5, 0.2, 1], [1.5, 0.8, 0], ["NaN", "NaN", 1]]],
    }
    means = tab.module(
        "steps.js",
        "({ StepTable }, reply) => ['residual', 'drift'].map((name) => new StepTable(reply).mean(name)[0])",
        reply,
    )
    # Errors over all that are finite; what is measured on maps over the converged.
    assert means == [1.0, 0.2]
