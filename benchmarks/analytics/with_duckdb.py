"""DuckDB: with_duckdb.py <lake> <scratch>. The oracle's SQL, with histograms in place of exact quantiles."""

import json
import sys
import time
from pathlib import Path

from tests.oracle.duck import BASE, SCOPES, oracle

lake, scratch = Path(sys.argv[1]), Path(sys.argv[2])
begins = time.perf_counter()
with oracle(lake, folder=scratch, threads=2, memory="6GB") as duck:
    duck.run(*BASE, *SCOPES, "buckets", "films", "active")
    ((watch_ms, views),) = duck.ask(
        "select sum(watch_ms)::bigint, sum(\"views\")::bigint from scoped_cells where family = 'party_report'"
    )
    seconds = time.perf_counter() - begins
    ((events,),) = duck.ask("select count(*) from raw")
print(json.dumps({"events": events, "seconds": seconds, "watch_ms": watch_ms, "views": views}))
