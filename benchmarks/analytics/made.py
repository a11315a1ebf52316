"""Writes a made-up history as hourly raw files: made.py <lake> <events> <days>."""

import sys
from pathlib import Path

from matinee.generator import history, write_lake
from pipeline.lake import Lake

lake, events, days = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
aside = lake.with_suffix(".aside")
write_lake(Lake(url=str(aside)), history(seed=5, events=events, days=days), minutes=60)
aside.rename(lake)
