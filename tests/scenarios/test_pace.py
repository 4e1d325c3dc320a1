import os, re, time
import pytest
from django.core import mail
from tests.office import MailRoom
from tests.checker import violations, summary


@pytest.mark.django_db(transaction=True)
def test_pace(settings):
    with MailRoom(
        settings, rate=50, worker_settings={"CUCUMBER_RATE_LIMIT": 50}
    ) as room:
        room.start_worker(4)
        room.start_worker(4)
        n = int(os.environ.get("N", "400"))
        t = time.time()
        worst = 0
        for i in range(n):
            s = time.time()
            mail.send_mail(f"m{i}", "hello", "post@example.com", [f"u{i}@example.org"])
            worst = max(worst, time.time() - s)
        print("sent in", time.time() - t, "worst", worst)
        room.settle(within_s=n / 50 + 30)
        inbox = room.ses.inbox
        span = inbox[-1].at_s - inbox[0].at_s
        print(
            "span", span, "rate used", (len(inbox) - 1) / span / 50, room.ses.counters
        )
        ev = room.evidence()
        print(violations(ev), summary(ev))
        log = room.logs()
        print("deliver tasks", log.count("deliver["), log.count("succeeded"))
        print("\n".join(re.findall(r".*(?:succeeded|ERROR|WARN|Error).*", log)))
        assert not violations(ev)

        ts = [e.at_s - inbox[0].at_s for e in inbox]
        print(
            [(round(a, 2), round(b - a, 2)) for a, b in zip(ts, ts[1:]) if b - a > 0.1]
        )
