"""Fuzzing: whatever is read ends in a right result or in the documented error."""
