"""Options that more than one part is started with: how one is declared, and the nouns that parts share.

Below every part, so that the embedded platform, the cluster and a stack's settings read the same declaration.
"""
