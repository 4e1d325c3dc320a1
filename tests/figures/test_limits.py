from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from seacucumber.conf import BACKEND, get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.figures import (
    DEFAULT_SPAN,
    accounts,
    find,
    find_account,
    read_overview,
)
from seacucumber.figures.limits import Quota, read_quota, read_rate
from seacucumber.models import Pace, QuotaSlice
from seacucumber.models.queue.quota import SLICE_US
from seacucumber.pacing import FACTOR_MIN
from seacucumber.text.times import of_us, to_us
from tests.admin import seed
from tests.queue import now_us

pytestmark = pytest.mark.django_db


def _sent(recipients: int, start_us: int) -> None:
    start_us -= start_us % SLICE_US
    QuotaSlice.objects.create(
        pace_key=seed.key(), start_us=start_us, recipients=recipients
    )


def _quota() -> Quota:
    pace = Pace.objects.filter(key=seed.key()).first()
    return read_quota(pace, seed.key(), now_us())


def test_what_was_sent_since_ses_told_is_added() -> None:
    seed.seed_account(days=1, sent_last_24h=1000.0)
    Pace.objects.update(learned_at_us=now_us() - 3600 * US_PER_S)
    _sent(50, now_us())

    quota = _quota()

    assert (quota.used, quota.limit, quota.left) == (1050, 50_000, 48_950)


def test_the_quota_frees_up_as_counters_turn_24_hours_old() -> None:
    seed.seed_account(days=1)
    day_ago_us = now_us() - 86_400 * US_PER_S
    _sent(200, day_ago_us + 1800 * US_PER_S)
    _sent(900, day_ago_us + 7200 * US_PER_S)

    quota = _quota()

    assert quota.frees == 200
    assert quota.frees_from is not None
    wait = quota.frees_from - of_us(now_us())
    assert timedelta() < wait <= timedelta(minutes=30)


def test_minus_one_is_no_limit() -> None:
    seed.seed_account(days=1)
    Pace.objects.update(max_24h_send=-1)

    quota = _quota()

    assert (quota.limited, quota.share, quota.left) == (False, 0.0, 0.0)


def test_before_ses_has_told_only_our_own_count_is_known() -> None:
    _sent(12, now_us())

    assert (_quota().limit, _quota().used) == (None, 12)


def test_the_rate_names_the_setting_that_decides(settings: Any) -> None:
    seed.seed_account(days=1)
    pace = Pace.objects.get(key=seed.key())
    assert read_rate(pace, get_mailer(), now_us()).setting == ""

    settings.CUCUMBER_RATE_LIMIT = 5
    rate = read_rate(pace, get_mailer(), now_us())

    assert (rate.allowed_per_s, rate.account_per_s) == (5.0, 14.0)
    assert rate.setting == "CUCUMBER_RATE_LIMIT"


def test_mailers_of_one_account_share_it_and_another_region_is_another(
    settings: Any,
) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "news": {"BACKEND": BACKEND, "OPTIONS": {"lane": "bulk"}},
        "us": {"BACKEND": BACKEND, "OPTIONS": {"ses_region_name": "us-west-2"}},
    }

    first, second = accounts()

    assert first.aliases == ("default", "news")
    assert (second.aliases, second.region) == (("us",), "us-west-2")
    assert find_account(second.key) == second
    assert find_account("nonsense") == first


def test_moments_survive_the_way_into_microseconds() -> None:
    us = now_us()

    assert abs(to_us(of_us(us)) - us) <= 1


# MySQL and MariaDB store no infinity.
ODD = [-5.0, 1e-300, *([] if connection.vendor == "mysql" else [math.inf])]


@pytest.mark.parametrize("odd", ODD)
def test_a_rate_that_makes_no_sense_stops_no_mail_and_is_told(odd: float) -> None:
    seed.seed_account(days=1)
    Pace.objects.update(max_send_rate=odd, max_24h_send=odd, sent_last_24h=odd)

    pace = Pace.objects.get()
    rate = read_rate(pace, get_mailer(), now_us())

    assert (rate.allowed_per_s, rate.account_per_s) == (1.0, None)
    found = find(read_overview(accounts()[0], DEFAULT_SPAN, using="default"))
    assert "The account's sending rate on record makes no sense." in [
        finding.headline for finding in found
    ]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1.0, 0.0, 7.0])
def test_a_part_of_the_rate_that_makes_no_sense_is_within_its_bounds(
    odd: float,
) -> None:
    schedule = Pace(factor=odd).schedule(get_mailer(), now_us())

    assert FACTOR_MIN <= schedule.factor <= 1.0
