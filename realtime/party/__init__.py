"""The party, pure: no clock, await, log, random or settings. Times and ids are arguments.

`decide(state, command, context)` says which events a command causes, or raises `Refused`; `apply(state, entry)` folds one
numbered event into the next state; `snapshot(state, members)` is what a joiner is shown.
"""
