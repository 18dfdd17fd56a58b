"""Refusals of the planner whose words lead nowhere: a pattern of what Flink says, and what to say and do instead."""

REMEDIES: tuple[tuple[str, str], ...] = (
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
            "the table before FOR SYSTEM_TIME needs a key, which says whose versions its rows are: add PRIMARY KEY (...) NOT ENFORCED "
            "to it, as a table of upsert-kafka has."
        ),
    ),
    (
        r"\AEvent-Time Temporal Table Join requires .* but no row time attribute can be found",
        "the table before FOR SYSTEM_TIME has no event time, which says when its versions count: add a WATERMARK to it.",
    ),
    (
        r"\ATemporal table join currently only supports 'FOR SYSTEM_TIME AS OF' left table's (?:time attribute|proctime) field",
        "FOR SYSTEM_TIME AS OF takes a time attribute of the left table: a column with a WATERMARK, or one that is PROCTIME().",
    ),
    (
        r"\AThe system time period specification expects Timestamp type",
        "FOR SYSTEM_TIME AS OF takes a time attribute of the left table: a column with a WATERMARK, or one that is PROCTIME().",
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
            "a table stands here where one value is expected. Is the function's name right? Functions of windows are TUMBLE, HOP, CUMULATE "
            "and SESSION."
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
        "ML_PREDICT stands after FROM and takes a table, a model and a column: FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(prompt)).",
    ),
    (
        r"\AModel should have exactly one output (?:physical )?column",
        "this provider gives one column of text: declare one OUTPUT column of type STRING, and take its JSON apart by JSON_VALUE.",
    ),
    (
        r"\AModel should have exactly one input (?:physical )?column",
        "this provider takes one column of text: declare one INPUT column of type STRING, and join several by CONCAT before.",
    ),
)
