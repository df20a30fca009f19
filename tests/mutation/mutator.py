# SPDX-License-Identifier: MIT
"""Mutants of C functions, all in one text.

clang's syntax tree says where each expression and statement stands and of what type
it is. A place that can be mutated becomes a choice, `(MUTANT(7) ? a <= b : a < b)`
or `{ if (!MUTANT(8)) call(); }`, so that one build holds all mutants and the run
selects one (select.h). Only function bodies are mutated: what a macro stands for is
mutated where the macro is used; sizeof, case labels and pointers are not.

  relation     < <= > >= == !=  to its neighbours and to a constant
  condition    negated; of `if`, `while`, `for`, `do` and `?:`
  logic        && || to each other and to either side; `!` dropped
  arithmetic   + - * / % to another; ++ -- to each other
  bits         & | ^ to each other and to either side; << >>; `~` dropped
  constant     one more, one less but not below 0, 0; true and false; the enumerators beside it
  assignment   += -= |= &= to another
  call         its value replaced by 0, or 1 if that is all there is
  initialiser  0 in place of it
  return       another value
  statement    deleted: assignment, call, return, break, continue
"""
import collections
import json
import re
import subprocess

RELATIONS = {"<": ("<=", "!=", "0"), "<=": ("<", "==", "1"),
             ">": (">=", "!=", "0"), ">=": (">", "==", "1"),
             "==": ("!=", "<=", ">=", "0"), "!=": ("==", "<", ">", "1")}
# Of an unsigned number and 0 some are the same again.
UNSIGNED_AND_0 = {">": ("==", "0"), "==": ("!=", "0"), "!=": ("==", "1"),
                  "<": ("1",), ">=": ("0",), "<=": ("!=", "0")}
# Signed numbers are 0 or an error; pointers, flags and enumerators have no order.
UNORDERED = {"<": (">=", "0"), "<=": (">", "1"), ">": ("<=", "0"), ">=": ("<", "1"),
             "==": ("!=", "0"), "!=": ("==", "1")}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "/"}
BITS = {"&": "|", "|": "&", "^": "|"}
SHIFTS = {"<<": ">>", ">>": "<<"}
LOGIC = {"&&": "||", "||": "&&"}
ASSIGNMENTS = {"+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "^=": "|=",
               "<<=": ">>=", ">>=": "<<=", "*=": "/=", "/=": "*=", "%=": "/="}
TRANSPARENT = {"ImplicitCastExpr", "ConstantExpr", "ParenExpr", "CStyleCastExpr"}
BODIES = {"IfStmt", "WhileStmt", "DoStmt", "ForStmt", "SwitchStmt"}

Mutant = collections.namedtuple("Mutant", "number name file function line")
Span = collections.namedtuple("Span", "begin end macro")


class Place:
    """A stretch of text with what may stand there instead."""

    def __init__(self, begin, end, is_statement):
        self.begin, self.end, self.is_statement = begin, end, is_statement
        self.texts = []  # for a statement: one, empty
        self.numbers = []


