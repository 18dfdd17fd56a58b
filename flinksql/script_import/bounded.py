"""Whether a job ends by itself, as far as the options of the tables say that it reads."""

from collections.abc import Sequence

from flinksql.sql.entry import Entry
from flinksql.sql.names import ObjectKind
from flinksql.sql.table_usage import Catalog, has_end


def ends_by_itself(job: Entry, entries: Sequence[Entry]) -> bool:
    """Return whether every table that a job reads, directly or through views, has an end."""
    views = {
        entry.references.creates.name.name: entry
        for entry in entries
        if entry.references.creates and entry.references.creates.kind is ObjectKind.VIEW
    }
    wanted, seen, readers = [job], {id(job)}, [job]
    while wanted:
        for read in wanted.pop().references.reads:
            view = views.get(read.name.name)
            if view is not None and id(view) not in seen:
                seen.add(id(view))
                wanted.append(view)
                readers.append(view)
    catalog = Catalog([*(entry for entry in entries if entry.references.creates and id(entry) not in seen), *readers])
    options = [use.options for use in catalog.uses() if not use.written and id(use.user) in seen]
    return bool(options) and all(has_end(one) for one in options)
