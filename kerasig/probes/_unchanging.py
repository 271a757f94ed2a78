"""Objects that never change once they are made."""

from typing import Any


class Unchanging:
    """Refuses to have attributes set or deleted; what makes one fills its `__dict__`."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"A {type(self).__name__} never changes. Received {name}={value!r}. Make a new one.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"A {type(self).__name__} never changes. Received del {name}. Make a new one.")

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
