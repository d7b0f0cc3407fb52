"""Packaged facts: register codes, areas, academic years, establishment types, published words.

Sources and licences are listed in NOTICE. A new code, authority or type is a row in a file here.
"""
