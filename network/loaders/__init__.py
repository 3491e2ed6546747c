"""Readers of other libraries' model files; ``network.checkpoint.LOADERS`` knows which reads what.

A model file is data. Nothing in one is executed, and no size that one declares is believed.
"""
