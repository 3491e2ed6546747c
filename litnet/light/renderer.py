"""Manim's renderer and file writer, as far as light needs them to be others."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any

import av
import manim
import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from manim import CairoRenderer, Mobject, config
from manim._config.video_encoder import video_encoder_fingerprint
from manim.scene.scene_file_writer import SceneFileWriter
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from manim.utils.exceptions import EndSceneEarlyException
from numpy.typing import NDArray

from litnet.cache import Kept
from litnet.light.camera import LitCamera, Sprite
from litnet.light.identity import play_name
from litnet.light.plays import LARGEST, can_jump, kept_plays
from network.files import written_whole


class LitSegmentEncoder(VideoSegmentEncoder):
    """Encodes a frame from the memory in which it was drawn, and a held one without its copies."""

    after: Thread | None = None  # what encodes the segment before; two at a time take twice as much

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        """As manim's, which copies the pixels and converts their colours for each repetition."""
        if self.after is not None:
            self.after.join()
            self.after = None
        self._validate_frame(pixels, repeat)
        stream = self._stream
        assert isinstance(stream, VideoStream)
        try:
            frame = VideoFrame.from_numpy_buffer(pixels, format="rgba")
            frame = self._reformatter.reformat(frame, format=self.spec.pixel_format)
            frame.time_base = 1 / self.spec.frame_rate
            for _ in range(repeat):
                frame.pts = self._next_pts
                self._next_pts += 1
                self._container.mux(stream.encode(frame))
        except BaseException as error:
            raise self._operation_error("encode", error) from error

    def finish(self) -> None:
        """As manim's; the encoder's memory, some hundred megabytes, is given back at once."""
        super().finish()
        vars(self).pop("_stream", None)
        vars(self).pop("_container", None)

    @cached_property
    def _reformatter(self) -> VideoReformatter:
        """Keeps its tables from frame to frame."""
        return VideoReformatter()


# A play's own name, not a number of one that has none.
PLAY = re.compile("[0-9a-f]{64}")


class LitFileWriter(SceneFileWriter):
    """Puts a film under its final name only when it is whole."""

    segments_only = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whole: set[str] = set()  # the names of this film's segments that are there
        # The next play is drawn while the encoder is at the end of the one before.
        at_least = max(self.settings.max_inflight_encoders, 2)
        self.settings = replace(self.settings, max_inflight_encoders=at_least)

    @cached_property
    def kept(self) -> Kept | None:
        """Where plays are kept for other films, if they are. Raises as :func:`kept_plays`."""
        return None if config.disable_caching else kept_plays()

    def has(self, name: str) -> bool:
        """Whether there is a segment for a play of this name, in this film or from another one.

        What an earlier film left in manim's own folder may be cut, and nobody could tell.
        """
        if not self.output_spec.is_video:
            return False
        segment = Path(self.output_plan.segment_path(name))
        if job := self._inflight_by_path.get(str(segment)):
            self._join_job_and_drain_on_failure(job)
        if name not in self._whole and self.kept and (body := self.kept.read(name)):
            if not (segment.is_file() and segment.read_bytes() == body):
                segment.parent.mkdir(parents=True, exist_ok=True)
                with written_whole(segment) as temporary:
                    temporary.write_bytes(body)
            self._whole.add(name)
        return name in self._whole

    def _join_job(self, job: Any) -> None:
        """As manim's; a segment that is whole is kept."""
        super()._join_job(job)
        name = job.path.stem
        if not job._abort_requested:
            self._whole.add(name)
            if self.kept and PLAY.fullmatch(name) and job.path.stat().st_size < LARGEST:
                self.kept.keep(name, job.path.read_bytes())

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        assert self.video_encoder is not None, "manim asks for one only where there is a film"
        encoder = LitSegmentEncoder(target=target, spec=self.video_encoder)
        if self._inflight_encode_jobs:
            encoder.after = self._inflight_encode_jobs[-1].thread
        return encoder

    def finish(self) -> None:
        """As manim's; of a range of the film only the segments are wanted."""
        if self.segments_only:
            self.join_all_encode_jobs()
        else:
            super().finish()

    def write_frame(self, pixels: Any, *, repeat: int = 1) -> None:
        """As manim's, which writes a held frame of an image sequence only once."""
        if self.output_spec.is_image_sequence:
            for _ in range(repeat):
                super().write_frame(pixels)
        else:
            super().write_frame(pixels, repeat=repeat)

    def combine_files(
        self,
        input_files: list[str],
        output_file: Path,
        create_gif: bool = False,
        includes_sound: bool = False,
    ) -> None:
        """As manim's, through a temporary name in the same folder."""
        temporary = output_file.with_name(f".{output_file.stem}.part{output_file.suffix}")
        output_file.parent.mkdir(parents=True, exist_ok=True)
        try:
            if create_gif or not joined(input_files, temporary):
                super().combine_files(input_files, temporary, create_gif, includes_sound)
            temporary.replace(output_file)
        finally:
            temporary.unlink(missing_ok=True)


