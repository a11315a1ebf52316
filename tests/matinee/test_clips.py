import subprocess
import wave
from pathlib import Path

import av
import pytest

from matinee.demo.clips import DEMO, FRAMES_A_SECOND, Clip, ffmpeg_binary, render, rendered
from matinee.faults import Fault

SECONDS = 3
CLIP = Clip(
    title="Short one", seconds=SECONDS, colours=("0x102030", "0x405060", "0x708090"), shape="linear", low_hz=880
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(CLIP, tmp_path_factory.mktemp("clips"), ffmpeg_binary())


def test_it_is_an_mp4_that_browsers_play_while_it_loads(film: Path) -> None:
    with av.open(str(film)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, video.average_rate) == (640, 360, FRAMES_A_SECOND)
        assert container.duration == pytest.approx(SECONDS * av.time_base, rel=0.02)
    content = film.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_each_second_begins_with_a_keyframe(film: Path) -> None:
    with av.open(str(film)) as container:
        keys = [frame.time for frame in container.decode(video=0) if frame.key_frame]
    assert keys == pytest.approx(list(range(SECONDS)), abs=0.001)


def test_frames_differ_from_one_another_so_that_two_screens_can_be_compared(film: Path) -> None:
    with av.open(str(film)) as container:
        shown = {hash(frame.to_ndarray(format="gray").tobytes()) for frame in container.decode(video=0)}
    assert len(shown) == SECONDS * FRAMES_A_SECOND


def test_a_tick_sounds_at_each_full_second_and_silence_follows(film: Path, tmp_path: Path) -> None:
    sound = tmp_path / "sound.wav"
    command = [ffmpeg_binary(), "-v", "error", "-i", str(film), "-ac", "1", "-ar", "8000", str(sound)]
    subprocess.run(command, check=True)
    with wave.open(str(sound)) as file:
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    for second in range(SECONDS):
        tick = max(abs(sample) for sample in samples[second * 8000 : second * 8000 + 800])
        rest = max(abs(sample) for sample in samples[second * 8000 + 4000 : second * 8000 + 7000])
        assert tick > 3000
        assert rest < 300


def test_what_is_there_is_not_rendered_again_and_an_unfinished_one_is_no_clip(tmp_path: Path) -> None:
    (tmp_path / "left-over.part.mp4").write_bytes(b"half")
    (film,) = rendered([CLIP], tmp_path)
    before = film.stat().st_mtime_ns
    assert rendered([CLIP], tmp_path) == [film]
    assert film.stat().st_mtime_ns == before
    assert [path.name for path in tmp_path.iterdir()] == [film.name]


def test_what_ffmpeg_refuses_is_a_fault_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="ffmpeg cannot render 'Odd'"):
        render(
            Clip(title="Odd", seconds=1, colours=("no", "such", "colour"), shape="linear", low_hz=1),
            tmp_path,
            ffmpeg_binary(),
        )
    assert list(tmp_path.iterdir()) == []


def test_the_demo_clips_have_titles_that_need_no_escaping() -> None:
    assert all(clip.title.replace(" ", "").isalnum() for clip in DEMO)
