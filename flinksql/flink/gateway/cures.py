"""What to do about refusals whose words are good and say no more than the cause. The first pattern that fits is taken."""

import re

CURES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), cure)
    for pattern, cure in (
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
        (r"\ATable '.*' not found$", "Correct the name or the alias."),
        (r"\AColumn count mismatch in", "Give both queries the same number of columns."),
        (r"join requires a condition", "Add ON and the condition."),
        (r"\AType mismatch in column \d+ of", "Convert the column of one query by CAST."),
        (r"\ADescriptor column '.*' not found in table columns", "Name one of them."),
        (r"\AThe rowtime attribute field '.*' is not defined", "Name a column of the table after WATERMARK FOR."),
    )
)


def with_cure(message: str) -> str:
    """Return the message with what to do, where it does not say so itself."""
    first = message.split("\n", 1)[0]
    cure = next((cure for pattern, cure in CURES if pattern.search(first)), "")
    if not cure:
        return message
    return f"{message.rstrip().removesuffix('.')}. {cure}"
