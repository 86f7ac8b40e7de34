"""The colours of every picture: Okabe and Ito's, which people with colour blindness can tell apart.

Colour is never alone: a picture that uses one of these also uses a dash, a hatch, a marker or a word.
"""

from __future__ import annotations

BLUE = "#0072B2"  # orchestration: states, the workflow
GREEN = "#009E73"  # choreography: queues, buses, events
VERMILION = "#D55E00"  # faults, errors, failure paths
ORANGE = "#E69F00"  # participants: the outside world
SKY = "#56B4E9"  # functions
PINK = "#CC79A7"  # compensation
YELLOW = "#F0E442"
INK = "#222831"  # words
GREY = "#B8BEC6"  # what was not visited, and rules between rows
PALE = "#F4F6F8"  # bands behind rows
PAPER = "#FFFFFF"  # every picture brings its own background, for dark themes


def tint(colour: str, share: float) -> str:
    """Mixes a colour with white; `share` is how much of the colour stays, 0 to 1."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * share + 255 * (1 - share)):02X}" for part in parts)
