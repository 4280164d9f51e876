"""The JSON form of test vectors, and how each family of them is decoded by this project.

`vector` reads a file, `verdict` judges one vector, `families` knows how to decode each family into the JSON form that
vectors expect, `values`, `apdus` and `frames` build that form from our objects.
"""
