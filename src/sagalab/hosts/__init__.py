"""The children that run learner code, and the one channel that leads out of them."""
