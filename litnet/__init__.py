"""litnet: films of small neural networks, drawn from live activations."""

__version__ = "0.1.0"
