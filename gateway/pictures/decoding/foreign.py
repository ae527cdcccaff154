"""What else a file may be, for those who sent it by mistake."""

import re
from typing import Final

# Possessive, so that no text can be taken apart in more than one way: that would take exponential time.
_SVG: Final = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+|<!DOCTYPE[^>]*+>\s*+)*+<svg\b", re.DOTALL | re.IGNORECASE
)
_PAGE: Final = re.compile(rb"\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)

_BEGINNINGS: Final = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"8BPS", "a Photoshop document"),
    (b"8BPB", "a Photoshop document"),
    (b"\0\0\1\0", "an icon"),
    (b"\0\0\2\0", "a mouse pointer"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"II\xbc\1", "a JPEG XR picture"),
    (b"IIRO", "a camera's raw file"),
    (b"IIRS", "a camera's raw file"),
    (b"MMOR", "a camera's raw file"),
    (b"IIU\0", "a camera's raw file"),
    (b"II\x1a\0\0\0HEAPCCDR", "a camera's raw file"),
    (b"FUJIFILMCCD-RAW", "a camera's raw file"),
    (b"\0MRM", "a camera's raw file"),
    (b"FOVb", "a camera's raw file"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\0\0\1\xba", "a video"),
    (b"OggS", "sound or a video"),
    (b"ID3", "sound"),
    (b"fLaC", "sound"),
    (b"PK\3\4", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "a compressed file"),
    (b"{\\rtf", "a text document"),
)
_RIFF: Final = {b"AVI ": "a video", b"WAVE": "sound"}
_BRANDS: Final = {b"crx ": "a camera's raw file", b"M4A ": "sound", b"M4B ": "sound", b"jxl ": "a JPEG XL picture"}


def name(data: bytes) -> str | None:
    """What `data`, which is no picture that we read, is, in words; None where that is not known."""
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a video")
    if data[4:8] in (b"moov", b"mdat", b"wide", b"free"):
        return "a video"
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12])
    if _SVG.match(data[:4096].removeprefix(b"\xef\xbb\xbf")):
        return "an SVG drawing"
    if _PAGE.match(data[:4096].removeprefix(b"\xef\xbb\xbf")):
        return "a web page"
    return next((words for beginning, words in _BEGINNINGS if data.startswith(beginning)), None)
