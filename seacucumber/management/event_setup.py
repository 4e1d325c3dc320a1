"""What ``ses_setup`` does about events: look, make, or write it down for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.template.loader import render_to_string

from seacucumber import setting_values as values
from seacucumber.conf import DEFAULT_REGION, Mailer, mailer_aliases
from seacucumber.exceptions import SeaCucumberError
from seacucumber.figures.events import Events, Heard, route_in_words
from seacucumber.refresh_schedule import paced
from seacucumber.ses.inbound.parts import Part, Standing
from seacucumber.ses.provisioning import policies
from seacucumber.ses.provisioning.pipeline import Names, Pipeline

_MARKS: Mapping[Standing, str] = {
    Standing.THERE: "there",
    Standing.MISSING: "would be created",
    Standing.DIFFERS: "would be changed",
    Standing.CREATED: "created",
    Standing.CHANGED: "changed",
}
#: CloudFormation's words for event types are those of the old API.
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-ses-configurationseteventdestination-eventdestination.html
_CLOUDFORMATION_TYPES: Mapping[str, str] = {
    "RENDERING_FAILURE": "renderingFailure",
    "DELIVERY_DELAY": "deliveryDelay",
}

#: A topic's name has 256 characters, and an event destination's 64.
_PREFIX_MAX = 40


class InvalidNames(SeaCucumberError, ValueError):
    """Names that AWS would refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSetup:
    """How the way of events stands, and what to put into the settings.

    Args:
        settings: Django's, or ``OPTIONS`` where there are several mailers.
        mailer: Whose ``OPTIONS`` they are; empty for Django's settings.
        complete: Whether nothing is missing.
    """

    parts: tuple[Part, ...]
    settings: Mapping[str, Any]
    mailer: str
    complete: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


def read_names(mailer: Mailer, *, prefix: str, web_address: str) -> Names:
    """Return what the parts are called.

    Raises:
        InvalidNames: if AWS would refuse them, or the web address is none.
    """
    try:
        values.configuration_set(prefix)
    except ValueError as error:
        raise InvalidNames(f"--prefix {error}") from error
    if not 0 < len(prefix) <= _PREFIX_MAX:
        raise InvalidNames(f"--prefix must have 1 to {_PREFIX_MAX} characters.")
    plain = not set(web_address) & set("\"'\\ \n\r{}$")
    if web_address and not (web_address.startswith("https://") and plain):
        raise InvalidNames(
            f"--endpoint must be a web address with https://, not {web_address!r}."
        )
    return Names.with_prefix(
        prefix, configuration_set=mailer.configuration_set, web_address=web_address
    )


def set_up_events(mailer: Mailer, names: Names, *, change: bool) -> EventSetup:
    """Look at what events need, and make what is missing if that is wanted.

    Raises:
        AccountError: if AWS refuses; what was made until then stays.
    """
    pipeline = Pipeline(mailer, names, change)
    with paced(mailer):
        parts = tuple(pipeline.run())
    settings: dict[str, Any] = {"configuration_set": names.configuration_set}
    if pipeline.topic.arn:
        settings["sns_topics"] = [pipeline.topic.arn]
    if pipeline.queue.url:
        settings["event_queues"] = [pipeline.queue.url]
    among_others = len(mailer_aliases()) > 1
    if not among_others:
        # A setting would be every mailer's.
        settings = {f"CUCUMBER_{name.upper()}": each for name, each in settings.items()}
    done = {Standing.THERE, Standing.CREATED, Standing.CHANGED}
    return EventSetup(
        parts=parts,
        settings=settings,
        mailer=mailer.alias if among_others else "",
        complete=all(part.standing in done for part in parts),
    )


def in_words(setup: EventSetup) -> Iterator[str]:
    """Yield the lines that a person reads."""
    yield "Events:"
    for part in setup.parts:
        why = f" ({part.why})" if part.why else ""
        yield f"  {part.what}: {_MARKS[part.standing]}{why}"
    if setup.complete:
        if setup.mailer:
            yield f"  Put this into the OPTIONS of {setup.mailer!r} in MAILERS:"
        else:
            yield "  Put this into the settings:"
        for name, value in setup.settings.items():
            row = f"{name!r}: {value!r}," if setup.mailer else f"{name} = {value!r}"
            yield f"    {row}"


def arrival_lines(events: Events, heard: Sequence[Heard]) -> Iterator[str]:
    """Yield whether events come in, route by route, as far as it is seen here."""
    if not events.ever:
        yield "Events: never seen. ses_setup --events tells what they need."
        return
    silent = {each.name: each for each in (*events.silent, *events.given_up)}
    yield "Events:"
    for route in heard:
        what = route_in_words(route.name)
        if each := silent.pop(route.name, None):
            at = f"{each.since:%Y-%m-%d %H:%M} UTC"
            yield f"  {what}: silent since {at}; ses_doctor tells what to do."
        else:
            yield f"  {what}: connected, the last came {route.at:%Y-%m-%d %H:%M} UTC."
    for name in events.unheard:
        yield f"  {route_in_words(name)}: never seen."


def written(kind: str, mailer: Mailer, names: Names) -> str:
    """Return the same as text for ``terraform`` or ``cloudformation``."""
    types = policies.EVENT_TYPES
    text: str = render_to_string(
        f"seacucumber/setup/{kind}.txt",
        {
            "names": names,
            "region": mailer.ses_region_name or DEFAULT_REGION,
            "protocol": names.web_address.partition(":")[0],
            "event_types": types,
            "cloudformation_types": [
                _CLOUDFORMATION_TYPES.get(name, name.lower()) for name in types
            ],
            "delivery_policy": policies.delivery_policy(),
            "retention_s": policies.RETENTION_S,
            "visibility_s": policies.VISIBILITY_S,
            "max_receives": policies.MAX_RECEIVES,
        },
    )
    return text
