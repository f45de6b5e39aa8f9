"""What customers refuse."""


class CustomerRefused(Exception):
    """Nothing was changed; the text is a sentence for people that says why and what to do."""
