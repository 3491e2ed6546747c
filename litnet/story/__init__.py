"""How a story is filmed: the scene that it inherits from, and the collaborators it conducts."""
