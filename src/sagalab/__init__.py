"""A course and assessment kit on orchestration versus choreography."""
