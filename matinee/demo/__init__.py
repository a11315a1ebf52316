"""The demo: clips that show and sound their time, three accounts, a live party whose bots keep it moving."""
