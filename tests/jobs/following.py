"""Follow the replies of a client until something has happened."""

from __future__ import annotations

import time

from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import CallRequest, Discarded, Failed, Finished, JobEvent, Priority, Started

ENDS = (Finished, Failed, Discarded)


class Follower:
    """A client and all replies that have come from it, with the time of each."""

    def __init__(self, client: JobClient) -> None:
        self.client = client
        self.replies: list[tuple[float, object]] = []

    def call(self, function: str, *, priority: Priority | None = None, **arguments) -> str:
        request = CallRequest(f"sample_jobs:{function}", arguments, self.client.kind)
        return self.client.submit(request, priority)

    def until(self, condition, seconds: float = 40.0):
        """The first reply, old or new, that meets ``condition``."""
        deadline = time.monotonic() + seconds
        looked = 0
        while True:
            for _, reply in self.replies[looked:]:
                looked += 1
                if condition(reply):
                    return reply
            assert time.monotonic() < deadline, f"did not happen; last: {[str(r)[:200] for _, r in self.replies[-5:]]}"
            self.replies += [(time.monotonic(), reply) for reply in self.client.poll(0.2)]

    def started(self, job_id: str) -> Started:
        return self.until(lambda reply: isinstance(reply, Started) and reply.job_id == job_id)

    def event(self, job_id: str, kind: type = object):
        return self.until(
            lambda reply: isinstance(reply, JobEvent) and reply.job_id == job_id and isinstance(reply.event, kind)
        ).event

    def end(self, job_id: str, seconds: float = 40.0):
        """The last reply of a job."""
        return self.until(lambda reply: isinstance(reply, ENDS) and reply.job_id == job_id, seconds)

    def result(self, job_id: str):
        end = self.end(job_id)
        assert isinstance(end, Finished), end
        return end.result

    def of(self, job_id: str) -> list[object]:
        """All replies of a job so far."""
        return [reply for _, reply in self.replies if getattr(reply, "job_id", None) == job_id]
