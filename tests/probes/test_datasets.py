"""The first examples of a dataset: batched or not, finite or not, and nobody's random numbers disturbed."""

import random
import warnings

import numpy as np
import pytest
import scipy.sparse

from kerasig.probes import ProbeSet

tf, keras, tf_keras, pandas = map(pytest.importorskip, ("tensorflow", "keras", "tf_keras", "pandas"))

X = np.arange(10 * 6, dtype=np.float32).reshape(10, 6)
Y = np.arange(10) % 3
SQUARES = np.arange(10 * 28 * 28, dtype=np.float32).reshape(10, 28, 28)


def slices(*parts):
    return tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])


def of_generator(parts, spec):
    return tf.data.Dataset.from_generator(lambda: iter(parts), output_signature=spec)


@pytest.mark.parametrize(
    "dataset",
    [
        slices(X, Y),
        slices(X, Y).batch(4),
        slices(X, Y).batch(3, drop_remainder=True),
        slices(X, Y).batch(1),
        slices(X, Y).repeat(),
        slices(X, Y).batch(4).repeat().prefetch(2),
        slices(X, Y).batch(4, num_parallel_calls=2).map(lambda x, y: (x, y)),
        slices(X, Y).padded_batch(5),
        slices(X, Y).batch(5).unbatch(),
        slices(X, Y).batch(2).cache().take(4),
        slices(X, Y, np.ones(10)).batch(4),
        tf.data.Dataset.zip((slices(X), slices(Y))).batch(4),
        tf.data.Dataset.zip((slices(X), slices(Y))),
        slices(X, Y).take(5).concatenate(slices(X, Y).skip(5)).batch(4),
        tf.data.Dataset.from_tensors((X, Y)),
        (X, Y),
        (X, Y, np.ones(10)),
        (tf.constant(X), tf.constant(Y)),
    ],
    ids=range(18),
)
def test_the_first_n_examples_are_taken_from_every_form(dataset):
    probes = ProbeSet.from_dataset(dataset, 7, title="first")
    np.testing.assert_array_equal(probes.inputs, X[:7])
    np.testing.assert_array_equal(probes.class_labels, Y[:7])
    assert probes.title == "first"


@pytest.mark.parametrize("batch", [None, 4])
@pytest.mark.parametrize("labels", [Y, np.eye(3, dtype=np.float32)[Y]], ids=["sparse", "one-hot"])
def test_a_square_image_is_no_batch_of_rows(batch, labels):
    dataset = slices(SQUARES, labels)
    probes = ProbeSet.from_dataset(dataset.batch(batch) if batch else dataset, 5)
    np.testing.assert_array_equal(probes.inputs, SQUARES[:5])
    np.testing.assert_array_equal(probes.class_labels, Y[:5])


@pytest.mark.parametrize("batch", [None, 4])
def test_elements_without_labels_are_inputs(batch):
    dataset = slices(SQUARES)
    probes = ProbeSet.from_dataset(dataset.batch(batch) if batch else dataset, 5, labels=Y[:5])
    np.testing.assert_array_equal(probes.inputs, SQUARES[:5])
    assert probes.class_labels.tolist() == Y[:5].tolist()


@pytest.mark.parametrize("batch", [None, 4])
def test_dict_inputs_and_strings_keep_their_structure(batch):
    texts = np.array([f"text {i}" for i in range(10)])
    dataset = tf.data.Dataset.from_tensor_slices(({"text": texts, "row": (X, Y)}, Y))
    probes = ProbeSet.from_dataset(dataset.batch(batch) if batch else dataset, 5)
    assert [name for name, _ in probes.leaves()] == ["row/0", "row/1", "text"]
    np.testing.assert_array_equal(probes.inputs["row"][0], X[:5])
    assert probes.inputs["text"].tolist() == [f"text {i}".encode() for i in range(5)]


def test_a_tuple_of_several_inputs_is_a_nest():
    probes = ProbeSet.from_dataset(((X, SQUARES), Y), 3)
    assert [array.shape for _, array in probes.leaves()] == [(3, 6), (3, 28, 28)]


def test_a_generator_of_batches_is_told_from_a_generator_of_examples():
    flexible = (tf.TensorSpec((None, 6), tf.float32), tf.TensorSpec((None,), tf.int64))
    batches = of_generator([(X[:4], Y[:4]), (X[4:8], Y[4:8])], flexible)
    examples = of_generator(
        list(zip(X, Y, strict=True)), (tf.TensorSpec((6,), tf.float32), tf.TensorSpec((), tf.int64))
    )
    for dataset in (batches, examples):
        np.testing.assert_array_equal(ProbeSet.from_dataset(dataset, 6).inputs, X[:6])


