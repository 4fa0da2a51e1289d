# SPDX-License-Identifier: GPL-2.0-only
"""Finds the statements of C functions, well enough for the kernel's style: no parser."""

import re

SKIPPED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
HEAD = re.compile(r"(if|while|for|switch|\w*for_each\w*)\b\s*\(")
WORD = re.compile(r"(?:else|do)\b|case\b[^:;{}]*:|\w+\s*:(?!:)")
# A declaration: a type, maybe pointers, a name. Taking it away shows nothing.
TYPE = re.compile(r"(?:static|const|struct|union|enum|unsigned|signed|void|bool|int|long|char|"
                  r"size_t|gfp_t|[us]\d+|LIST_HEAD|DEFINE_\w+|VM_BUG_ON\w*_DECL)\b")


def blank(match):
    """As many spaces: every place stays where it is."""
    return re.sub(r"[^\n]", " ", match.group())


def close(text, pos, ends=""):
    """Past the bracket that closes the one at pos; with ends, at the first of them outside."""
    depth = 0
    for place in range(pos, len(text)):
        if not depth and text[place] in ends:
            return place
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if not depth and not ends:
            return place + 1
        if depth < 0:
            return place
    return len(text)


def body(text, pos, end, function):
    """(function, kind, start, end) of each statement from pos to end; of an if, its condition."""
    while pos < end:
        if text[pos].isspace() or text[pos] in "{};":
            pos += 1
        elif head := HEAD.match(text, pos):
            start, pos = head.end() - 1, close(text, head.end() - 1)
            if head[1] in ("if", "while"):
                yield function, head[1], start, pos
        elif word := WORD.match(text, pos):
            pos = word.end()
        else:
            start, pos = pos, close(text, pos, ";{")
            if text[pos:pos + 1] == ";" and not TYPE.match(text, start):
                pos += 1
                kind = "return" if re.match(r"return\b\s*[^;\s]", text[start:]) else "statement"
                yield function, kind, start, pos


def statements(source):
    """Those of every function of a file."""
    text = DIRECTIVE.sub(blank, SKIPPED.sub(blank, source))
    pos = 0
    while pos < len(text):
        start, pos = pos, close(text, pos, ";{")
        if text[pos:pos + 1] != "{":
            pos += 1
            continue
        end = close(text, pos)
        name = re.search(r"(\w+)\s*\(", text[start:pos])
        if name and "=" not in text[start:pos]:
            yield from body(text, pos + 1, end - 1, name[1])
        pos = end


def change(kind, text):
    """(what is done to it, what takes its place): one change for each kind."""
    if kind in ("if", "while"):
        return f"negate {kind}", f"(!{text})"
    if kind == "return":
        value = re.match(r"return\s*(.*);", text, re.S)[1]
        swap = {"true": "false", "false": "true"}
        return "return", f"return {swap.get(value, f'!({value})')};"
    return "delete", ";" + "\n" * text.count("\n")
