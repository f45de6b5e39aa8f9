import pytest

from counterfoil.core.b2c import BadPattern, b2c_matches, is_consumer, pattern_compile


@pytest.mark.rule("IS-2")
@pytest.mark.parametrize(
    ("name", "first", "last", "persons", "consumer"),
    [
        ("Ann Lee", "Ann", "Lee", 0, True),
        ("ANN-LEE", "ann", "lee", 1, True),
        ("Ann_Lee & co.", "Ann", "Lee Co", 0, True),
        ("O'Brien, Seán", "O'Brien", "Seán", 0, True),
        ("Mary Ann Lee", "Mary Ann", "Lee", 0, True),
        ("Joanna", "Joanna", "", 0, True),
        ("Jose\u0301 Diaz", "Jos\u00e9", "Diaz", 0, True),
        ("Ann Lee", "Ann", "Lee", 2, False),
        ("Lee Ann", "Ann", "Lee", 0, False),
        ("Acme Ltd", "Ann", "Lee", 0, False),
        ("Acme Ltd", "", "", 0, False),
        ("---", "", "", 0, False),
        ("???", "!", "!", 0, False),
    ],
)
def test_a_contact_named_like_its_only_person_is_a_consumer(name, first, last, persons, consumer):
    assert is_consumer(name, first, last, persons) is consumer


@pytest.mark.rule("IS-2")
@pytest.mark.parametrize(
    ("pattern", "hit"),
    [("mrs? ", True), ("^mr", True), ("lee$", True), ("^lee", False), ("(?-i)MR", False), ("", False)],
)
def test_a_pattern_hits_anywhere_in_the_name_whatever_the_case(pattern, hit):
    assert is_consumer("Mr A Lee", "", "", 3, pattern) is hit


@pytest.mark.rule("IS-2")
@pytest.mark.parametrize(
    ("pattern", "position"),
    [
        ("abc(", 4),
        ("abc(de", 4),
        ("abc)d", 4),
        ("a[bc", 2),
        ("a**", 2),
        (r"[(]\((", 6),
        ("*a", 1),
        (r"(a)\1", 4),
        ("ab(?=c)", 3),
        ("a{3000}", 2),
    ],
)
def test_a_bad_pattern_is_refused_with_its_position(pattern, position):
    with pytest.raises(BadPattern) as refused:
        pattern_compile(pattern)
    assert refused.value.position == position
    assert f"character {position}:" in str(refused.value)


@pytest.mark.rule("IS-2")
def test_a_pattern_that_is_too_long_is_refused():
    with pytest.raises(BadPattern, match="at most 200"):
        pattern_compile("x" * 201)
    assert pattern_compile("x" * 200)("x" * 200)


@pytest.mark.rule("IS-2")
def test_the_tester_shows_which_names_a_pattern_hits():
    assert b2c_matches(r"\b(mr|mrs|ms)\b", ["Mrs Lee", "Mars Ltd", "Acme"]) == ["Mrs Lee"]