def joined(segments: Sequence[str], film: Path) -> bool:
    """Put segments one after the other into a film; False where they are not all of one kind.

    As manim's, but for the decoding of pictures of each segment, which takes 6 ms of each, and for
    what each of them says of the encoder again.
    """
    with av.open(str(film), mode="w") as output:
        output.metadata["comment"] = f"Rendered with Manim Community v{manim.__version__}"
        start, stream, kind = 0, None, None
        for segment in segments:
            with av.open(str(segment), **({} if stream is None else _NO_LOOK)) as file:
                source = file.streams.video[0]
                seen = source.time_base, source.codec.name, source.codec_context.extradata
                if stream is None:
                    stream, kind = output.add_stream_from_template(template=source), seen
                if seen != kind or source.codec.name != "h264" or source.duration is None:
                    return False
                for packet in file.demux(source):
                    if packet.dts is None or packet.pts is None:  # at the end
                        continue
                    packet.pts += start
                    packet.dts = None  # to be computed: of two segments they may overlap
                    packet.stream = stream
                    output.mux(packet)
                start += source.duration
    return True


# Open a film without decoding its first pictures.
_NO_LOOK: dict[str, Any] = {
    "options": {"probesize": "32", "analyzeduration": "0"},
    "stream_options": [{"skip_frame": "all"}],
}


