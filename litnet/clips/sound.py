"""The sound of a spoken film: one track, made from what its cues were spoken as.

Each cue's WAV is brought to the same loudness and laid where its caption begins; peaks are limited;
the whole is encoded as AAC beside the film, whose pictures are copied. Loudness is that of ITU-R
BS.1770 and EBU R 128, as libavfilter's ``ebur128`` measures it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litnet.record.schema import Cue, Record
from litnet.voice import PAUSE, PIPER, SLOWEST, Spoken, open_voice, real_voice, words_spoken
from network.errors import InputError, printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]  # (n,) one channel, RATE a second

RATE = 48_000  # samples a second
BITS = 192_000  # a second, of AAC; with 128,000 peaks came back up to 0.8 dB higher
LOUDNESS = -16.0  # LUFS, integrated
PEAK = 0.7  # of full scale: -3 dB, of what is heard, when AAC has rounded it
ENCODINGS = 4  # tries, each limited further by as much as AAC has added
LOUDEST_GAIN = 40.0  # dB; what would need more is not speech
SILENT = -69.0  # LUFS; what is not louder is silence (ebur128 begins at -70)
NEAR_ENOUGH, ROUNDS = 0.1, 6  # LU
GATE = 0.4  # seconds that a measurement of loudness needs


@contextmanager
def with_sound(video: Path, record: Record, voiced: Path) -> Iterator[Path]:
    """A film with the sound of its cues, for as long as it is needed: the film itself if nobody
    speaks in it, or else ``voiced``, a copy.

    Raises InputError if what was spoken when the film was made cannot be had again.
    """
    cues = [cue for cue in record.cues if cue.audio]
    if not cues:
        yield video
        return
    try:
        # Nobody's own recording is stretched.
        slowest = SLOWEST if record.variant.voice == PIPER else None
        sound = track(cues, record.video.duration, finder(record), slowest)
        add_sound(video, voiced, sound)
        yield voiced
    finally:
        voiced.unlink(missing_ok=True)


def finder(record: Record) -> Callable[[Cue], Path]:
    """What finds the WAV of a cue of this film: by speaking it again, which costs nothing where
    it is kept, and works where another machine has rendered the film."""
    variant = record.variant
    if not variant.voice:
        raise InputError(f"{record.clip}: the record has spoken cues, but names no voice.")
    voice = open_voice(real_voice(variant.voice))

    def find(cue: Cue) -> Path:
        assert cue.audio, "only what is spoken is looked for"
        spoken: Spoken = voice.speak(cue.text, variant.language or "", cue.audio.key)
        if spoken.sha256 != cue.audio.sha256:
            raise InputError(
                f"{printable(spoken.wav)}: not what was spoken when {record.clip} was filmed; "
                "render it again."
            )
        return spoken.wav

    return find


def track(
    cues: Sequence[Cue],
    seconds: float,
    find: Callable[[Cue], Path],
    slowest: float | None = None,
) -> Samples:
    """All cues in one track as long as the film, each from its ``start`` on, evenly loud.

    Where silence follows a cue, it is spoken more slowly into it, down to ``slowest`` words a
    minute.
    """
    import numpy as np

    whole = np.zeros(round(seconds * RATE), np.float32)
    for cue in cues:
        spoken = evened(read(find(cue)))
        if slowest is not None:
            spoken = stretched(spoken, cue, slowest)
        start = round(cue.start * RATE)
        spoken = spoken[: max(0, len(whole) - start)]
        whole[start : start + len(spoken)] += spoken
    return levelled(whole)


def stretched(samples: Samples, cue: Cue, slowest: float) -> Samples:
    """What is spoken, more slowly at the same pitch, if its caption stays for longer than that."""
    import numpy as np

    lasts = len(samples) / RATE
    room = cue.end - cue.start - PAUSE
    longest = 60 * words_spoken(cue.text) / slowest
    longer = min(room, longest) / lasts if lasts else 1.0
    if longer < 1.01:
        return samples
    tempo = ("atempo", f"{max(0.5, 1 / longer):.4f}")
    slower: Samples = np.concatenate(
        [frame.to_ndarray().ravel() for frame in _filtered(samples, tempo)]
    )
    return slower.astype(np.float32)


def evened(samples: Samples) -> Samples:
    """A sound at :data:`LOUDNESS`; silence stays as it is."""
    import numpy as np

    # What is shorter than a measurement is measured repeated.
    times = -(-round(3 * GATE * RATE) // max(len(samples), 1)) if len(samples) < GATE * RATE else 1
    measured = loudness(np.tile(samples, times))
    if measured <= SILENT:
        return samples
    gain = min(LOUDNESS - measured, LOUDEST_GAIN)
    louder: Samples = samples * np.float32(10 ** (gain / 20))
    return louder


def levelled(samples: Samples) -> Samples:
    """A track at :data:`LOUDNESS` whose peaks are limited.

    Limiting takes some of the loudness away, so this is repeated until it fits.
    """
    import numpy as np

    if loudness(samples) <= SILENT:
        return samples
    gain = 0.0
    for _ in range(ROUNDS):
        found = limited(samples * np.float32(10 ** (gain / 20)))
        missing = LOUDNESS - loudness(found)
        if abs(missing) < NEAR_ENOUGH:
            break
        gain += missing
    return found


# --- libavfilter ---------------------------------------------------------------------------------
def read(file: Path) -> Samples:
    """A sound as one channel of :data:`RATE` samples a second."""
    import av
    import numpy as np

    found = []
    resampler = av.AudioResampler("flt", "mono", RATE)
    try:
        with av.open(str(file), "r") as source:
            for frame in source.decode(audio=0):
                found += [part.to_ndarray()[0] for part in resampler.resample(frame)]
            found += [part.to_ndarray()[0] for part in resampler.resample(None)]
    except (av.FFmpegError, IndexError) as error:
        raise InputError(f"{printable(file)}: not a sound that can be read ({error}).") from error
    return np.concatenate([np.zeros(0, np.float32), *found])


def loudness(samples: Samples) -> float:
    """Integrated loudness in LUFS; -70 for silence, and for what is shorter than 0.4 s."""
    measured = -70.0
    for frame in _filtered(samples, ("ebur128", "metadata=1")):
        measured = float(frame.metadata.get("lavfi.r128.I", measured))
    return max(measured, -70.0)


def limited(samples: Samples, peak: float = PEAK) -> Samples:
    """The same with its peaks below ``peak``, not shifted in time."""
    import numpy as np

    if not len(samples) or float(np.abs(samples).max()) <= peak:
        return samples
    quiet = f"limit={peak}:level=disabled:latency=1"
    found = [f.to_ndarray().ravel() for f in _filtered(samples, ("alimiter", quiet))]
    whole = np.concatenate(found).astype(np.float32)[: len(samples)]
    return np.pad(whole, (0, len(samples) - len(whole)))


def _filtered(samples: Samples, *filters: tuple[str, str]) -> Iterator[Any]:
    """The frames that come out of a chain of filters."""
    import av
    from av.filter import Graph

    graph = Graph()
    clock = Fraction(1, RATE)
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono", time_base=clock)
    chain = [source, *(graph.add(*one) for one in filters), graph.add("abuffersink")]
    for before, after in pairwise(chain):
        before.link_to(after)
    graph.configure()
    for frame in (*_frames(samples, RATE), None):
        source.push(frame)
        while True:
            try:
                yield chain[-1].pull()
            except (av.BlockingIOError, av.EOFError):
                break


def _frames(samples: Samples, size: int) -> Iterator[Any]:
    import av

    for start in range(0, len(samples), size):
        part = samples[start : start + size]
        frame = av.AudioFrame.from_ndarray(part[None, :].copy(), format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        yield frame


def kept_below(samples: Samples) -> Samples:
    """A track limited so that it is below :data:`PEAK` when it is heard: AAC adds to its peaks."""
    import av

    peak = PEAK
    for _ in range(ENCODINGS):
        encoder = av.CodecContext.create("aac", "w")
        assert isinstance(encoder, av.AudioCodecContext)
        encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "fltp"
        encoder.bit_rate, encoder.time_base = BITS, Fraction(1, RATE)
        found = limited(samples, peak)
        heard = _loudest(encoded(encoder, found), encoder)
        if heard <= PEAK:
            break
        peak *= 0.99 * PEAK / heard
    return found


def encoded(encoder: Any, samples: Samples) -> list[Any]:
    """The packets of a track, in AAC."""
    import av

    resampler = av.AudioResampler("fltp", "mono", RATE, frame_size=1024)
    parts = [
        part for frame in (*_frames(samples, RATE), None) for part in resampler.resample(frame)
    ]
    return [packet for part in (*parts, None) for packet in encoder.encode(part)]


def _loudest(packets: Sequence[Any], encoder: Any) -> float:
    """The highest peak of what an encoder's packets sound like."""
    import av
    import numpy as np

    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = encoder.extradata
    frames = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    return max((float(np.abs(frame.to_ndarray()).max()) for frame in frames), default=0.0)


# --- beside the pictures -------------------------------------------------------------------------
def add_sound(video: Path, target: Path, samples: Samples) -> None:
    """Copy a film's pictures, unchanged, and encode a sound beside them."""
    import av

    try:
        with av.open(str(video), "r") as source, av.open(str(target), "w", format="mp4") as film:
            pictures = film.add_stream_from_template(source.streams.video[0])
            sound = film.add_stream("aac", rate=RATE, layout="mono")
            sound.bit_rate = BITS
            waiting = encoded(sound, kept_below(samples))
            waiting.reverse()
            for packet in source.demux(video=0):
                if packet.dts is None or packet.time_base is None:
                    continue
                now = packet.dts * packet.time_base
                while waiting and (waiting[-1].dts or 0) * Fraction(1, RATE) <= now:
                    film.mux(waiting.pop())
                packet.stream = pictures
                film.mux(packet)
            while waiting:
                film.mux(waiting.pop())
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise InputError(f"{printable(video)}: no sound can be added to it ({error}).") from error
