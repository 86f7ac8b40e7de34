"""Pictures of runs and of deployments, each with its words. Draws from data, never from a live cloud."""

from __future__ import annotations

from sagalab.pictures.picture import Picture
from sagalab.pictures.timeline import timeline

__all__ = ["Picture", "timeline"]
