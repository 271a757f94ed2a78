"""Three lessons, each a file to run from top to bottom that needs nothing of its neighbours."""
