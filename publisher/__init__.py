"""Official statistics on school attendance in which no child is identifiable."""

__version__ = "0.1.0"
