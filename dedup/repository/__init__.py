"""The texts of a repository, compared with each other again and again: only what is new is read.

`check` is the recipe.
"""
