"""Invented names: syllables put together, so that no name is taken from a real list."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from publisher.synthetic.arrays import Ints

_FORENAME_STARTS = ("Ar", "Bel", "Cal", "Dov", "El", "Fen", "Gal", "Hal", "Is", "Jor", "Kel", "Lor")
_FORENAME_MIDDLES = ("", "a", "e", "i", "o", "ani", "eri")
_FORENAME_ENDS = ("wen", "rick", "mar", "lin", "dor", "na", "vin", "sa", "ton", "reth")
_SURNAME_STARTS = (
    *("Ash", "Bram", "Copper", "Dun", "Elder", "Fallow", "Gorse", "Hazel", "Iron", "Juniper"),
    *("Kestrel", "Larch", "Marl", "Nettle", "Oaken", "Pebble", "Quill", "Rowan", "Sorrel", "Thorn"),
)
_SURNAME_ENDS = (
    *("acre", "bank", "croft", "dale", "edge", "fold", "garth", "hollow", "lock", "mere"),
    *("nook", "over", "path", "ridge", "shaw", "stile", "thwaite", "vale", "wick", "yard"),
)
_PLACE_STARTS = (
    *("Abber", "Bel", "Cald", "Dern", "Ember", "Fern", "Glas", "Hever", "Inger", "Jess", "Kirn"),
    *("Lang", "Mar", "Nor", "Orle", "Pem", "Quar", "Rad", "Sel", "Tarn", "Ulver", "Ven", "Wend"),
    *("Yar", "Zeal", "Brack", "Cress", "Dray", "Fosse", "Gren", "Hollin", "Mickle", "Penn", "Thur"),
)
_PLACE_MIDDLES = ("", "en", "ing", "er", "ow", "ley")
_PLACE_ENDS = (
    *("bourne", "bridge", "brook", "bury", "combe", "cote", "den", "field", "ford", "gate"),
    *("ham", "hurst", "leigh", "low", "mead", "more", "sett", "stead", "stoke", "ton"),
)
_SCHOOL_FORMS = (
    (
        *("{} Primary School", "{} Community Primary School", "{} CofE Primary School"),
        *("{} Park Primary School", "{} Green School"),
    ),
    ("{} School", "{} High School", "{} Academy"),
    ("{} Special School", "The {} School", "{} Lodge School"),
    ("{} Nursery School", "{} Children's Nursery School", "{} Early Years School"),
    ("{} Pupil Referral Unit", "{} Learning Centre", "{} Alternative Provision"),
)
_TRUST_FORMS = ("{} Learning Trust", "{} Academies Trust", "The {} Partnership", "{} Schools Trust")

Words = NDArray[np.object_]


def _joined(*parts: tuple[str, ...]) -> list[str]:
    words = [""]
    for part in parts:
        words = [word + piece for word in words for piece in part]
    return words


FORENAMES = tuple(_joined(_FORENAME_STARTS, _FORENAME_MIDDLES, _FORENAME_ENDS))
SURNAMES = tuple(_joined(_SURNAME_STARTS, _SURNAME_ENDS))
PLACES = tuple(_joined(_PLACE_STARTS, _PLACE_MIDDLES, _PLACE_ENDS))


def school_names(rng: np.random.Generator, groups: Ints) -> list[str]:
    """A name for each school; no two schools of a group share one while names last."""
    names = [""] * len(groups)
    for group, forms in enumerate(_SCHOOL_FORMS):
        members = np.flatnonzero(groups == group)
        shuffled = rng.permutation(len(PLACES) * len(forms))
        for member, choice in zip(members, np.resize(shuffled, len(members)), strict=True):
            place, form = divmod(int(choice), len(forms))
            names[member] = forms[form].format(PLACES[place])
    return names


def trust_names(rng: np.random.Generator, count: int) -> list[str]:
    """A distinct name for each academy trust."""
    choices = rng.permutation(len(PLACES) * len(_TRUST_FORMS))[:count]
    pairs = (divmod(int(choice), len(_TRUST_FORMS)) for choice in choices)
    return [_TRUST_FORMS[form].format(PLACES[place]) for place, form in pairs]
