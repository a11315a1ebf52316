"""The collection `owed`: what a job has still to take in, one document a job and subject.

Who changes something that others compute from notes it as *coming* before the change counts, and lets it fall due afterwards:
owed only before, a job could take in the old state and settle; owed only afterwards, a crash between the two would forget it.
What a crash has left as coming falls due with the next change in the same place, and jobs look for such places. A debt is
settled by its token: what is owed again while it is being worked on has a new one, and stays.
"""

import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple

from pymongo import DeleteOne, UpdateOne
from pymongo.database import Database

BULK = 1_000
COMING = "coming:"


class Debt(NamedTuple):
    """Something owed: the subject is a day, a party, whatever the job counts by."""

    subject: str
    token: str


class Owed:
    """Reads and writes debts, for the pipeline's processes."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._collection = database["owed"]

    def owe(self, job: str, subjects: Iterable[str]) -> None:
        """Owe `subjects` to a job; those that are owed already are owed anew."""
        token = secrets.token_hex(8)
        writes = [
            UpdateOne(
                {"_id": f"{job}:{subject}"}, {"$set": {"job": job, "subject": subject, "token": token}}, upsert=True
            )
            for subject in sorted(set(subjects))
        ]
        for start in range(0, len(writes), BULK):
            self._collection.bulk_write(writes[start : start + BULK], ordered=False)

    def announce(self, place: str, job: str, subjects: Iterable[str]) -> None:
        """Note what a change of `place` will owe to a job; nobody works at it before `fall_due`."""
        self.owe(f"{COMING}{place}", (f"{job}:{subject}" for subject in subjects))

    def fall_due(self, place: str) -> None:
        """Owe what was announced for `place`, by whomever: the change counts from now on."""
        coming = self.to(f"{COMING}{place}")
        for job in sorted({debt.subject.partition(":")[0] for debt in coming}):
            self.owe(job, (debt.subject[len(job) + 1 :] for debt in coming if debt.subject.startswith(f"{job}:")))
        self.settle(f"{COMING}{place}", coming)

    def announced(self) -> list[str]:
        """Name the places for which something is announced and not due: somebody is at them, or died there."""
        jobs = self._collection.distinct("job", {"job": {"$gte": COMING, "$lt": f"{COMING}\uffff"}})
        return sorted(job.removeprefix(COMING) for job in jobs)

    def to(self, job: str) -> list[Debt]:
        """List what is owed to a job, by subject."""
        rows = self._collection.find({"job": job}).sort("subject")
        return [Debt(row["subject"], row["token"]) for row in rows]

    def any(self, job: str) -> bool:
        return self._collection.find_one({"job": job}, {"_id": 1}) is not None

    def settle(self, job: str, debts: Iterable[Debt]) -> None:
        """Strike debts out; one that was owed anew meanwhile stays."""
        writes = [DeleteOne({"_id": f"{job}:{debt.subject}", "token": debt.token}) for debt in debts]
        for start in range(0, len(writes), BULK):
            self._collection.bulk_write(writes[start : start + BULK], ordered=False)
