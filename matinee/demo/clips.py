"""Short films that anybody can check two screens by: a large running time, a frame count, a tick and a flash a second.

The background is drawn small (160 by 90, 5 frames a second) and scaled up: gradients are the dear part, and this takes
a minute of film from 38 s of CPU to 6. A keyframe each second and no B-frames make seeks exact and cheap.
"""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from matinee.faults import Fault

FONT = Path(__file__).parent / "font"
RENDER_SECONDS = 300.0
WIDTH, HEIGHT, FRAMES_A_SECOND = 640, 360, 30


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """What a clip looks like. `title` is drawn as it is: letters, digits and spaces."""

    title: str
    seconds: int
    colours: tuple[str, str, str]
    """Three colours of the moving background, `0xRRGGBB`."""
    shape: str
    """Kind of gradient that ffmpeg draws: linear, radial, circular or spiral."""
    low_hz: int
    """Pitch of the tick; each tenth one is a fifth higher."""


DEMO = (
    Clip(title="Harbour lights", seconds=75, colours=("0x14213d", "0x3d5a80", "0xee6c4d"), shape="spiral", low_hz=880),
    Clip(title="Northern sky", seconds=45, colours=("0x081c15", "0x2d6a4f", "0x9d4edd"), shape="linear", low_hz=660),
    Clip(title="Paper lanterns", seconds=30, colours=("0xf48c06", "0xc9184a", "0x240046"), shape="radial", low_hz=990),
)


def ffmpeg_binary() -> str:
    """Path of the ffmpeg of the `imageio-ffmpeg` wheel; `Fault` where it is not installed."""
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - an extra: only the demo and `check` need it
    except ImportError as error:
        raise Fault("imageio-ffmpeg is not installed", "pip install 'matinee[embedded]'") from error
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise Fault("no ffmpeg for this machine in the imageio-ffmpeg wheel", "install ffmpeg") from error


def rendered(clips: Sequence[Clip], folder: Path) -> list[Path]:
    """Render what `folder` does not hold yet, and return the files in the order of `clips`. Takes seconds a clip."""
    folder.mkdir(parents=True, exist_ok=True)
    for unfinished in folder.glob("*.part.mp4"):
        unfinished.unlink()
    binary = ffmpeg_binary()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda clip: render(clip, folder, binary), clips))


def render(clip: Clip, folder: Path, binary: str) -> Path:
    """Render one clip, written aside and renamed; its name holds a digest of the recipe, so that a change renders anew."""
    arguments = recipe(clip)
    digest = hashlib.sha256("\0".join(arguments).encode()).hexdigest()[:12]
    path = folder / f"{clip.title.lower().replace(' ', '-')}-{digest}.mp4"
    if path.exists():
        return path
    aside = path.with_suffix(".part.mp4")
    command = [binary, *arguments, str(aside.absolute())]
    # In the font's folder: a path inside a filter would have to be escaped three times.
    done = subprocess.run(command, cwd=FONT, capture_output=True, text=True, check=False, timeout=RENDER_SECONDS)  # noqa: S603
    if done.returncode != 0:
        aside.unlink(missing_ok=True)
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Fault(f"ffmpeg cannot render {clip.title!r}: {last}", "`matinee check` looks at ffmpeg")
    aside.replace(path)
    return path


def recipe(clip: Clip) -> list[str]:
    """Arguments of ffmpeg without the file that it writes."""
    length = str(clip.seconds)
    return [
        *("-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
        *("-f", "lavfi", "-t", length, "-i", _background(clip)),
        *("-f", "lavfi", "-t", length, "-i", f"color=c=white@0.9:s=12x12:r={FRAMES_A_SECOND}"),
        *("-f", "lavfi", "-t", length, "-i", _tick(clip)),
        *("-filter_complex", _picture(clip), "-map", "[v]", "-map", "2:a", "-t", length),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-pix_fmt", "yuv420p"),
        *("-bf", "0", "-g", str(FRAMES_A_SECOND), "-keyint_min", str(FRAMES_A_SECOND), "-sc_threshold", "0"),
        *("-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart"),
    ]


def _background(clip: Clip) -> str:
    first, second, third = clip.colours
    return f"gradients=s=160x90:r=5:nb_colors=3:c0={first}:c1={second}:c2={third}:type={clip.shape}:speed=0.02:seed=7"


def _tick(clip: Clip) -> str:
    """Describe the sound: a short decaying tone at each full second."""
    pitch = f"if(eq(mod(floor(t),10),0),{clip.low_hz * 3 // 2},{clip.low_hz})"
    return f"aevalsrc='0.5*sin(2*PI*{pitch}*t)*exp(-45*mod(t,1))*lt(mod(t,1),0.2)':s=48000"


def _picture(clip: Clip) -> str:
    """Time and frame on a dark panel, a square that flashes with the tick, a dot that runs along a line each second."""
    text = "drawtext=fontfile=timecode.ttf:fontcolor=white"
    panel = ",".join(
        (
            f"[0:v]framerate=fps={FRAMES_A_SECOND},scale={WIDTH}:{HEIGHT}:flags=bicubic,format=yuv420p",
            "drawbox=x=60:y=118:w=520:h=124:color=black@0.45:t=fill",
            # The time begins with the place of a sign, half of which is taken back to centre the digits.
            rf"{text}:text='%{{pts\:hms}}':fontsize=64:x=(w-tw)/2-19:y=140",
            f"{text}:text='frame %{{frame_num}}':fontsize=20:x=(w-tw)/2:y=212",
            f"{text}:text='{clip.title}':fontsize=22:x=24:y=24",
            "drawbox=x=570:y=24:w=46:h=46:color=white@0.9:t=fill:enable='lt(mod(t,1),0.1)'",
            "drawbox=x=60:y=262:w=520:h=2:color=white@0.4:t=fill[panel]",
        )
    )
    return f"{panel};[panel][1:v]overlay=x='60+508*mod(t,1)':y=257:shortest=1,format=yuv420p[v]"
