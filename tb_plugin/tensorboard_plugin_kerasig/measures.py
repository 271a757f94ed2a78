"""Descriptions of a stats series' columns in its metadata, so that the page knows no measure by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tensorboard_plugin_kerasig.payloads import FormatError


def check_measures(measures: Any, names: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """The description of each column, in the order of their names; fields that this version does not know are left out.

    Args:
      measures: As stored; None in logs of versions that said nothing.
      names: The columns.

    Returns:
      One description per column, or none at all.

    Raises:
      FormatError: If there is not one description per column, or a field is not what it should be.
    """
    if measures is None:
        return ()
    if not isinstance(measures, list) or len(measures) != len(names) or not all(map(_is_measure, measures)):
        raise FormatError("The metadata of a tag is corrupt: its 'measures' do not describe its columns.")
    return tuple({name: value for name, value in measure.items() if name in _FIELDS} for measure in measures)


def _is_measure(value: Any) -> bool:
    return isinstance(value, Mapping) and all(fits(value[name]) for name, fits in _FIELDS.items() if name in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_place(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_range(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_end, value))


def _is_end(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _is_pair_of_texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_text, value))


_FIELDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("label", "sentence", "unit", "region", "better", "anchor", "section", "compared"), _is_text),
    **dict.fromkeys(("on_maps", "hidden", "on_card", "signed", "percent"), _is_flag),
    **dict.fromkeys(("charted", "sorted"), _is_place),
    "range": _is_range,
    "flag": _is_pair_of_texts,
}