class LitRenderer(CairoRenderer):
    """Manim's renderer, counting the frames that really go into the film.

    ``only`` restricts what is drawn to a range of the animations, counted from 0. The others change
    the scene and count, and none of them is drawn: one of which each frame depends on its time
    alone is jumped to its end, another one is walked through, frame by frame. So what a range shows
    is what it shows in the whole film, whatever the scene's animations and updaters add up.

    ``most_pixels`` restricts what is drawn by how much it is; the plays after it are left out, and
    so is the film.
    """

    camera: LitCamera

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(file_writer_class=LitFileWriter, camera_class=LitCamera, **kwargs)
        self.frames = 0
        self.lengths: list[int] = []  # frames of each animation
        self.plan: list[list[Mobject] | Sprite] = []
        self.only: range | None = None
        self.most_pixels: float = math.inf
        self.left: dict[int, int] = {}  # frames of the plays that were left out, by their numbers
        self.walking = False
        self.wanted = True  # whether the play is in the film, or in the range of it
        self.on_frames: Callable[[int], None] | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is left out of the film."""
        return self.only is None and not self.left

    def play(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        """Play, then count; a skipped animation leaves no frames, a cached one leaves all."""
        before = self.frames
        self._play(scene, *args, **kwargs)
        if self.animations_hashes[-1] is not None:
            self.frames += scene.frames_in(scene.duration)
        self.lengths.append(self.frames - before)

    def _play(self, scene: Any, *args: Any, **kwargs: Any) -> None:
        """As manim's, with names of our own for what the cache keeps, and with walking."""
        if self.only is not None and self.num_plays >= self.only.stop:
            raise EndSceneEarlyException
        self.skip_animations = self._original_skipping_status
        self.update_skipping_status()
        scene.compile_animation_data(*args, **kwargs)
        self.walking, self.wanted = False, True
        count = scene.frames_in(scene.duration)
        name: str | None = None  # of no segment: what the story itself skips, in a section
        if self.skip_animations:
            self.time += scene.duration
        elif self.only is not None and self.num_plays not in self.only:
            self.walking, self.wanted = True, False
        else:
            name = self._name(scene)
            self.walking = name is not None and self.file_writer.has(name)
            if not self.walking:
                self.wanted = self._afford(count)
                self.walking = not self.wanted
            name = name or f"uncached_{self.num_plays:05}"
        self.file_writer.add_partial_movie_file(name if self.wanted else None)
        hidden = None if self.skip_animations else f"walked_{self.num_plays:05}"
        self.animations_hashes.append(name or hidden)
        writes = not (self.skip_animations or self.walking)
        self.file_writer.begin_animation(writes, animation_index=self.num_plays)
        scene.begin_animations()
        self.save_static_frame_data(scene, scene.static_mobjects)
        if scene.is_current_animation_frozen_frame():
            self.update_frame(scene, mobjects=scene.moving_mobjects)
            self.freeze_current_frame(scene.duration)
        elif self.walking and can_jump(scene):
            self.end(scene, count)
            if self.on_frames is not None:
                self.on_frames(count)
        else:
            scene.play_internal()
        self.file_writer.end_animation(writes)
        self.num_plays += 1

    def _name(self, scene: Any) -> str | None:
        """The name of what plays; None if it is to be drawn in any case."""
        if not self.file_writer.kept:
            return None
        encoder = video_encoder_fingerprint(scene.session_spec.video_encoder)
        return play_name(scene, self.camera, scene.animations, scene.mobjects, encoder)

    def _afford(self, count: int) -> bool:
        """Whether so many more frames may be drawn; if not, no more are."""
        self.most_pixels -= count * self.camera.pixel_width * self.camera.pixel_height
        if self.most_pixels >= 0:
            return True
        self.left[self.num_plays] = count
        self.most_pixels = -math.inf
        self.file_writer.segments_only = True
        return False

    def end(self, scene: Any, count: int) -> None:
        """Bring what plays, of so many frames, to its end, and the clock as if all were walked."""
        for _ in range(count):  # rounding and all
            self.time += 1 / self.camera.frame_rate
        for animation in scene.animations:
            animation.finish()
            animation.clean_up_from_scene(scene)
        scene.update_mobjects(0)

    def add_frame(self, frame: Any, num_frames: int = 1) -> None:
        """As manim's; of a frame that is only walked through, the clock takes note."""
        if self.walking:
            self.time += num_frames * (1 / self.camera.frame_rate)
        else:
            super().add_frame(frame, num_frames)
        if self.on_frames is not None and not self.skip_animations:
            self.on_frames(num_frames)

    def save_static_frame_data(self, scene: Any, static_mobjects: Iterable[Mobject]) -> Any:
        """Draw, once for this animation, all that does not move."""
        self.static_image, self.plan = None, []
        if self.skip_animations or self.walking:
            return None
        self.camera.reset()
        # Their parents may have other children, which move.
        self.camera.capture_mobjects(static_mobjects, include_submobjects=False)
        self.static_image = self.camera.pixel_array.copy()
        self.plan = scene.drawing_plan()
        return self.static_image

    def update_frame(
        self,
        scene: Any,
        mobjects: Iterable[Mobject] | None = None,
        include_submobjects: bool = True,
        ignore_skipping: bool = True,
        **kwargs: Any,
    ) -> None:
        """As manim's; within an animation only what moves is drawn anew.

        Manim draws what stands still above something that moves in each frame again, and all of
        it a second time in a still frame, where light would add up.
        """
        if self.walking or (self.skip_animations and mobjects is not None):
            return  # nobody will see it
        if self.static_image is None or mobjects is None:
            super().update_frame(scene, mobjects, include_submobjects, ignore_skipping, **kwargs)
            return
        self.camera.set_frame_to_background(self.static_image)
        drawn: set[Mobject] = set()
        for part in self.plan:
            if isinstance(part, Sprite):
                self.camera.lay_over(part)
                continue
            # A mobject that moves may have got new parts since the animation began.
            family = dict.fromkeys(
                member for mobject in part for member in mobject.family_members_with_points()
            )
            shown = [member for member in family if member not in drawn]
            drawn.update(shown)
            self.camera.capture_mobjects(shown, include_submobjects=False)

    def get_frame(self) -> Any:
        """The frame itself; the camera starts the next one in other memory.

        Cairo multiplies colours by alpha; files that carry alpha want them as they are. What was
        drawn as a negative is turned over.
        """
        frame = self.camera.pixel_array
        return self.camera.turned(frame if self.camera.opaque else straight_alpha(frame))

    def freeze_current_frame(self, duration: float) -> None:
        """Repeat the frame for the nearest whole number of frames (manim rounds down)."""
        self.add_frame(self.get_frame(), num_frames=round(duration * self.camera.frame_rate))


def straight_alpha(frame: NDArray[Any]) -> NDArray[np.uint8]:
    """A frame (height, width, 4) with its colours no longer multiplied by alpha."""
    alpha = frame[:, :, 3:].astype(np.float32)
    colors = frame[:, :, :3] * np.divide(255, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    straight = frame.copy()
    straight[:, :, :3] = np.minimum(colors + np.float32(0.5), 255)
    return straight
