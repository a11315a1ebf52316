"""The machine's time, which a test may move."""

from conf.clock import SystemClock


class MovableClock(SystemClock):
    def __init__(self) -> None:
        super().__init__()
        self.ahead_ms = 0.0

    def now_ms(self) -> float:
        return super().now_ms() + self.ahead_ms

    def move(self, seconds: float) -> None:
        self.ahead_ms += seconds * 1000
