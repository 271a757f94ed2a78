"""Alarms: what `IGCallback` watches for while a model trains, and how it says so. See docs/internals/alarms.md."""

from kerasig.alarms._alarm import Alarm, Reading
from kerasig.alarms._alert import Alert
from kerasig.alarms._drift import Drift
from kerasig.alarms._record import Record
from kerasig.alarms._region_lift import RegionLift
from kerasig.alarms._suspect import Suspect
from kerasig.alarms._untrusted import Untrusted

__all__ = ["Alarm", "Alert", "Drift", "Reading", "Record", "RegionLift", "Suspect", "Untrusted"]

# As users import them.
for _name in __all__:
    globals()[_name].__module__ = __name__


def __dir__() -> list[str]:
    return __all__
