"""The Celery application of the suite's worker processes (``-A tests``)."""

from __future__ import annotations

from celery import Celery
from celery.signals import worker_process_init

from tests.faults.deadly import set_trap
from tests.faults.wall_clock import move_to_its_host

move_to_its_host()
app = Celery("tests")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
worker_process_init.connect(set_trap)
