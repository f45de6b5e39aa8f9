"""What products refuse."""


class ProductRefused(Exception):
    """Nothing was changed; the text is a sentence for people that says why and what to do."""
