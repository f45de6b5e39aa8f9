"""What a mapping raises when a record cannot become a CRM value."""


class CannotMap(Exception):
    """One record cannot be applied; the text is a sentence for people (SY-10).

    `field` is Xero's name of the part that does not fit, such as `LineItems[3].Quantity`.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
