"""Pictures in SVG, of which only what draws is kept.

In a page an SVG is a still picture, but opened by itself it is a document: it runs scripts, loads
what it names and shows pages. So a lesson's SVG is written anew, with the elements, attributes and
styles that are known to draw and with no others. Nothing that is kept names another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_external_ges, feature_namespaces
from xml.sax.saxutils import escape, quoteattr
from xml.sax.xmlreader import AttributesNSImpl, InputSource

from network.errors import InputError, printable

MOST_SVG = 4 * 2**20  # bytes
MOST_SAID = 10  # kinds of things that were taken out
MOST_STYLE = 2**16  # characters of a style sheet, or of an attribute that names a function
SVG = "http://www.w3.org/2000/svg"
XHTML = "http://www.w3.org/1999/xhtml"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"

_ELEMENTS = frozenset(
    """a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend
    feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
    feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR
    feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset fePointLight
    feSpecularLighting feSpotLight feTile feTurbulence filter g image line linearGradient marker
    mask mpath path pattern polygon polyline radialGradient rect set stop style svg switch symbol
    text textPath title tspan use view""".split()
)
_ANIMATIONS = frozenset({"animate", "animateMotion", "animateTransform", "set"})
# Those that are read as CSS, and can be animated.
_PRESENTATION = frozenset(
    """alignment-baseline baseline-shift clip-path clip-rule color color-interpolation
    color-interpolation-filters cursor direction display dominant-baseline fill fill-opacity
    fill-rule filter flood-color flood-opacity font font-family font-size font-size-adjust
    font-stretch font-style font-variant font-weight image-rendering isolation letter-spacing
    lighting-color marker marker-end marker-mid marker-start mask mask-type mix-blend-mode opacity
    overflow paint-order pointer-events shape-rendering stop-color stop-opacity stroke
    stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-opacity stroke-width text-anchor text-decoration text-rendering transform-box
    transform-origin unicode-bidi vector-effect visibility white-space word-spacing
    writing-mode""".split()
)
_ATTRIBUTES = _PRESENTATION | frozenset(
    """accumulate additive amplitude aria-describedby aria-hidden aria-label aria-labelledby
    attributeName attributeType azimuth baseFrequency begin bias by calcMode class clipPathUnits cx
    cy d diffuseConstant divisor dur dx dy edgeMode elevation end exponent fill filterUnits
    focusable fr from fx fy gradientTransform gradientUnits height href id in in2 intercept k1 k2
    k3 k4 kernelMatrix kernelUnitLength keyPoints keySplines keyTimes lang lengthAdjust
    limitingConeAngle markerHeight markerUnits markerWidth maskContentUnits maskUnits max media
    method min mode numOctaves offset operator order orient origin path pathLength
    patternContentUnits patternTransform patternUnits points pointsAtX pointsAtY pointsAtZ
    preserveAlpha preserveAspectRatio primitiveUnits r radius refX refY repeatCount repeatDur
    requiredExtensions requiredFeatures restart result role rotate rx ry scale seed side slope
    spacing specularConstant specularExponent spreadMethod startOffset stdDeviation stitchTiles
    style surfaceScale systemLanguage tableValues target targetX targetY textLength title to
    transform type values version viewBox width x x1 x2 xChannelSelector y y1 y2
    yChannelSelector z zoomAndPan""".split()
)
_FUNCTIONS = frozenset(
    """blur brightness calc circle clamp color color-mix conic-gradient contrast cubic-bezier
    drop-shadow ellipse grayscale hsl hsla hue-rotate hwb inset invert lab lch light-dark linear
    linear-gradient matrix matrix3d max min oklab oklch opacity path perspective polygon
    radial-gradient rgb rgba rotate rotate3d rotatex rotatey rotatez saturate scale scale3d scalex
    scaley sepia skew skewx skewy steps translate translate3d translatex translatey translatez
    url var""".split()
)
# Raster pictures within the file; a picture in SVG would be another document.
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*", re.ASCII)
_QUIET = frozenset({"metadata"})  # what programs that draw leave behind


def safe_svg(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """An SVG with nothing in it that runs, loads or leads elsewhere; and what was taken out.

    Raises
    ------
    InputError
        It is not SVG, or has entities of its own, which multiply.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.expatreader import create_parser

    kept = _Kept()
    parser = create_parser(forbid_external=False)  # a DTD may be named; it is not looked at
    parser.setFeature(feature_external_ges, False)
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(kept)
    source = InputSource()
    source.setByteStream(BytesIO(data))
    try:
        parser.parse(source)
    except DefusedXmlException as error:
        raise InputError(f"{name}: has entities of its own, expected SVG without them") from error
    except SAXParseException as error:
        where = f"line {error.getLineNumber()}: {error.getMessage()}"
        raise InputError(f"{name}: not SVG, expected XML ({where})") from error
    except (SAXException, ValueError, LookupError) as error:
        raise InputError(f"{name}: not SVG ({printable(error)})") from error
    return "".join(kept.out).encode(), tuple(kept.dropped)


