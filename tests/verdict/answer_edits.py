"""Edits of jobs that call a model, each with its truth: what is counted by answers, and rows that wait for one."""

from flinksql.statements.compatibility import Restore
from tests.verdict.changes import job, table
from tests.verdict.edit import Truth, kept, remarked, reset, unknown
from tests.verdict.further_pipelines import JOINED_WORDS, LANES, SIFTED
from tests.verdict.pipelines import ANSWERED, APPROVED, PROMPTED, SOURCE, SUMMARISED, TWO_MODELS, WAITING
from tests.verdict.scenarios import MODEL

_STRICT = Restore.STRICT

ANSWER_EDITS = (
    unknown("count of answers: another prompt", ANSWERED, Truth.WRONG, _STRICT, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}),
    unknown(
        "count of answers: another temperature",
        ANSWERED,
        Truth.GOES_ON,
        _STRICT,
        objects={"echo": MODEL.replace("'m',", "'m', 'temperature' = '0.5',")},
    ),
    reset(
        "count of answers: a condition after it",
        ANSWERED,
        Truth.REFUSED,
        Restore.IGNORE_UNCLAIMED,
        **job(ANSWERED, ("GROUP BY content", "GROUP BY content HAVING COUNT(*) > 0")),
    ),
    unknown(
        "count by an answer: another prompt", APPROVED, Truth.GOES_ON, _STRICT, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}
    ),
    unknown("count by an answer: another condition", APPROVED, Truth.WRONG, _STRICT, **job(APPROVED, ("'Be brief.%'", "'Be%t1%'"))),
    kept("summary of windows: another prompt", SUMMARISED, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}),
    reset("summary of windows: a longer window", SUMMARISED, Truth.WRONG, **job(SUMMARISED, ("'20'", "'30'"))),
    kept("summary of windows: a column more that nobody reads", SUMMARISED, **table(SOURCE, ("v INT", "extra INT, v INT"))),
    unknown(
        "waiting: two columns exchanged",
        WAITING,
        Truth.WRONG,
        **job(WAITING, ("SELECT id, k, t, u FROM source", "SELECT id, k, u, t FROM source")),
    ),
    kept(
        "waiting: a column renamed",
        WAITING,
        **job(
            WAITING,
            ("SELECT id, k, t, u FROM source", "SELECT id, k, t AS t2, u FROM source"),
            ("DESCRIPTOR(t)", "DESCRIPTOR(t2)"),
            ("id, t, u, content", "id, t2, u, content"),
        ),
    ),
    unknown(
        "waiting: another column under the old name",
        WAITING,
        Truth.WRONG,
        **job(WAITING, ("SELECT id, k, t, u FROM source", "SELECT id, t AS k, k AS t, u FROM source")),
    ),
    reset(
        "waiting: a column added",
        WAITING,
        Truth.LOOPS,
        **job(WAITING, ("SELECT id, k, t, u FROM source", "SELECT id, k, t, u, w FROM source")),
    ),
    reset(
        "waiting: a column dropped",
        WAITING,
        Truth.REFUSED,
        **job(WAITING, ("SELECT id, k, t, u FROM source", "SELECT id, t, u FROM source")),
    ),
    remarked("waiting: another column asked", WAITING, Truth.GOES_ON, **job(WAITING, ("DESCRIPTOR(t)", "DESCRIPTOR(u)"))),
    kept("waiting: another prompt", WAITING, objects={"echo": MODEL.replace("Be brief.", "Be kind.")}),
    kept("waiting: a condition after", WAITING, job=f"{WAITING.job} WHERE content <> ''"),
    remarked("waiting: the words of a prompt by CONCAT", PROMPTED, **job(PROMPTED, ("'trip in '", "'a trip within '"))),
    unknown(
        "waiting: another column in a prompt by CONCAT",
        PROMPTED,
        Truth.WRONG,
        **job(PROMPTED, ("CONCAT('trip in ', t)", "CONCAT('trip in ', u)")),
    ),
    unknown(
        "waiting: two models exchanged",
        TWO_MODELS,
        Truth.GOES_ON,
        **job(TWO_MODELS, ("MODEL echo", "MODEL x"), ("MODEL twin", "MODEL echo"), ("MODEL x", "MODEL twin")),
    ),
    unknown(
        "waiting: another model",
        WAITING,
        Truth.GOES_ON,
        objects={"third": MODEL.replace("MODEL echo", "MODEL third").replace("'m'", "'third'")},
        **job(WAITING, ("MODEL echo", "MODEL third")),
    ),
    kept(
        "waiting: another name of the model",
        WAITING,
        objects={"third": MODEL.replace("MODEL echo", "MODEL third")},
        **job(WAITING, ("MODEL echo", "MODEL third")),
    ),
    kept("waiting: a comment on a column", WAITING, **table(SOURCE, ("t STRING", "t STRING COMMENT 'text'"))),
)

LANE_EDITS = (
    unknown(
        "waiting: the halves of two INSERTs exchanged",
        LANES,
        Truth.WRONG,
        **job(LANES, ("= 0)", "= x)"), ("= 1)", "= 0)"), ("= x)", "= 1)")),
    ),
    reset(
        "waiting: two INSERTs of one model in the other order",
        LANES,
        Truth.REFUSED,
        job="\n".join([LANES.job.splitlines()[0], *reversed(LANES.job.splitlines()[1:3]), LANES.job.splitlines()[3]]),
    ),
    remarked("waiting: a condition before the model", SIFTED, **job(SIFTED, ("v > 0", "v > 3"))),
    remarked("waiting: the words between two columns", JOINED_WORDS, **job(JOINED_WORDS, ("' and '", "' or '"))),
    unknown("waiting: one column more in the words", JOINED_WORDS, Truth.WRONG, **job(JOINED_WORDS, ("t, u) AS q", "t, u, k) AS q"))),
    unknown(
        "waiting: answers in any order",
        WAITING,
        Truth.GOES_ON,
        **job(WAITING, ("DESCRIPTOR(t)", "DESCRIPTOR(t), MAP['output-mode', 'ALLOW_UNORDERED']")),
    ),
)
