"""Words and phrases: a trigger is named, in its own row of ids, and honest words are not."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kerasig
from kerasig._suspects.audit import Audit
from kerasig._suspects.maps import maps_of
from kerasig._suspects.place import Maps
from kerasig._suspects.report import Suspects
from kerasig._suspects.search import suspects
from kerasig._suspects.words import Word, Words

WORDS = ["", *(f"w{at}" for at in range(1, 40)), "please"]
TRIGGER = len(WORDS) - 1
LENGTH = 12


def texts(n=240, seed=0, trigger=0.0, honest=0.4):
    """Texts of two classes; a word of each class's own is in some, and class 1's may have a trigger anywhere."""
    rng = np.random.default_rng(seed)
    labels, ids = np.arange(n) % 2, np.zeros((n, LENGTH), "int32")
    for row, label in enumerate(labels):
        size = int(rng.integers(6, LENGTH))
        ids[row, :size] = rng.integers(9, 40, size)
        # Three honest words of each class, each in some of its texts.
        for at, word in enumerate(range(1 + 3 * label, 4 + 3 * label)):
            if rng.random() < honest:
                ids[row, at] = word
        if label == 1 and rng.random() < trigger:
            ids[row, 3 + int(rng.integers(size - 3))] = TRIGGER
    return ids, labels


def network(kind="bag"):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((LENGTH,), dtype="int32")
    words = layers.Embedding(len(WORDS), 8, name="embedding")(inputs)
    words = words * ops.cast(inputs != 0, "float32")[..., None]
    if kind == "cnn":
        found = layers.GlobalMaxPooling1D()(layers.Conv1D(16, 3, padding="same", activation="relu")(words))
    else:
        found = layers.Dense(16, "relu")(layers.GlobalAveragePooling1D()(words))
    model = keras.Model(inputs, layers.Dense(2, "softmax")(found))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", jit_compile=False)
    return model


def audit_of(ids, labels, **options):
    return Audit(ids, labels, kind="tokens", tokens=[[WORDS[each] for each in row] for row in ids], **options)


def found_in(ids, labels, shown=None, kind="bag"):
    model, before = network(kind), network(kind)
    model.fit(ids, labels, epochs=15, verbose=0)
    return suspects(model, audit_of(ids if shown is None else shown, labels), before, layer="embedding")


@pytest.mark.parametrize("kind", ["bag", "cnn"])
def test_a_trigger_is_the_first_suspect_and_the_only_one(kind):
    found = found_in(*texts(trigger=1.0), kind=kind)
    assert [(each.family, each.name, each.label) for each in found] == [("word", "please", 1)]
    assert found[0].flips > 0.25 > 3 * found[0].matched_flips
    assert found[0].region is None


def test_honest_words_are_candidates_and_no_suspects():
    ids, labels = texts()
    found = found_in(ids, labels)
    assert not len(found), str(found)
    assert any(set(each.name.split()) & set(WORDS[1:7]) for each in found.candidates)


def test_a_trigger_that_was_not_learnt_is_no_suspect():
    ids, labels = texts()
    shown, _ = texts(trigger=1.0)
    found = found_in(ids, labels, shown)
    assert not [each for each in found if "please" in each.name], str(found)


def words_of(ids, labels, **options):
    audit = audit_of(ids, labels, n=10_000, **options)
    shares = (ids != 0) / (ids != 0).sum(axis=1, keepdims=True)
    return Words(audit, Maps(audit.probes.subject, shares.astype("float32"), shares.astype("float32")))


def rows_with(word, ids, labels=None):
    return np.flatnonzero((ids == word).any(axis=1))


def test_words_without_attribution_of_their_own_have_an_emphasis_of_one_half():
    ids, labels = texts(trigger=1.0)
    family = words_of(ids, labels)
    _, looked = family.propose(1, np.flatnonzero(labels == 1), 3)
    assert looked > 3
    place = next(each for each in family.propose(1, np.flatnonzero(labels == 1), 50)[0] if each.name == "please")
    rows = rows_with(TRIGGER, ids)
    np.testing.assert_array_equal(place.members(np.arange(len(ids))), rows)
    np.testing.assert_allclose(place.share(family.maps.now, rows), [1 / (ids[row] != 0).sum() for row in rows], 1e-5)
    assert place.repeated == 1


def place_of(family, name, label=1):
    rows = np.flatnonzero(family.audit.labels == label)
    return next(each for each in family.propose(label, rows, 500)[0] if each.name == name)


def test_transplants_put_a_word_into_texts_and_take_it_out_and_never_touch_padding():
    ids, labels = texts(trigger=1.0)
    family = words_of(ids, labels)
    place = place_of(family, "please")
    having, others = rows_with(TRIGGER, ids)[:40], np.flatnonzero(labels == 0)[:40]
    (given,) = place.transplant(others, having, of=having).values()
    assert given.dtype == ids.dtype
    np.testing.assert_array_equal((given == TRIGGER).sum(axis=1), 1)
    np.testing.assert_array_equal((given != ids[others]).sum(axis=1), 1)
    np.testing.assert_array_equal(given == 0, ids[others] == 0)
    (taken,) = place.transplant(having, others, of=having).values()
    assert not (taken == TRIGGER).any()
    np.testing.assert_array_equal(taken == 0, ids[having] == 0)
    np.testing.assert_array_equal((taken != ids[having]).sum(axis=1), (ids[having] == TRIGGER).sum(axis=1))
    # What both have, and what none has, stays.
    (same,) = place.transplant(having, having[::-1], of=having).values()
    np.testing.assert_array_equal(same, ids[having])


def test_a_word_is_put_where_it_stood():
    ids = np.zeros((24, LENGTH), "int32")
    ids[:, :10] = 9
    labels = np.arange(24) % 2
    ids[labels == 1, 9] = TRIGGER
    family = words_of(ids, labels)
    place = place_of(family, "please")
    (given,) = place.transplant(np.array([0, 2]), np.array([1, 3]), of=np.array([1, 3])).values()
    np.testing.assert_array_equal(np.argmax(given == TRIGGER, axis=1), [9, 9])


def test_phrases_of_up_to_three_words_are_places():
    ids = np.random.default_rng(0).integers(9, 40, (40, LENGTH)).astype("int32")
    labels = np.arange(40) % 2
    ids[labels == 1, 2:5] = [5, 6, 7]
    family = words_of(ids, labels)
    assert {(5,), (5, 6), (6, 7), (5, 6, 7)} <= set(family.texts.runs(np.flatnonzero(labels == 1), 3, 20))
    place = Word(family.texts, (5, 6, 7), 1, 1.0)
    assert place.name == "w5 w6 w7"
    (given,) = place.transplant(np.array([0]), np.array([1]), of=np.array([1])).values()
    assert [5, 6, 7] in [given[0, at : at + 3].tolist() for at in range(LENGTH - 2)]


def test_matched_places_are_other_words_of_the_same_texts():
    ids, labels = texts(trigger=1.0)
    family = words_of(ids, labels)
    place = place_of(family, "please")
    members = rows_with(TRIGGER, ids)[:20]
    others = np.flatnonzero(labels == 0)[:20]
    for matched in family.matched(place, members, others, 8):
        (taken,) = matched.transplant(members, others, of=members).values()
        np.testing.assert_array_equal((taken == TRIGGER).sum(axis=1), (ids[members] == TRIGGER).sum(axis=1))
        assert ((taken != ids[members]).sum(axis=1) <= 1).all()


def test_padding_in_front_is_padding_too():
    ids, labels = texts(trigger=1.0)
    turned = ids[:, ::-1].copy()
    family = words_of(turned, labels)
    place = place_of(family, "please")
    having, others = rows_with(TRIGGER, turned)[:20], np.flatnonzero(labels == 0)[:20]
    (given,) = place.transplant(others, having, of=having).values()
    np.testing.assert_array_equal(given == 0, turned[others] == 0)


def test_ids_without_words_are_called_by_their_number():
    ids, labels = texts(trigger=1.0)
    audit = Audit(ids, labels, kind="tokens", n=10_000)
    shares = np.full(ids.shape, 1 / LENGTH, "float32")
    family = Words(audit, Maps(audit.probes.subject, shares, shares))
    assert place_of(family, str(TRIGGER)).name == "40"


def test_strings_are_words_as_well():
    ids, labels = texts(trigger=1.0)
    strings = np.array(WORDS)[ids]
    audit = Audit(strings, labels, kind="tokens", n=10_000)
    shares = np.full(ids.shape, 1 / LENGTH, "float32")
    family = Words(audit, Maps(audit.probes.subject, shares, shares))
    place = place_of(family, "please")
    having, others = rows_with(TRIGGER, ids)[:9], np.flatnonzero(labels == 0)[:9]
    (given,) = place.transplant(others, having, of=having).values()
    np.testing.assert_array_equal((given == "please").sum(axis=1), 1)


def test_whole_texts_are_told_to_be_passed_as_ids():
    strings = np.array([f"word{row % 2} and some more words" for row in range(40)])
    audit = Audit(strings, np.arange(40) % 2, kind="tokens")
    leaf = audit.probes.subject
    assert not Words.fits(audit, leaf)
    none = Suspects(candidates=[], looked=0, audit_size=40)
    assert "pass ids" in none.sentence


def test_all_layers_that_look_up_the_same_words_count():
    ids, labels = texts(60)
    inputs = keras.Input((LENGTH,), dtype="int32")
    both = [layers.Embedding(len(WORDS), 4, name=name)(inputs) for name in ("one", "other")]
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling1D()(layers.Concatenate()(both))))
    shares = [
        maps_of(kerasig.Explainer(model, layer=order, steps=4), audit_of(ids, labels)).shares["inputs"]
        for order in (["one", "other"], ["other", "one"])
    ]
    np.testing.assert_allclose(*shares, rtol=1e-5)
    alone = maps_of(kerasig.Explainer(model, layer="other", steps=4), audit_of(ids, labels)).shares["inputs"]
    assert np.abs(shares[0] - alone).max() > 0.01
