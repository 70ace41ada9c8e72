"""Deliberately wrong implementations: the suite is believed because it catches each of them.

A miniature is PyTorch with one fault planted, run as `--subject module:tests.miniatures.NAME`. Its
docstring says what is wrong; tests/test_negative_controls.py says which facets have to turn red.
"""
