"""`matinee check`: each thing that Matinee stands on is tried, and what fails is said with its mend."""
