"""What a container may use is what counts, not what its host has."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from seacucumber.delivery.claims import processors as module
from seacucumber.delivery.claims.processors import RunQueue, processors

Container = Callable[[str, Mapping[str, str]], None]


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Container:
    """Write what the kernel would tell of control groups, on a host of 64."""

    def write(membership: str, files: Mapping[str, str]) -> None:
        (tmp_path / "membership").write_text(membership)
        for name, text in files.items():
            file = tmp_path / "cgroup" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    monkeypatch.setattr(module, "_affinity", lambda: 64)
    monkeypatch.setattr(module, "_MEMBERSHIP", tmp_path / "membership")
    monkeypatch.setattr(module, "_CGROUPS", tmp_path / "cgroup")
    return write


V1 = "4:memory:/pod\n2:cpu,cpuacct:/pod\n"


@pytest.mark.parametrize(
    ("membership", "files", "expected"),
    [
        ("0::/\n", {}, 64),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 64),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "20000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 3),
        ("0::/a/b\n", {"a/cpu.max": "400000 100000\n", "a/b/cpu.max": "max 1\n"}, 4),
        # The host's path, of which a container sees the root only.
        ("0::/kubepods/pod7\n", {"cpu.max": "150000 100000\n"}, 2),
        (V1, {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 64),
        (
            V1,
            {"cpu/pod/cpu.cfs_quota_us": "50000", "cpu/pod/cpu.cfs_period_us": "25000"},
            2,
        ),
        ("0::/\n", {"cpu.max": "nonsense"}, 64),
        ("", {}, 64),
    ],
)
def test_the_quota_of_a_control_group_counts(
    container: Container, membership: str, files: Mapping[str, str], expected: int
) -> None:
    container(membership, files)

    assert processors() == expected


def test_the_affinity_of_the_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3}, raising=False)

    assert processors() == 1


def test_a_thread_that_waits_for_a_processor_longer_than_it_has_one_is_crowded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "schedstat"
    monkeypatch.setattr(module, "_SCHEDSTAT", told)
    monkeypatch.setattr(module, "_MEASURE_FOR_S", 0.0)
    queue = RunQueue()
    crowded = []
    # Nanoseconds since the thread's start: run, waited; and timeslices.
    for ran, waited in ((500, 9000), (1000, 9100), (1100, 9500), (1200, 9500)):
        told.write_text(f"{ran} {waited} 7\n")
        crowded.append(queue.crowded())

    assert crowded == [False, False, True, False]


def test_where_the_kernel_does_not_tell_nobody_is_crowded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_SCHEDSTAT", tmp_path / "nothing")
    monkeypatch.setattr(module, "_MEASURE_FOR_S", 0.0)
    queue = RunQueue()

    assert not queue.crowded()
    assert not queue.crowded()
