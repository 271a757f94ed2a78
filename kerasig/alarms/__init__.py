"""Alarms: what `IGCallback` watches for while a model trains, and how it says so. See docs/alarms.md."""

from kerasig.alarms.alarm import Alarm, Reading
from kerasig.alarms.alert import Alert
from kerasig.alarms.drift import Drift
from kerasig.alarms.record import Record
from kerasig.alarms.region_lift import RegionLift
from kerasig.alarms.untrusted import Untrusted

__all__ = ["Alarm", "Alert", "Drift", "Reading", "Record", "RegionLift", "Untrusted"]
