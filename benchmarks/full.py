"""The pace at four rates with 1, 4 and 16 worker processes, and one at full speed."""

from __future__ import annotations

import os

from benchmarks import pace, throughput
from benchmarks.processes import Failed


def run() -> None:
    """Measure for a few minutes, and print each figure as it comes."""
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before;"
        " what they cannot carry is no fault of the pace.\n\n"
        "The pace against a strict local SES\n"
        f"{'rate':>8}{'processes':>11}{'accepted':>10}{'rate used':>11}"
        f"{'rejections':>12}{'copies':>8}{'worker CPU ms':>15}"
    )
    for rate_per_s in pace.RATES_PER_S:
        for processes in pace.PROCESSES:
            print(f"{rate_per_s:>6}/s{processes:>11}{_pace(rate_per_s, processes)}")
    print(
        "\nOne worker process, signed, SES answers in"
        f" {throughput.LATENCY_S * 1e3:.0f} ms"
    )
    try:
        found = throughput.measure()
    except Failed as error:
        print(f"  does not run: {error}")
        return
    print(
        f"  {found.per_s:.0f} messages/s, {found.worker_cpu_ms:.2f} ms CPU each,"
        f" {found.per_s * found.worker_cpu_ms / 10:.0f} % of a core;"
        f" {found.accepted} of {found.count} accepted, {found.copies} twice"
    )


def _pace(rate_per_s: float, processes: int) -> str:
    try:
        found = pace.measure(rate_per_s, processes)
    except Failed as error:
        return f"  does not run: {error}"
    return (
        f"{found.accepted:>10}{100 * found.per_s / rate_per_s:>9.1f} %"
        f"{found.rejections:>12}{found.copies:>8}{found.worker_cpu_ms:>15.2f}"
    )
