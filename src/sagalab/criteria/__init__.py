"""What is judged, and how: each criterion is a pure function of evidence that gives a `Finding`."""
