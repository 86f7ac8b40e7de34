"""Pictures of runs and of deployments, each with its words. Draws from data, never from a live cloud."""

from __future__ import annotations

from sagalab.pictures.deployed import deployed_picture
from sagalab.pictures.drawing import drawn_picture
from sagalab.pictures.knee import knee
from sagalab.pictures.left_behind import left_behind
from sagalab.pictures.matrix import matrix
from sagalab.pictures.path_taken import path_taken
from sagalab.pictures.picture import Picture
from sagalab.pictures.retries import Tries, retries, tries_in, tries_of
from sagalab.pictures.side_by_side import side_by_side
from sagalab.pictures.space_time import space_time
from sagalab.pictures.timeline import timeline

__all__ = [
    "Picture", "Tries", "deployed_picture", "drawn_picture", "knee", "left_behind", "matrix", "path_taken", "retries",
    "side_by_side", "space_time", "timeline", "tries_in", "tries_of",
]  # fmt: skip