class Source:
    """One file: its places, found function by function."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        self.places = {}
        self.functions = []  # (begin, end, name)

    def add(self, begin, end, *texts, is_statement=False):
        key = (begin, end, is_statement)
        place = self.places.setdefault(key, Place(*key))
        for text in texts:
            if text not in place.texts and text != self.text[begin:end]:
                place.texts.append(text)

    # ---- the text with all choices ----------------------------------------------

    def render(self):
        places = sorted(self.places.values(), key=lambda p:
                        (p.begin, -p.end, not p.is_statement))
        return self._render(0, len(self.text), places)

    def _render(self, begin, end, places):
        out, at = [], begin
        while places:
            place, rest = places[0], 1
            while rest < len(places) and places[rest].begin < place.end:
                rest += 1
            inner = self._render(place.begin, place.end, places[1:rest])
            out += [self.text[at:place.begin], choose(place, inner)]
            at, places = place.end, places[rest:]
        return "".join(out) + self.text[at:end]

    # ---- names -----------------------------------------------------------------------

    def name_of(self, place, text):
        """The line with what became of it."""
        begin = self.text.rfind("\n", 0, place.begin) + 1
        end = self.text.find("\n", place.end)
        line = (f"{self.text[begin:place.begin]}{{{{ "
                f"{self.text[place.begin:place.end]} -> {text} }}}}"
                f"{self.text[place.end:end]}")
        line = re.sub(r"/\*.*?\*/", "", line)
        return " ".join(line.split())

    def function_of(self, place):
        name = next(f for b, e, f in self.functions if b <= place.begin < e)
        return f"{self.name} {name}"


def choose(place, inner):
    if place.is_statement:
        return f"{{ if (!MUTANT({place.numbers[0]})) {inner} }}"
    chain = "".join(f"MUTANT({n}) ? ({t}) : "
                    for n, t in zip(place.numbers, place.texts))
    return f"({chain}({inner}))"


# ---- the tree ------------------------------------------------------------------------


def syntax_tree(path, arguments):
    command = ["clang", "-w", "-std=gnu11", *arguments, "-fsyntax-only",
               "-Xclang", "-ast-dump=json", str(path)]
    tree = json.loads(subprocess.run(command, check=True,
                                     stdout=subprocess.PIPE).stdout)
    spread_file_names(tree)
    return tree


def spread_file_names(tree):
    """clang names the file of a location only when it is another than that of the
    location before, in the order of the output."""
    last = None
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(reversed(node))
            continue
        if "offset" in node:
            last = node.setdefault("file", last)
        stack.extend(child for key, child in reversed(node.items())
                     if isinstance(child, (dict, list)) and key != "includedFrom")


def type_of(node):
    kind = node.get("type", {})
    return kind.get("desugaredQualType", kind.get("qualType", ""))


def is_integer(node):
    return re.fullmatch(r"(const )?((unsigned |signed )?(char|short|int|long|long long)"
                        r"|unsigned|_Bool|enum \w+)", type_of(node)) is not None


def is_bool(node):
    return type_of(node).endswith("_Bool")


def bare(node):
    """Without what stands for nothing in the text, or for a conversion only."""
    while node["kind"] in TRANSPARENT:
        node = node["inner"][0]
    return node


def value_of(node, enums):
    """Of a constant, if it says."""
    node = bare(node)
    if node["kind"] == "DeclRefExpr":
        return enums.get(node["referencedDecl"]["id"], (None,))[0]
    return int(str(node["value"]), 0) if "value" in node else None


def enumerators(tree):
    """{id of an enumerator: (its value, the names of its neighbours)}"""
    found = {}
    for enum in tree["inner"]:
        if enum["kind"] != "EnumDecl":
            continue
        nodes = [n for n in enum["inner"] if n["kind"] == "EnumConstantDecl"]
        following = 0
        for i, node in enumerate(nodes):
            if "inner" in node:
                following = int(node["inner"][0]["value"])
            beside = [n["name"] for n in nodes[max(i - 1, 0):i + 2] if n is not node]
            found[node["id"]] = (following, beside)
            following += 1
    return found


class Walker:
    """Finds the places in one function."""

    def __init__(self, source, span, enums):
        self.source, self.text = source, source.text
        self.function, self.enums = span, enums
        self.is_loop = False  # in the condition of a `for`

    # ---- where a node stands ---------------------------------------------------------

    def point(self, location):
        """(offset, length, is it a macro) of a token in the text."""
        if "expansionLoc" not in location:
            return location["offset"], location["tokLen"], False
        spelling, expansion = location["spellingLoc"], location["expansionLoc"]
        if (expansion.get("isMacroArgExpansion") and
                self.function.begin <= spelling["offset"] < self.function.end):
            return spelling["offset"], spelling["tokLen"], False
        end = expansion["offset"] + expansion["tokLen"]
        if self.text[end:end + 1] == "(":
            depth = 0
            while True:
                depth += {"(": 1, ")": -1}.get(self.text[end], 0)
                end += 1
                if depth == 0:
                    break
        return expansion["offset"], end - expansion["offset"], True

    def span(self, node):
        begin, _, macro = self.point(node["range"]["begin"])
        end, length, _ = self.point(node["range"]["end"])
        if not self.function.begin <= begin <= end < self.function.end:
            raise ValueError(f"{self.source.name}: lost in {node['kind']}")
        return Span(begin, end + length, macro and begin == end)

    def text_of(self, node):
        span = self.span(node)
        return self.text[span.begin:span.end]

    def mutate(self, node, *texts):
        span = self.span(node)
        self.source.add(span.begin, span.end, *texts)

    def delete(self, node):
        span = self.span(node)
        end = self.text.index(";", span.end) + 1
        self.source.add(span.begin, end, "", is_statement=True)

    # ---- statements --------------------------------------------------------------------

    def statement(self, node, is_last=False):
        kind = node.get("kind")
        inner = node.get("inner", [])
        if kind is None or kind == "NullStmt":
            return
        if kind == "CompoundStmt":
            for child in inner:
                self.statement(child, is_last and child is inner[-1])
        elif kind == "DeclStmt":
            for variable in inner:
                self.variable(variable)
        elif kind in BODIES:
            self.body(node, kind, inner)
        elif kind in ("CaseStmt", "DefaultStmt"):
            self.statement(inner[-1])
        elif kind == "ReturnStmt":
            if not is_last:
                self.delete(node)
            for value in inner:
                self.value(value)
                self.returned(value)
        elif kind in ("BreakStmt", "ContinueStmt"):
            self.delete(node)
        elif not (node["kind"] == "CStyleCastExpr" and type_of(node) == "void"):
            self.delete(node)
            self.value(node, is_discarded=True)

    def body(self, node, kind, inner):
        if kind == "DoStmt":
            body, condition, rest = [inner[0]], inner[1], []
        elif kind == "ForStmt":
            first, _, condition, step, last = inner
            body, rest = [last], [step]
            if first.get("kind") == "DeclStmt":
                self.statement(first)
            else:
                rest.append(first)
        else:
            condition, *body = inner
            rest = []
        if kind == "SwitchStmt":
            self.value(condition)
        elif condition.get("kind"):
            self.is_loop = kind == "ForStmt"
            self.condition(condition)
            self.is_loop = False
        for child in rest:
            if child.get("kind"):
                self.value(child, is_discarded=True)
        for child in body:
            # An empty loop may say `continue`.
            if child["kind"] != "ContinueStmt" or kind == "IfStmt":
                self.statement(child)

    def variable(self, node):
        if node["kind"] != "VarDecl" or node.get("storageClass") == "static":
            return
        for value in node.get("inner", []):
            self.value(value)

    # ---- expressions ---------------------------------------------------------------------

    def condition(self, node):
        self.value(node)
        # Of a relation or a negation that is another mutant already.
        if bare(node).get("opcode") not in (*RELATIONS, "!"):
            self.mutate(node, f"!({self.text_of(node)})")

    def returned(self, node):
        """Returned, and not mutated by what it is made of."""
        node = bare(node)
        if node["kind"] not in ("DeclRefExpr", "MemberExpr"):
            return
        text = self.text_of(node)
        if node.get("referencedDecl", {}).get("kind") == "EnumConstantDecl":
            self.mutate(node, "0")
        elif is_bool(node):
            self.mutate(node, f"!{text}")
        elif is_integer(node):
            self.mutate(node, f"{text} + 1", "0")
        elif type_of(node).endswith("*"):
            self.mutate(node, "0")

    def value(self, node, is_discarded=False):
        is_flag, is_pointer = is_bool(node), type_of(node).endswith("*")
        node = bare(node)
        kind = node["kind"]
        if self.span(node).macro or kind in ("IntegerLiteral", "CharacterLiteral"):
            if is_integer(node) and not is_pointer and kind != "OffsetOfExpr":
                self.constant(node, is_flag)
            return
        handler = getattr(self, "on_" + kind, None)
        if handler:
            handler(node, is_discarded)
            return
        if kind in ("UnaryExprOrTypeTraitExpr", "OffsetOfExpr", "StringLiteral"):
            return
        for child in node.get("inner", []):
            if "range" in child and child["range"]["begin"]:
                self.value(child)

    def constant(self, node, is_flag):
        text, value = self.text_of(node), value_of(node, self.enums)
        if text in ("true", "false") or is_flag:
            self.mutate(node, f"!{text}")
        elif text.isdigit():
            self.mutate(node, str(value + 1), str(max(value - 1, 0)), "0")
        else:
            self.mutate(node, f"{text} + 1", f"{text} - 1")
            if value not in (0, 1):
                self.mutate(node, "0")

    def on_DeclRefExpr(self, node, _):
        if node["referencedDecl"]["kind"] == "EnumConstantDecl":
            self.mutate(node, *self.enums[node["referencedDecl"]["id"]][1])

    def on_BinaryOperator(self, node, is_discarded):
        left, right = node["inner"]
        a, b = self.text_of(left), self.text_of(right)
        operator = node["opcode"]
        if operator == "=":
            self.value(right)
            self.target(left)
            return
        if operator in RELATIONS:
            self.relation(node, left, right, a, b, operator)
        elif operator in LOGIC:
            self.mutate(node, f"{a} {LOGIC[operator]} {b}", a, b)
        elif is_integer(node) and operator in ARITHMETIC:
            self.mutate(node, f"{a} {ARITHMETIC[operator]} {b}")
        elif is_integer(node) and operator in BITS:
            self.mutate(node, f"{a} {BITS[operator]} {b}", a, b)
        elif operator in SHIFTS:
            self.mutate(node, f"{a} {SHIFTS[operator]} {b}")
        self.value(left)
        self.value(right)

    def relation(self, node, left, right, a, b, operator):
        others = RELATIONS[operator]
        if not type_of(left).startswith("unsigned") or is_bool(bare(left)) or \
                "enum" in type_of(bare(left)):
            others = UNORDERED[operator]
        elif value_of(right, self.enums) == 0:
            others = UNSIGNED_AND_0[operator]
        elif self.is_loop:
            # Counting by one comes to `!=` as it comes to `<`.
            others = [o for o in others if o != "!="]
        self.mutate(node, *(o if o in "01" else f"{a} {o} {b}" for o in others))

    def on_CompoundAssignOperator(self, node, is_discarded):
        left, right = node["inner"]
        other = ASSIGNMENTS[node["opcode"]]
        self.mutate(node, f"{self.text_of(left)} {other} {self.text_of(right)}")
        self.target(left)
        self.value(right)

    def target(self, node):
        """What is assigned to is left in place; an index in it is a value."""
        node = bare(node)
        if node["kind"] == "ArraySubscriptExpr":
            self.target(node["inner"][0])
            self.value(node["inner"][1])
        elif node["kind"] in ("MemberExpr", "UnaryOperator"):
            self.target(node["inner"][0])
        elif node["kind"] == "CallExpr":
            for argument in node["inner"][1:]:
                self.value(argument)

    def on_UnaryOperator(self, node, is_discarded):
        operand = node["inner"][0]
        text, operator = self.text_of(operand), node["opcode"]
        if operator in ("++", "--"):
            other = "--" if operator == "++" else "++"
            self.mutate(node, f"{text}{other}" if node.get("isPostfix")
                        else f"{other}{text}")
            self.target(operand)
        elif operator == "&":
            self.target(operand)
        else:
            if operator in ("!", "~", "-"):
                self.mutate(node, text)
            self.value(operand)

    def on_ConditionalOperator(self, node, is_discarded):
        condition, yes, no = node["inner"]
        self.condition(condition)
        self.value(yes)
        self.value(no)

    def on_CallExpr(self, node, is_discarded):
        if not is_discarded:
            if is_bool(node):
                self.mutate(node, "0", "1")
            elif is_integer(node) or type_of(node).endswith("*"):
                self.mutate(node, "0")
        function, *arguments = node["inner"]
        if bare(function)["kind"] != "DeclRefExpr":
            self.value(function)
        for argument in arguments:
            self.value(argument)

    def on_InitListExpr(self, node, _):
        for value in node.get("inner", []):
            if not value.get("range", {}).get("begin"):
                continue
            if value["kind"] == "ImplicitValueInitExpr":
                continue
            self.value(value)
            inner = bare(value)
            if self.span(value).macro or "value" in inner:
                continue
            if inner["kind"] in ("DeclRefExpr", "MemberExpr") and \
                    value_of(inner, self.enums) is None:
                zero = ("0" if is_integer(value) or type_of(value).endswith("*")
                        else f"({value['type']['qualType']}){{ 0 }}")
                self.mutate(value, zero)


# ---- a folder ----------------------------------------------------------------------------


def functions_of(tree, folder):
    """(file name in the folder, node) of each function with a body there."""
    for node in tree["inner"]:
        if node["kind"] != "FunctionDecl" or not node.get("inner"):
            continue
        location = node["loc"].get("expansionLoc", node["loc"])
        if node["inner"][-1]["kind"] != "CompoundStmt":
            continue
        path = location.get("file") or ""
        if path.startswith(f"{folder}/"):
            yield path[len(str(folder)) + 1:], node


def mutate(folder, files, arguments):
    """Sources by name and all mutants, of what the .c files of the folder hold and
    of the functions in its headers that they include."""
    sources, seen = {}, set()
    for file in files:
        tree = syntax_tree(folder / file, arguments)
        enums = enumerators(tree)
        for name, node in functions_of(tree, folder):
            if (name, node["name"]) in seen:
                continue
            seen.add((name, node["name"]))
            if name not in sources:
                sources[name] = Source(name, (folder / name).read_text("ascii"))
            source = sources[name]
            begin, end = (node["range"][side].get("expansionLoc", node["range"][side])
                          for side in ("begin", "end"))
            function = Span(begin["offset"], end["offset"] + end["tokLen"], False)
            source.functions.append((function.begin, function.end, node["name"]))
            Walker(source, function, enums).statement(node["inner"][-1], is_last=True)
    return sources, number(sources)


def number(sources):
    mutants, names = [], collections.Counter()
    for _, source in sorted(sources.items()):
        for place in sorted(source.places.values(),
                            key=lambda p: (p.begin, p.end, p.is_statement)):
            for text in place.texts:
                function = source.function_of(place)
                name = f"{function}: {source.name_of(place, text)}"
                names[name] += 1
                if names[name] > 1:
                    name += f" #{names[name]}"
                place.numbers.append(len(mutants) + 1)
                line = source.text.count("\n", 0, place.begin) + 1
                mutants.append(Mutant(len(mutants) + 1, name, source.name,
                                      function, line))
    return mutants
