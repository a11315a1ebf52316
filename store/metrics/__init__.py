"""What each figure means: the kinds of computing, and the definitions, a file a group."""
