"""Contrast of the texts on a page, after WCAG 2.2 (success criterion 1.4.3, level AA: 4.5 to 1)."""

import re

from playwright.sync_api import Page

AA = 4.5

# Each visible text with its colour and the nearest opaque background colour behind it.
TEXTS = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && !element.closest(".visually-hidden, .stage"))
  .filter((element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
  .map((element) => {
    let ground = element;
    while (/, 0\\)$/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
    return [element.textContent.trim(), getComputedStyle(element).color, getComputedStyle(ground).backgroundColor];
  })"""


def luminance(colour: str) -> float:
    """Relative luminance (0 … 1) of a CSS colour written `rgb(r, g, b)`."""
    channels = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def too_faint(page: Page) -> list[str]:
    """Return the visible texts of `page` below AA; raises ValueError where there is no text at all."""
    texts: list[tuple[str, str, str]] = page.evaluate(TEXTS)
    if not texts:
        raise ValueError("The page shows no text.")
    return [f"{text}: {colour} on {ground}" for text, colour, ground in texts if contrast(colour, ground) < AA]
