"""The colours of every picture: Okabe and Ito's, which people with colour blindness can tell apart.

Colour is never alone: a picture that uses one of these also uses a dash, a hatch, a marker or a word.
"""

from __future__ import annotations

import re

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
PAPER = "#FFFFFF"  # every picture brings its own background


def tint(colour: str, share: float) -> str:
    """Mixes a colour with white; `share` is how much of the colour stays, 0 to 1."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * share + 255 * (1 - share)):02X}" for part in parts)


# The same on a dark page, by their light ones; a colour that is not here reads on both.
DARK_PAPER = "#181C21"
DARK = {
    PAPER: DARK_PAPER,
    INK: "#E6EAEE",
    GREY: "#5C6570",
    PALE: "#262C34",
    "#5B6570": "#A8B2BD",  # quiet words
    "#A84A00": "#FF9E5E",  # words of failures
    "#007355": "#3CCB9F",  # words of events
    "#8A5F00": "#F0B94A",  # words of calls
    "#9C4A7D": "#E59CC6",  # words of compensations
    tint(BLUE, 0.14): "#10344A",
    tint(VERMILION, 0.12): "#4A2A12",
    tint(VERMILION, 0.18): "#4A2A12",
    tint(PINK, 0.35): "#5A3A4E",
}


def adapting(svg: str) -> str:
    """Lets an SVG in these colours turn dark where the page around it is dark.

    JupyterLab, GitHub and our own pages say so by their colour scheme; elsewhere the picture stays light.
    """
    # a marker's shape brings its light edge along to where it is used, out of the rules' reach; the use says it, too
    svg = re.sub(r'(<path id="m\w+" d="[^"]*" style=")stroke: #[0-9a-f]{6}(?:; )?', r"\1", svg)
    rules = []
    for light, dark in DARK.items():
        for part in ("fill", "stroke"):
            # matplotlib writes styles, Graphviz writes attributes
            rules.append(f'.sagalab [style*="{part}: {light.lower()}"],.sagalab [{part}="{light.lower()}"]')
            rules[-1] += f"{{{part}:{dark}!important}}"
    style = "<style>@media (prefers-color-scheme:dark){" + "".join(rules) + "}</style>"
    return re.sub(r"<svg\b([^>]*)>", lambda match: f'<svg class="sagalab"{match[1]}>{style}', svg, count=1)
