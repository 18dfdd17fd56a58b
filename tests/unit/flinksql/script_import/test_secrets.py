"""Secrets of a script go nowhere: not those in URLs, connection strings, hints or comments either."""

import pytest

from flinksql.script_import import Conversion, convert


def converted(options: str, *, before: str = "", hint: str = "") -> Conversion:
    script = f"CREATE TABLE a (x INT) WITH ({options});\n{before}CREATE TABLE b (x INT) WITH ('connector' = 'print');\n"
    return convert(f"{script}INSERT INTO b SELECT x FROM a{hint};\n", "it.sql", {}, "")  # noqa: S608


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("jdbc:postgresql://h:1/d?user=u&password={}&ssl=true", id="query"),
        pytest.param("jdbc:sqlserver://h:1;user=u;password={};encrypt=true", id="semicolons"),
        pytest.param("jdbc:mysql://root:{}@h:3306/d", id="user and password"),
        pytest.param("mongodb://u:{}@cr:{}@h1:1,h2:2/d?x=y", id="an @ in the password"),
        pytest.param("jdbc:oracle:thin:scott/{}@//h:1521/d", id="Oracle"),
        pytest.param("redis://:{}@h:6379", id="no user"),
        pytest.param("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey={}=", id="connection string"),
        pytest.param("https://h/c?sv=1&sig={}%3D", id="signature"),
    ],
)
def test_a_password_in_an_address_becomes_a_secret(address: str) -> None:
    found = converted(f"'connector' = 'print', 'url' = '{address.replace('{}', 's3cr3t')}'")
    beginning, _, rest = address.partition("{}")
    text = found.files["a.sql"]
    assert f"'url' = '{beginning}${{secret:a_url_password}}" in text
    assert rest.rpartition("{}")[2].lstrip("%3D=") in text
    assert "s3cr3t" not in str(found)
    assert found.secrets == ("a_url_password",)
    assert "pulumi config set --secret secret.a_url_password" in found.outcomes[0].why


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("jdbc:postgresql://h:5432/d?user=u&ssl=true", id="none"),
        pytest.param("http://h:8080/feeds/@team", id="a port and a path with @"),
        pytest.param("jdbc:mysql://h/d?passwordCharacterEncoding=UTF-8", id="a setting about passwords"),
        pytest.param("jdbc:mysql://root:${secret:mine}@h/d?password=${secret:mine}", id="placeholders already"),
    ],
)
def test_an_address_without_a_password_stays(value: str) -> None:
    found = converted(f"'connector' = 'print', 'url' = '{value}'")
    assert f"'url' = '{value}'" in found.files["a.sql"]
    assert set(found.secrets) <= {"mine"}


def test_two_secrets_of_one_option_have_a_name_each() -> None:
    found = converted("'connector' = 'print', 'url' = 'jdbc:x://u:one1@h/d?truststorePassword=two2'")
    assert "jdbc:x://u:${secret:a_url_password}@h/d?truststorePassword=${secret:a_url_password_2}" in found.files["a.sql"]


def test_a_secret_of_a_hint_becomes_one_too() -> None:
    found = converted("'connector' = 'print'", hint=" /*+ OPTIONS('properties.sasl.jaas.config' = 's3cr3t') */")
    assert "'properties.sasl.jaas.config' = '${secret:insert_b_sasl_jaas_config}'" in found.files["insert_b.sql"]


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("-- 'password' = 's3cr3t',\n", id="an option"),
        pytest.param("/* mysql -h x\n   jdbc:mysql://root:s3cr3t@h/d */\n", id="an address"),
    ],
)
def test_a_secret_in_a_comment_is_hidden(comment: str) -> None:
    found = converted("'connector' = 'print'", before=comment)
    assert "s3cr3t" not in str(found)
    assert "***" in found.files["b.sql"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("-- the token = is in the vault\n", id="prose"),
        pytest.param("-- see http://h:80/\n", id="address"),
    ],
)
def test_a_comment_without_a_secret_stays(text: str) -> None:
    assert text in converted("'connector' = 'print'", before=text).files["b.sql"]


def test_a_query_that_is_left_out_keeps_its_text_without_its_secrets() -> None:
    query = "SELECT x, 'it''s'\n-- 'password' = 's3cr3t'\nFROM a /*+ OPTIONS('password' = 's3cr3t') */"
    found = converted("'connector' = 'print'", before=f"{query};\n")
    assert [one.text for one in found.outcomes if one.text] == [
        "SELECT x, 'it''s'\n-- 'password' = '***'\nFROM a /*+ OPTIONS('password' = '${secret:query_password}') */;"
    ]