class _Kept(ContentHandler):
    """Writes the elements that it is told of, but for what does not draw."""

    def __init__(self) -> None:
        super().__init__()
        self.out: list[str] = []
        self.dropped: dict[str, None] = {}
        self._open: list[str] = []
        self._outside = 0  # how deep in an element that is left out
        self._style: list[str] | None = None  # the text of a style sheet, while it is read

    def _drop(self, what: str) -> None:
        if len(self.dropped) < MOST_SAID:
            self.dropped[printable(what, 60)] = None

    def startElementNS(
        self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        """Keep an element and those of its attributes that draw, or leave it out as a whole."""
        space, local = name
        if not self._open and (space, local) != (SVG, "svg"):
            raise ValueError(f"its first element is <{local}>, expected <svg> in {SVG}")
        given = dict(attrs.items())
        if self._outside or space != SVG or local not in _ELEMENTS or self._animates(local, given):
            if not self._outside and space in (SVG, XHTML) and local not in _QUIET:
                self._drop(f"<{local}>")
            self._outside += 1
            return
        spaces = "" if self._open else f' xmlns="{SVG}" xmlns:xlink="{XLINK}"'
        written = "".join(self._attribute(local, *one) for one in given.items())
        self.out.append(f"<{local}{spaces}{written}>")
        self._open.append(local)
        if local == "style":
            self._style = []

    def _animates(self, local: str, attributes: dict[tuple[str | None, str], str]) -> bool:
        """Whether an element changes something that decides more than how it looks."""
        target = attributes.get((None, "attributeName"), "").strip()
        return local in _ANIMATIONS and target in ("href", "xlink:href", "style", "class", "target")

    def _attribute(self, local: str, name: tuple[str | None, str], value: str) -> str:
        """An attribute as it is written; nothing if it is left out."""
        space, key = name
        if space == XML and key in ("lang", "space"):
            return f" xml:{key}={quoteattr(value)}"
        reference = key == "href" and space in (None, XLINK)
        if not reference and (space is not None or key not in _ATTRIBUTES):
            if space is None and not key.startswith("data-"):
                self._drop(f"{key}=")
            return ""
        prefix = "xlink:" if space == XLINK else ""
        if reference:
            value = value.strip()
            picture = local in ("image", "feImage") and _PICTURE.fullmatch(value)
            if not picture and not value.startswith("#"):
                self._drop(f"{prefix}{key}= of <{local}>")
                return ""
        elif key == "attributeName" and value.strip() not in _ATTRIBUTES:
            self._drop(f"attributeName= of <{local}>")
            return ""
        elif key == "style":
            value = self._declarations(value)
        elif not self._harmless_text(value):
            self._drop(f"{key}=")
            return ""
        return f" {prefix}{key}={quoteattr(value)}"

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:
        """Close what was kept."""
        if self._outside:
            self._outside -= 1
            return
        if self._style is not None:
            self.out.append(escape(self._sheet("".join(self._style))))
            self._style = None
        self.out.append(f"</{self._open.pop()}>")

    def characters(self, content: str) -> None:
        """Text, or part of a style sheet."""
        if self._style is not None and not self._outside:
            self._style.append(content)
        elif self._open and not self._outside:
            self.out.append(escape(content))

    # --- styles ----------------------------------------------------------------------------------
    def _harmless_text(self, value: str) -> bool:
        """Whether nothing is named in a value that would be read as CSS."""
        from tinycss2 import parse_component_value_list

        if not re.search(r"[(\\]", value):
            return True
        return len(value) <= MOST_STYLE and _harmless(parse_component_value_list(value))

    def _sheet(self, text: str) -> str:
        from tinycss2 import parse_stylesheet

        if len(text) > MOST_STYLE:
            self._drop("a long <style>")
            return ""
        return self._rules(parse_stylesheet(text, skip_comments=True, skip_whitespace=True))

    def _rules(self, rules: Iterable[Any], depth: int = 0) -> str:
        from tinycss2 import parse_rule_list, serialize

        kept = []
        for rule in rules:
            inner = None
            if rule.type == "qualified-rule":
                inner = self._declarations(rule.content)
            elif rule.type == "at-rule" and rule.content is not None and depth < 3:
                if rule.lower_at_keyword in ("media", "keyframes", "supports"):
                    inner = self._rules(parse_rule_list(rule.content, True, True), depth + 1)
            if inner is None or not _harmless(rule.prelude):
                self._drop(f"@{rule.at_keyword}" if rule.type == "at-rule" else "a rule of <style>")
                continue
            at = f"@{rule.lower_at_keyword}" if rule.type == "at-rule" else ""
            kept.append(f"{at}{serialize(rule.prelude)}{{{inner}}}")
        return "\n".join(kept)

    def _declarations(self, content: Any) -> str:
        from tinycss2 import parse_declaration_list

        if isinstance(content, str) and len(content) > MOST_STYLE:
            self._drop("a long style=")
            return ""
        kept = []
        for one in parse_declaration_list(content, skip_comments=True, skip_whitespace=True):
            if one.type == "declaration" and _harmless(one.value):
                kept.append(one.serialize())
            elif one.type != "error":
                self._drop(f"{one.name}: in a style" if one.type == "declaration" else "a style")
        return "; ".join(kept)


def _harmless(tokens: Iterable[Any]) -> bool:
    """Whether tokens of CSS name nothing outside of the file, however deep they stand."""
    pending = [(token, 0) for token in tokens]
    while pending:
        token, depth = pending.pop()
        inner: Iterable[Any] = ()
        if token.type == "error" or depth > 20:
            return False
        if token.type == "url":
            if not token.value.strip().startswith("#"):
                return False
        elif token.type == "function":
            if token.lower_name not in _FUNCTIONS:
                return False
            inner = token.arguments
            if token.lower_name == "url":
                names = [one.value for one in inner if one.type == "string"]
                if not names or not all(name.strip().startswith("#") for name in names):
                    return False
        elif token.type.endswith(" block"):
            inner = token.content
        pending += [(one, depth + 1) for one in inner]
    return True
