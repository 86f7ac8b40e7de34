"""The judge: restores a claim into a cloud of its own, runs scenarios there, and applies the criteria."""
