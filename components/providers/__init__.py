"""The dynamic providers: thin adapters between Pulumi and the parts, pickled by reference.

Module and class names are an interface: the state of every stack holds them. Whoever moves one leaves an import behind.
"""
