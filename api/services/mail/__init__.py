"""Mail: what is asked for goes to the outbox, and is written and sent from there by whichever node comes first."""
