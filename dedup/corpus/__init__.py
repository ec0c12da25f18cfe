"""A corpus: many texts in shards, cleaned together, in bounded memory, resumably.

inputs → shards → batches → (the pipeline's stages, a batch at a time) → cuts → shards, ledger
"""
