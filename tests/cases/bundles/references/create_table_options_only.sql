CREATE TABLE t WITH ('topic' = 'y') LIKE default_catalog.default_database.base
