"""The process behind `matinee pipeline scheduler`."""

import signal
import threading
from types import FrameType

from conf import metrics as metrics_port
from conf.clock import SystemClock
from conf.settings import Settings
from matinee.analytics import pipeline_over, place_of
from matinee.lifeline import Lifeline
from pipeline import jobs
from pipeline.board import Board
from pipeline.scheduler import Scheduler


def run_scheduler(settings: Settings, uri: str, lifeline: Lifeline) -> None:
    """Run until SIGTERM or Ctrl-C; what is being computed is finished first, or taken up by the next start."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    metrics = metrics_port.from_setting(settings.statsd, settings.statsd_prefix)
    try:
        with pipeline_over(settings, uri, metrics) as pipeline:
            board = Board(place=place_of(settings, uri), pipeline=pipeline, clock=SystemClock())
            scheduler = Scheduler(pipeline=pipeline, board=board, clock=SystemClock(), metrics=metrics)
            lifeline.ready(f"{len(jobs.TABLE)} jobs into {settings.lake_path}")
            scheduler.serve(stop)
    finally:
        metrics.close()
