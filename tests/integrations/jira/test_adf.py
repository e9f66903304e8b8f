from hypothesis import given
from hypothesis import strategies as st

from integrations.jira.adf import flatten


def node(kind, *content, **attrs):
    return {"type": kind, "attrs": attrs, "content": list(content)}


def text(words, *marks):
    return {"type": "text", "text": words, "marks": [{"type": mark} for mark in marks]}


def doc(*content):
    return {"type": "doc", "version": 1, "content": list(content)}


def test_a_string_is_kept():
    assert flatten("h1. *Title* \n\n{code}x{code}") == "h1. *Title* \n\n{code}x{code}"


def test_paragraphs_are_lines_and_marks_are_dropped():
    adf = doc(node("paragraph", text("Fixed "), text("login", "strong", "em")), node("paragraph", text("and tests")))
    assert flatten(adf) == "Fixed login\nand tests"


def test_empty_paragraphs_leave_no_lines():
    adf = doc(node("paragraph"), node("paragraph", text("a")), node("paragraph"), node("paragraph", text("b")))
    assert flatten(adf) == "a\nb"


def test_items_of_nested_lists_have_bullets():
    inner = node("bulletList", node("listItem", node("paragraph", text("two"))))
    adf = doc(
        node("orderedList", node("listItem", node("paragraph", text("one")), inner)), node("paragraph", text("end"))
    )
    assert flatten(adf) == "• one\n• two\nend"


def test_code_keeps_its_lines():
    assert flatten(doc(node("codeBlock", text("if x:\n\n    y()"), language="python"))) == "if x:\n\n    y()"


def test_what_is_not_text_is_told_in_words():
    line = node(
        "paragraph",
        node("mention", id="5b10", text="@Farah Birch"),
        text(" "),
        node("emoji", shortName=":tada:", text="🎉"),
        text(" "),
        node("emoji", shortName=":custom:"),
        {"type": "hardBreak"},
        node("inlineCard", url="https://example.com/x"),
        text(" "),
        node("status", text="DONE", color="green"),
        text(" "),
        node("date", timestamp="1700000000000"),
    )
    assert flatten(doc(line)) == "@Farah Birch 🎉 :custom:\nhttps://example.com/x DONE 2023-11-14"


def test_rows_of_a_table_and_unknown_nodes_keep_their_text():
    cells = [node("tableCell", node("paragraph", text(word))) for word in ("a", "b")]
    adf = doc(node("table", node("tableRow", *cells)), node("someFutureNode", node("paragraph", text("c"))))
    assert flatten(adf) == "a\nb\nc"


def test_ten_thousand_levels_are_flattened():
    adf = text("deep")
    for _ in range(10_000):
        adf = node("blockquote", adf)
    assert flatten(doc(adf)) == "deep"


def test_nul_is_replaced():
    assert flatten("a\x00b") == flatten(doc(node("paragraph", text("a\x00b")))) == "a\N{REPLACEMENT CHARACTER}b"


def test_dates_that_are_none_are_dropped():
    timestamps: list[object] = [None, "", "soon", 10**30, [], "-99999999999999999"]
    for timestamp in timestamps:
        assert flatten(doc(node("paragraph", text("a"), node("date", timestamp=timestamp)))) == "a"


KINDS = st.sampled_from(["doc", "paragraph", "text", "listItem", "mention", "hardBreak", "date", "media", "table", "x"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(
    SCALARS,
    lambda part: (
        st.lists(part)
        | st.dictionaries(st.text(), part)
        | st.fixed_dictionaries({}, optional={"type": KINDS | part, "content": part, "text": part, "attrs": part})
        | st.fixed_dictionaries({"type": KINDS, "attrs": st.fixed_dictionaries({}, optional={"timestamp": part})})
    ),
)


@given(ANYTHING)
def test_anything_is_flattened_to_a_text(adf):
    assert isinstance(flatten(adf), str)


WORDS = st.text("abc", min_size=1)
TREES = st.recursive(
    WORDS, lambda tree: st.tuples(st.sampled_from(["paragraph", "panel", "listItem", "tableCell"]), st.lists(tree))
)


def grown(tree):
    return text(tree) if isinstance(tree, str) else node(tree[0], *map(grown, tree[1]))


def leaves(tree):
    return [tree] if isinstance(tree, str) else [leaf for branch in tree[1] for leaf in leaves(branch)]


@given(st.lists(TREES))
def test_no_word_is_lost_and_their_order_is_kept(trees):
    flat = flatten(doc(*map(grown, trees)))
    assert flat.replace("\n", "").replace("• ", "") == "".join(leaf for tree in trees for leaf in leaves(tree))
