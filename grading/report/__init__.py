"""What people read after grading: a learner's page, the class page, and the card in a notebook's cell."""
