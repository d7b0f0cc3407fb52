"""What is published, declared as data. No logic: grid, SQL, labels and checks derive from this."""

from publisher.catalogue.data_sets import CATALOGUE
from publisher.catalogue.wide import WIDE_FILES

EVERY_FILE = (*CATALOGUE, *WIDE_FILES)
"""What is counted, then what repeats it, in the order of the release."""

__all__ = ["CATALOGUE", "EVERY_FILE", "WIDE_FILES"]
