"""Schedules as those of Keras."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras

from dovetail.extension import serialisation
from dovetail.extension.schedule import Schedule
from dovetail.hosts.keras.configuration import decode_class

Config = dict[str, Any]


@keras.saving.register_keras_serializable(package="dovetail", name="Schedule")
class KerasSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of Dovetail, as a function of Keras' count of steps, which begins with 0."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__()
        self.schedule = schedule

    def __call__(self, step: Any) -> Any:
        return self.schedule.at(keras.ops.cast(step, "float32"))

    def get_config(self) -> Config:
        """The name of the schedule and its fields."""
        return {"schedule": _plain(self.schedule)}

    @classmethod
    def from_config(cls, config: Config) -> KerasSchedule:
        """The schedule again."""
        return cls(_restored(config["schedule"]))


def _plain(value: Any) -> Any:
    if isinstance(value, Schedule):
        members: Any = dataclasses.fields(value)  # type: ignore[arg-type]
        fields = {each.name: _plain(getattr(value, each.name)) for each in members}
        return {"class": serialisation.get_config(type(value)), "fields": fields}
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        kind = decode_class(value["class"], Schedule)
        return kind(**{key: _restored(item) for key, item in value["fields"].items()})
    return tuple(map(_restored, value)) if isinstance(value, (tuple, list)) else value
