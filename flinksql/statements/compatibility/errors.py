"""The error of this package."""


class PlanError(Exception):
    """The text is no plan of the form that is understood here."""
