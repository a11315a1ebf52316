"""dask.dataframe: with_dask.py <lake> <scratch>. Sums by party and by video and day; events that came twice count twice."""

import json
import sys
import time

import dask
import dask.dataframe as dd

COLUMNS = ["type", "at", "party_id", "video_id", "watched_ms", "stall_ms"]

if __name__ == "__main__":
    dask.config.set(scheduler="threads", num_workers=2)
    begins = time.perf_counter()
    events = dd.read_parquet(f"{sys.argv[1]}/raw", columns=COLUMNS, filesystem="arrow")
    events["party_id"] = events["party_id"].astype("string[pyarrow]")
    events["video_id"] = events["video_id"].astype("string[pyarrow]")
    events["day"] = events["at"].dt.floor("D")
    sums = {"watched_ms": "sum", "stall_ms": "sum", "type": "count"}
    of_parties = events.groupby("party_id").agg(sums)
    of_days = events.groupby(["video_id", "day"]).agg(sums)
    parties, days, count = dask.compute(of_parties, of_days, events["type"].size)
    seconds = time.perf_counter() - begins
    print(json.dumps({"events": int(count), "seconds": seconds, "parties": len(parties), "video_days": len(days)}))
