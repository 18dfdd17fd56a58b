"""What to do about refusals of the planner.

REWRITTEN replaces messages that lead nowhere. ADVICE is added to messages that name the cause only. The first pattern that fits is taken.
"""

import re

REWRITTEN: tuple[tuple[str, str], ...] = (
    (
        r"\AProcessing-time temporal join is not supported",
        (
            "this join looks rows up at processing time, which the connector after FOR SYSTEM_TIME cannot do. Join at event time "
            "(FOR SYSTEM_TIME AS OF a column with a watermark), or use a table whose connector can look rows up."
        ),
    ),
    (
        r"\ATemporal Table Join requires primary key in versioned table",
        (
            "the table before FOR SYSTEM_TIME needs a key, which says whose versions its rows are, and ON must compare that key with a "
            "column of the same type: add PRIMARY KEY (...) NOT ENFORCED to the table, and the key to ON."
        ),
    ),
    (
        r"\AEvent-Time Temporal Table Join requires .* but no row time attribute can be found",
        "the table before FOR SYSTEM_TIME has no event time, which says when its versions count: add a WATERMARK to it.",
    ),
    (
        r"\ATemporal table join currently only supports 'FOR SYSTEM_TIME AS OF' left table's (?:time attribute|proctime) field",
        "name a time attribute of the left table after FOR SYSTEM_TIME AS OF: a column with a WATERMARK, or one that is PROCTIME().",
    ),
    (
        r"\AThe system time period specification expects Timestamp type",
        "name a time attribute of the left table after FOR SYSTEM_TIME AS OF: a column with a WATERMARK, or one that is PROCTIME().",
    ),
    (
        r"\ASort on a non-time-attribute field is not supported",
        "a stream without end cannot be sorted by this column: add LIMIT, or sort by a time attribute in ascending order first.",
    ),
    (
        r"\AINSERT OVERWRITE requires that the underlying DynamicTableSink",
        "this table's connector cannot overwrite what is there: write INSERT INTO.",
    ),
    (
        r"\AStreaming mode not support overwrite",
        "INSERT OVERWRITE is for batch jobs, and every job of a bundle is a streaming job: write INSERT INTO.",
    ),
    (
        r"\AFlink doesn't support ENFORCED mode for PRIMARY KEY",
        "Flink does not check keys, because the data is not its own: write PRIMARY KEY (...) NOT ENFORCED.",
    ),
    (
        r"\A'upsert-kafka' tables require to define a PRIMARY KEY",
        "a table of 'upsert-kafka' needs a key, by which its rows replace each other: add PRIMARY KEY (...) NOT ENFORCED to its columns.",
    ),
    (
        r"\ATable options do not contain an option key 'connector'",
        "this table has no connector: add WITH ('connector' = 'kafka', ...), or make it LIKE a table that has one.",
    ),
    (
        r"\ACannot apply '\$SCALAR_QUERY'",
        (
            "this is a table, and one value is expected. A subquery must give one column. As the argument of a function: is the "
            "function's name right? Those that take a table are TUMBLE, HOP, CUMULATE, SESSION and ML_PREDICT."
        ),
    ),
    (
        r"\AOVER windows' ordering in stream mode must be defined on a time attribute",
        "OVER sorts a stream by a time attribute only: write ORDER BY a column with a WATERMARK, or one that is PROCTIME().",
    ),
    (
        r"\AInput column list can not be empty",
        "this model has an output and no input: add INPUT (prompt STRING) before OUTPUT.",
    ),
    (
        r"\ANumber of (?:input )?descriptor columns \(\d+\) does not match model input size",
        (
            "DESCRIPTOR(...) names another number of columns than the model's INPUT has: name one column for each; several texts "
            "are joined by CONCAT before."
        ),
    ),
    (
        r"\AOnly constant window descriptors are supported",
        "the length of a window is a constant with its number in quotes: write INTERVAL '1' MINUTE.",
    ),
    (
        r"\ANo match found for function signature ML_PREDICT",
        (
            "ML_PREDICT comes after FROM and takes a table, a model, a column, and settings where they are needed: "
            "FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(prompt), MAP['timeout', '30 s'])."
        ),
    ),
    (
        r"\AModel should have exactly one output (?:physical )?column",
        "this provider gives one column of text: declare one OUTPUT column of type STRING, and take its JSON apart by JSON_VALUE.",
    ),
    (
        r"\AModel should have exactly one input (?:physical )?column",
        "this provider takes one column of text: declare one INPUT column of type STRING, and join several by CONCAT before.",
    ),
    (r"\AMultiple WATERMARK statements", "a table has one watermark: remove one of the two."),
    (
        r"\AInvalid data type of expression for watermark definition",
        "the expression of a watermark is a time: subtract an interval from its column, as in `ts - INTERVAL '5' SECOND`.",
    ),
    (
        r"\AA watermark can not be defined for a processing-time attribute",
        "a watermark belongs to event time, and this column is PROCTIME(): remove the WATERMARK.",
    ),
    (
        r"\AYou must specify either rowtime or proctime for order by",
        ("MATCH_RECOGNIZE goes by time: write ORDER BY and, as its first column, a column with a WATERMARK, or one that is PROCTIME()."),
    ),
    (r"\AAll rows per match mode is not supported", "ALL ROWS PER MATCH is not known to Flink: write ONE ROW PER MATCH."),
    (
        r"\AGreedy quantifiers are not allowed as the last element of a Pattern",
        "PATTERN cannot end with a greedy variable, which has no end: make it reluctant (`B+?`), or put another variable behind it.",
    ),
    (
        r"\AThird argument must be a descriptor with simple column names",
        "DESCRIPTOR takes the name of a column, as it is: DESCRIPTOR(prompt). Compute the text in a view or a subquery before.",
    ),
    (
        r"Argument 'MODEL' expects a model to be passed",
        "the second argument of ML_PREDICT is a model: write MODEL and its name without quotes.",
    ),
    (
        r"\AInvalid argument type at position 3\. Data type MAP<STRING, STRING> expected",
        "the settings in MAP are texts: put each key and value in quotes, as in MAP['max-concurrent-operations', '10'].",
    ),
    (
        r"\ADEFAULT is only allowed for optional parameters",
        "an argument is missing, or its name is not known. ML_PREDICT takes INPUT, MODEL, ARGS, and CONFIG where needed: correct it.",
    ),
    (
        r"\AModel options do not contain an option key 'provider'",
        "this model has no provider: add 'provider' = 'openai' to WITH.",
    ),
    (
        r"\AInvalid LOOKUP hint: incomplete required option\(s\): \[Key: 'table'",
        "the hint LOOKUP lacks the option 'table': name the table in which rows are looked up.",
    ),
    (r"\AThe window can only be ordered in ASCENDING mode", "OVER sorts a stream in ascending order of time only: remove DESC."),
    (
        r"\AOver Agg: The window rank function requires order by clause",
        "OVER needs an order for ROW_NUMBER, RANK and DENSE_RANK: add ORDER BY and a column.",
    ),
    (
        r"\ACould not find required (?:scan|sink) format",
        "this table has no format, or the key of it is misspelt: add 'format' = 'json' to WITH.",
    ),
    (r"\ABang equal '!=' is not allowed", "Flink SQL has no `!=`: write <>."),
    (r"\ANo match found for function signature (?:NOT )?ILIKE", "Flink SQL has no ILIKE: write LOWER(a) LIKE LOWER(b)."),
    (
        r"\AOver Agg: Unsupported use of OVER windows\. All aggregates must be computed on the same window",
        "OVER windows of one SELECT must be the same: write one in a subquery, and the other one over its rows.",
    ),
    (
        r"\AOptional pattern cannot be preceded by greedy pattern",
        "PATTERN has an optional variable behind a greedy one: make the greedy one reluctant (`B+?`), or the optional one required.",
    ),
    (
        r"\ATemporal table's primary key (?P<key>\[.*?\]) must be included in the equivalence condition.*is (?P<given>\[.*?\])",
        (
            "a join FOR SYSTEM_TIME compares the whole primary key of the table before it with columns of the other one, by `=`: "
            "add what is missing to ON, or take it out of the key."
        ),
    ),
    (
        r"\AThe sink for table .* has a configured parallelism of",
        (
            "'sink.parallelism' would let updates of one row overtake each other: remove it, write `-- parallelism: N` for the whole job, "
            "or give the table a PRIMARY KEY."
        ),
    ),
)


