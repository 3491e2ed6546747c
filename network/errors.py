"""The one exception for everything that a person can get wrong."""


class InputError(ValueError):
    """Input from outside that cannot be used.

    The message is one sentence: which file or argument, what was found, what was expected.
    It is meant to be printed as it is, without a traceback.
    """
