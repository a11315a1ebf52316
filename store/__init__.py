"""MongoDB: one file a collection, with its documents, indexes and queries. Only this package knows the driver."""
