"""The commands of ``litnet``, by what they are about."""
