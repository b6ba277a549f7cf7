"""What the machine does to a run: it is stopped, its disk is full, its database goes away."""
