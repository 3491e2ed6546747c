"""What a film says of itself: the record, and the sources of the numbers in it."""