def test_texts_of_any_length_without_batching_are_examples():
    spec = (tf.TensorSpec((None,), tf.int64), tf.TensorSpec((), tf.int64))
    dataset = of_generator([(np.arange(1, 5), 0), (np.arange(2, 6), 1)], spec)
    assert ProbeSet.from_dataset(dataset, 2).inputs.shape == (2, 4)


@pytest.mark.parametrize(
    "dataset", [slices(X, Y), slices(X, Y).batch(4), (X, Y)], ids=["examples", "batches", "arrays"]
)
def test_too_few_examples_are_an_error(dataset):
    with pytest.raises(ValueError, match=r"Received 10 examples, n=11\. Pass n=10 or less"):
        ProbeSet.from_dataset(dataset, 11)


@pytest.mark.parametrize(
    ("dataset", "n", "message"),
    [
        ((X, Y), 0, "n must be a positive integer"),
        ((X, Y), 2.0, "n must be a positive integer"),
        (X, 2, "must be a tf.data.Dataset, a keras.utils.PyDataset, .*Received ndarray"),
        (((X, Y), (X[:4], Y[:4])), 2, r"Received lengths \[4, 10\].*load_data\(\)\[1\]"),
        ((X, Y, Y, Y), 2, "elements x, "),
        ((), 2, "elements x, "),
        (slices(X, Y, Y, Y), 2, "elements x, "),
        (of_generator([np.ones(2), np.ones(3)], tf.TensorSpec((None,), tf.float32)).padded_batch(1), 2, "of one shape"),
        (slices(X).window(2), 2, "each array in dataset must be an array of one shape.*_VariantDataset"),
        ([], 2, "Received none, n=2"),
        ([(X[:4], Y[:4]), X[4:]], 5, "each element of dataset must have the structure of the first"),
        ([(X[:2], Y[:2]), (X[2:4], Y[2:3])], 4, r"as many rows in each array of a batch\. Received \[1, 2\]"),
        (lambda: None, 2, "Received NoneType"),
        ({"x": X}, 2, "Received dict"),
        ("abc", 2, "Received str"),
    ],
    ids=range(15),
)
def test_what_cannot_be_taken_is_refused_with_a_remedy(dataset, n, message):
    with pytest.raises(ValueError, match=message) as error:
        ProbeSet.from_dataset(dataset, n)
    assert "Received" in str(error.value)


def test_no_global_random_number_is_drawn():
    def noisy():
        for row in X:
            yield row + np.random.normal() + random.random()  # noqa: NPY002

    dataset = tf.data.Dataset.from_generator(noisy, output_signature=tf.TensorSpec((6,), tf.float32)).shuffle(
        5, reshuffle_each_iteration=False
    )

    def draws(peek):
        tf.random.set_seed(1)
        np.random.seed(1)  # noqa: NPY002
        random.seed(1)
        if peek:
            ProbeSet.from_dataset(dataset, 3)
        return float(tf.random.uniform(())), np.random.random(), random.random()  # noqa: NPY002

    assert draws(peek=True) == draws(peek=False)


