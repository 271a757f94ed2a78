"""Arguments that fit nowhere, or only seem to, and the judge of what is said of them."""

import datetime
import decimal
import fractions
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

# A sentence and a remedy, not a page.
MOST_LETTERS = 700


class Unshowable:
    """An object whose own text and array fail."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        raise RuntimeError("no array")


class Series:
    """Rows of a table by labels that are not 0, 1, 2, ..., as pandas has them after filtering."""

    def __init__(self, values: Any, first: int = 10):
        self.values = np.asarray(values)
        self.index = range(first, first + len(self.values))

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Any:
        return iter(self.values)

    def __getitem__(self, label: Any) -> Any:
        return self.values[{at: i for i, at in enumerate(self.index)}[label]]

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values, dtype)


def _masked() -> Any:
    return np.ma.masked_array([[1.0, 2.0, 3.0]] * 3, mask=[[0, 1, 0]] * 3)


THINGS: tuple[Callable[[], Any], ...] = (
    *(lambda: None, lambda: True, lambda: False, lambda: np.True_, object, Unshowable, lambda: NotImplemented),
    *(lambda: 0, lambda: 1, lambda: -1, lambda: 2, lambda: 3, lambda: 10**6, lambda: 2**31, lambda: 2**70),
    *(lambda: -(2**70), lambda: 10**400, lambda: 1.5, lambda: 0.5, lambda: -0.5, lambda: 1e-300, lambda: 1e300),
    *(lambda: float("nan"), lambda: float("inf"), lambda: -float("inf"), lambda: 1j),
    *(lambda: np.float32(0.5), lambda: np.int8(-3), lambda: np.uint64(2**64 - 1), lambda: np.float64("nan")),
    *(lambda: decimal.Decimal("0.5"), lambda: fractions.Fraction(1, 2), lambda: datetime.date(2026, 1, 1)),
    *(lambda: "", lambda: "a", lambda: "tokens", lambda: "abc", lambda: "auto", lambda: b"abc", lambda: "x" * 5000),
    *(list, tuple, dict, set, lambda: [[]], lambda: [None], lambda: [[], [1]], lambda: [[1], [1, 2], [3]]),
    *(lambda: ["a", "b", "c"], lambda: [b"a", "b", "c"], lambda: ["a", None, "c"], lambda: [["a"], ["b"], ["c"]]),
    *(lambda: ["a", ["b"], 3], lambda: [["a", None], ["b"], []], lambda: [["a", "b", "c", "d"]] * 3),
    *(lambda: [0, 1, 2], lambda: [0.0, 1.0, 2.0], lambda: [True, False, True], lambda: [1, -1, 5], lambda: [2**70]),
    *(lambda: {"a": [1, 2, 3]}, lambda: {"a": "b"}, lambda: {1: 2, "a": 3}, lambda: {"a": np.ones((3, 3), bool)}),
    *(lambda: {None: None}, lambda: {"a": None}, lambda: {"inputs": np.ones((3, 4))}, lambda: {("a",): 1}),
    *(lambda: frozenset("abc"), lambda: range(3), lambda: iter([1, 2, 3]), lambda: (i for i in range(3))),
    *(lambda: len, lambda: np.asarray, lambda: int, lambda: lambda *_: None, lambda: lambda: "a"),
    *(lambda: Series([1.0, 2.0, 3.0]), lambda: Series(["a", "b", "c"]), lambda: Series(np.eye(3))),
    *(_masked, lambda: np.ma.masked_all(3), lambda: np.datetime64("2026-01-01"), lambda: np.array("a")),
    *(lambda: np.zeros(3, "M8[s]"), lambda: np.zeros(3, "m8[s]"), lambda: np.zeros(3, [("a", float)])),
    *(lambda: np.array([object()] * 3), lambda: np.array([1, "a", None], object)),
    *(lambda: np.array([[1], [2, 3]], object), lambda: np.array([2**70, 1.5, True], object)),
    *(lambda: np.array([b"a", b"b", b"c"]), lambda: np.array(["1", "2", "3"]), lambda: memoryview(b"abc")),
    *(lambda: slice(0, 2), lambda: ..., lambda: type, lambda: np, lambda: np.eye(3).view(np.matrix)),
)  # fmt: skip
DTYPES = (
    "float32",
    "float64",
    "float16",
    "longdouble",
    "bool",
    "int64",
    "uint8",
    "uint64",
    "complex64",
    "object",
    "U1",
)
FILLS = (0, 1, -1, 2, 0.5, -3.5, 1e300, float("nan"), float("inf"))


@st.composite
def arrays(draw: Any) -> Any:
    """Arrays of up to four axes of 0 to 5, of any dtype, whose numbers are any of those that are trouble."""
    shape = tuple(draw(st.lists(st.sampled_from([3, 3, 3, 4, 2, 1, 0, 5]), max_size=4)))
    dtype = draw(st.sampled_from(DTYPES))
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    array = generator.normal(size=shape) * 3
    if draw(st.booleans()) and array.size:
        array.reshape(-1)[generator.integers(array.size)] = draw(st.sampled_from(FILLS))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return array.astype(dtype)


def anything() -> st.SearchStrategy[Any]:
    """What fits nowhere, or only seems to."""
    return st.one_of(st.sampled_from(THINGS).map(lambda make: make()), arrays())


@st.composite
def calls(draw: Any, fitting: Mapping[str, tuple[Callable[..., Any], Callable[[], dict[str, Any]]]]) -> Any:
    """The name of a function and arguments for it of which one or two are replaced.

    Args:
        draw: Hypothesis's.
        fitting: by name, a function and what makes arguments for it that fit.
    """
    name = draw(st.sampled_from(sorted(fitting)))
    arguments = fitting[name][1]()
    for replaced in draw(st.lists(st.sampled_from(sorted(arguments)), min_size=1, max_size=2, unique=True)):
        arguments[replaced] = draw(anything())
    return name, arguments


def fault(function: Callable[..., Any], arguments: Mapping[str, Any]) -> str | None:
    """What is wrong with how a function takes its arguments; None where it takes them, or says what would fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Taken, with a word on what it costs: that is an answer too.
        warnings.filterwarnings("ignore", "Reading probes from an iterator takes batches out of it", UserWarning)
        try:
            function(**arguments)
        except (ValueError, TypeError) as error:
            said = str(error)
            named = any(re.search(rf"\b{name}\b", said) for name in arguments)
            if "Received" in said and named and "\n" not in said and len(said) <= MOST_LETTERS:
                return None
            return f"{type(error).__name__}: {said[:300]}"
        except BaseException as error:
            return f"{type(error).__name__}: {str(error)[:300]}"
    return None
