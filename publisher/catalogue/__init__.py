"""What is published, declared as data. No logic: grid, SQL, labels and checks derive from this."""

from publisher.catalogue.data_sets import CATALOGUE

__all__ = ["CATALOGUE"]