def test_a_dataset_that_reshuffles_is_read_with_a_warning():
    with pytest.warns(UserWarning, match="moves it on to its next order") as record:
        ProbeSet.from_dataset(slices(X, Y).shuffle(10).batch(2), 3)
    assert record[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ProbeSet.from_dataset(slices(X, Y).shuffle(10, reshuffle_each_iteration=False).batch(2), 3)


class Batches(keras.utils.PyDataset):
    """Batches of 4, in whatever form is made of them."""

    def __init__(self, make=lambda x, y: (x, y, np.ones(len(x)))):
        super().__init__()
        self.make = make

    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = slice(4 * index, 4 * index + 4)
        return self.make(X[rows], Y[rows])


class EndlessBatches(Batches):
    num_batches = None


class OldBatches(tf_keras.utils.Sequence):
    __len__, __getitem__, make = Batches.__len__, Batches.__getitem__, staticmethod(lambda x, y: [x, y])


def batches():
    for index in range(3):
        yield Batches()[index]


def endless():
    while True:
        yield from batches()


@pytest.mark.parametrize(
    "dataset",
    [
        Batches(),
        Batches(lambda x, y: [pandas.DataFrame(x), pandas.Series(y, index=range(len(y), 0, -1))]),
        EndlessBatches(),
        OldBatches(),
        batches,
        endless,
        list(batches()),
        list(zip(X, Y, strict=True)),
        (pandas.DataFrame(X), pandas.Series(Y, index=[0.5 * y for y in range(10, 0, -1)])),
        (scipy.sparse.csr_matrix(X), Y),
        (scipy.sparse.coo_matrix(X), Y),
        (tf.sparse.from_dense(X), Y),
        slices(tf.sparse.from_dense(X), Y).batch(4),
        [(tf.sparse.from_dense(X[:5]), Y[:5]), (tf.sparse.from_dense(X[5:]), Y[5:])],
    ],
    ids=range(14),
)
def test_what_keras_trains_on_gives_its_first_examples(dataset):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        probes = ProbeSet.from_dataset(dataset, 7)
    np.testing.assert_array_equal(probes.inputs, X[:7])
    np.testing.assert_array_equal(probes.class_labels, Y[:7])


def test_a_dataset_by_index_is_asked_for_no_more_batches_than_it_takes():
    asked = []
    ProbeSet.from_dataset(Batches(lambda x, y: asked.append(len(x)) or (x, y)), 5)
    assert asked == [4, 4]


def test_an_iterator_is_read_with_a_warning_and_goes_on_where_reading_ended():
    for iterator in (batches(), iter(slices(X, Y).batch(4)), slices(X, Y).batch(4).as_numpy_iterator()):
        with pytest.warns(UserWarning, match=r"takes batches out of it.*Pass the function that makes it") as record:
            probes = ProbeSet.from_dataset(iterator, 5)
        assert record[0].filename == __file__
        np.testing.assert_array_equal(probes.inputs, X[:5])
        np.testing.assert_array_equal(next(iterator)[0], X[8:])


def test_batches_of_inputs_alone_are_inputs():
    probes = ProbeSet.from_dataset([X[:4], X[4:]], 6)
    np.testing.assert_array_equal(probes.inputs, X[:6])
    assert probes.labels is None
    assert ProbeSet.from_dataset(Batches(lambda x, y: ({"a": x, "b": x[:, 0]},)), 6).inputs["b"].shape == (6,)


WORDS = [[1, 2], [3], [4, 5, 6], [7, 8], [9, 1, 2, 3]]
PADDED = [[1, 2, 0, 0], [3, 0, 0, 0], [4, 5, 6, 0], [7, 8, 0, 0], [9, 1, 2, 3]]


@pytest.mark.parametrize(
    "dataset",
    [
        (tf.ragged.constant(WORDS), Y[:5]),
        slices(tf.ragged.constant(WORDS), Y[:5]),
        slices(tf.ragged.constant(WORDS), Y[:5]).batch(2),
        slices(tf.ragged.constant(WORDS)).batch(2),
        of_generator(WORDS, tf.TensorSpec((None,), tf.int32)).ragged_batch(3),
        [(tf.ragged.constant(WORDS[:2]), Y[:2]), (tf.ragged.constant(WORDS[2:]), Y[2:5])],
    ],
    ids=range(6),
)
def test_ragged_rows_are_padded_at_their_end_to_the_longest_that_is_read(dataset):
    assert ProbeSet.from_dataset(dataset, 5).inputs.tolist() == PADDED
    assert ProbeSet.from_dataset(dataset, 2).inputs.tolist() == [row[:2] for row in PADDED[:2]]


def test_ragged_strings_are_padded_with_empty_ones():
    words = tf.ragged.constant([["how", "many"], ["who"]])
    assert ProbeSet(words).inputs.tolist() == [[b"how", b"many"], [b"who", b""]]
    assert ProbeSet.from_dataset(slices(words).batch(1), 2).inputs.tolist() == [[b"how", b"many"], [b"who", b""]]


def test_tensors_become_arrays():
    probes = ProbeSet(tf.constant(X), tf.constant(Y), names=tf.constant([f"row {i}" for i in range(10)]))
    np.testing.assert_array_equal(probes.inputs, X)
    assert probes.names[1] == "row 1"
    assert ProbeSet(tf.cast(X, tf.bfloat16)).inputs.dtype == np.float32
    assert ProbeSet(tf.constant(["a b", "c"]), tokens=tf.constant([["a", "b"], ["c", ""]])).tokens[0] == ("a", "b")
    assert ProbeSet(tf.ones((2, 3, 1)), edges=tf.constant([[0, 1]])).edges[1].tolist() == [[0, 1]]
