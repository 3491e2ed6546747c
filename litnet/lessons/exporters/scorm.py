"""A SCORM 1.2 package: a page that tells the course platform how far a learner has come."""

from __future__ import annotations

import io
import re
import zipfile
from urllib.parse import quote
from xml.sax.saxutils import escape

from litnet.lessons.exporters.job import ASSETS, Content, Export, Job, media, page

MASTERY = 80  # percent of the score, from which the clip is passed
_DATE = (2020, 1, 1, 0, 0, 0)  # the same clip gives the same package

_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="{name}" version="1.0"
 xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
<organizations default="organization">
<organization identifier="organization"><title>{title}</title>
<item identifier="item" identifierref="resource" isvisible="true"><title>{title}</title>{mastery}
</item></organization>
</organizations>
<resources>
<resource identifier="resource" type="webcontent" adlcp:scormtype="sco" href="index.html">
{files}
</resource>
</resources>
</manifest>
"""


def scorm(job: Job) -> Export:
    """The package, a zip file."""
    script = "litnet-scorm.js"
    contents: dict[str, Content] = {
        "index.html": page(Job(job.clip, quiz=job.quiz), scripts=(script,)).encode(),
        script: ASSETS / script,
        **media(job),
    }
    listed = "\n".join(f'<file href="{escape(quote(name))}"/>' for name in contents)
    mastery = f"\n<adlcp:masteryscore>{MASTERY}</adlcp:masteryscore>" if job.quiz else ""
    contents["imsmanifest.xml"] = _MANIFEST.format(
        name="litnet-" + re.sub(r"[^A-Za-z0-9._-]", "_", job.clip.name),
        title=escape(job.clip.title),
        mastery=mastery,
        files=listed,
    ).encode()
    return Export(zipped(contents))


def zipped(contents: dict[str, Content]) -> bytes:
    """A zip file that depends on its contents only; films are stored, for they are compressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, content in contents.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            dense = name.endswith((".mp4", ".jpg"))
            info.compress_type = zipfile.ZIP_STORED if dense else zipfile.ZIP_DEFLATED
            data = content if isinstance(content, bytes) else content.read_bytes()
            package.writestr(info, data)
    return stream.getvalue()
