"""What is published, declared as data. No logic: grid, SQL, labels and checks derive from this."""

from publisher.catalogue.data_sets import CATALOGUE
from publisher.catalogue.wide import WIDE_FILES

__all__ = ["CATALOGUE", "WIDE_FILES"]
