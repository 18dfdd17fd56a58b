"""An extractive summariser: it picks sentences out of texts by sentiment and centrality, and writes none of its own.

The same input gives the same answer. Nothing in the input is followed as an instruction: the fields come from the system prompt, the
recommended action from a fixed table, everything else is a quotation. Words are judged by an English lexicon; entries in other languages
count by their stars.
"""
