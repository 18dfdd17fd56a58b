"""Whether a table made LIKE another one has its options too."""

import pytest

from flinksql.sql import render
from flinksql.sql.options import keeps_options_of_like


@pytest.mark.parametrize(
    ("like", "keeps"),
    [
        pytest.param("LIKE other", True, id="nothing said"),
        pytest.param("LIKE other (INCLUDING ALL)", True, id="all"),
        pytest.param("LIKE other (EXCLUDING ALL)", False, id="nothing of it"),
        pytest.param("LIKE other (EXCLUDING ALL INCLUDING OPTIONS)", True, id="options alone"),
        pytest.param("LIKE other (INCLUDING ALL EXCLUDING OPTIONS)", False, id="all but options"),
        pytest.param("like other (excluding options)", False, id="in small letters"),
        pytest.param("LIKE other (OVERWRITING OPTIONS)", True, id="its own over those"),
        pytest.param("LIKE other (EXCLUDING CONSTRAINTS)", True, id="other things left out"),
    ],
)
def test_options_are_taken_over_unless_they_are_left_out(like: str, keeps: bool) -> None:
    sql = f"CREATE TABLE t (excluding STRING, `ALL` STRING) WITH ('connector' = 'kafka') {like}"
    assert keeps_options_of_like(render(sql, "t.sql", {})) is keeps