ADVICE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (r"\AColumn '.*' not found in any table$", "Correct its name, or add the table that has it to FROM."),
        (r"\AColumn '.*' not found in table '.*'$", "Correct its name, or the alias before it."),
        (r"\AColumn '.*' is ambiguous$", "Write the alias of its table before it: `t.column`."),
        (r"\AExpression '.*' is not being grouped$", "Add it to GROUP BY, or aggregate it, for example by MAX."),
        (r"\AAggregate expression is illegal in WHERE clause$", "Move the condition to HAVING."),
        (
            r"\ACannot apply '.*' to arguments of type",
            "Give it such types: convert by CAST where that is possible, or name another column.",
        ),
        (r"\AInvalid number of arguments to function", "Give it as many."),
        (r"\AAggregate expressions cannot be nested", "Aggregate in a subquery first, then aggregate its rows."),
        (r"\AValues passed to IN operator must have compatible types", "Give the query or list after IN one column of the same type."),
        (r"\AIllegal mixing of types in CASE", "Convert the results to one type by CAST."),
        (r"\AList of column aliases must have same degree", "Write as many names as there are columns."),
        (r"\AA column with the same name", "Give one of them another name by AS."),
        (r"\ANumber of columns must match number of query columns", "Name as many columns after the table as the query gives."),
        (r"\AUnknown field '", "Correct its name: the row has no such field."),
        (r"\AUnknown pattern '", "Name a variable of PATTERN."),
        (r"\AMap requires an even number of arguments", "Write pairs: MAP['key', 'value']."),
        (r"\AIllegal \w+ literal", "Write it in this form."),
        (r"\A'scan\.startup\.[\w-]+' is required in", "Add it."),
        (r"\AA key format 'key\.format' requires", "Add 'key.fields' = 'column'."),
        (r"\ACould not find the field '.*' in the table schema", "Name one of them."),
        (r"\AThe 'raw' format only supports single physical column", "Keep one column, or use another format, such as 'json'."),
        (r"\AUnknown target column '", "Correct its name: the table has no such column."),
        (r"already exists in the table\.?$", "Rename or remove one of the two."),
        (r"\APrimary key column '.*' is not defined", "Name columns of the table in PRIMARY KEY."),
        (r"\ARequired options are missing", "Add them."),
        (r"\AThe window function", "Name a time attribute: a column with a WATERMARK, or one that is PROCTIME()."),
        (r"table function based aggregate requires", "Change one of the two intervals."),
        (r"\A(?:in|out)put column \w+ should be", "Declare it as STRING."),
        (r"cannot be assigned to model input type", "Convert the column by CAST before, or name another one."),
        (r"partitioner only works when option 'key\.fields' is not specified", "Remove one of the two."),
        (r"\ATable '.*' not found$", "Correct the name or the alias."),
        (r"\AColumn count mismatch in", "Give both queries the same number of columns."),
        (r"join requires a condition", "Add ON and the condition."),
        (r"\AType mismatch in column \d+ of", "Convert the column of one query by CAST."),
        (r"\ADescriptor column '.*' not found in table columns", "Name one of them."),
        (r"\AThe rowtime attribute field '.*' is not defined", "Name a column of the table after WATERMARK FOR."),
    )
)


def with_advice(message: str) -> str:
    """Return the message with what to do, where it does not say so itself."""
    first = message.split("\n", 1)[0]
    advice = next((advice for pattern, advice in ADVICE if pattern.search(first)), "")
    if not advice:
        return message
    return f"{message.rstrip().removesuffix('.')}. {advice}"
