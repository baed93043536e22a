# SPDX-License-Identifier: BSD-2-Clause
"""Tests of the generator and of the verdicts: python3 -m unittest discover -s selftest/mutants"""

import contextlib
import io
import subprocess
import sys
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

import assembly
import ctext
import generate
import operators
import progress
import schemata
import scores
import verdicts

SOURCE = """\
static inline int other(int a)
{
\treturn a;
}

/* A comment with if (x) in it. */
static inline u64 sum(struct vcpu *vcpu,
\t\t      u32 data, bool on)
{
\tu64 mask = data & ~0x3fULL;
\tint *left = &other_thing;

\tif (data & FLAG_ON && on)
\t\treturn 1;

\tfor_each_thing(i, vcpu)
\t\tkick(i);

\tswitch (data) {
\tcase MSR_FIRST:
\tcase MSR_SECOND:
\t\tset(vcpu,
\t\t    mask - 1);
\t\tbreak;
\tcase OTHER:
\t\tdrop(vcpu);
\t\tbreak;
\t}
\ttrace_sum(data - 7);
\twhile (on)
\t\ton = next(1 << data);
\treturn left ? *left : -EINVAL;
}
EXPORT_SYMBOL_GPL(sum);
"""


def changed(operator: str, text: str = SOURCE) -> set[tuple[str, str]]:
    """Lines that an operator changes, before and after."""
    function = ctext.find_function(text, "sum")
    assert function
    pairs = (generate.changed_line(text, c) for c in operators.changes(text, function) if c.operator == operator)
    return {(before.strip(), after.strip()) for before, after in pairs}


class Text(unittest.TestCase):
    def test_a_function_has_its_head_and_its_body(self) -> None:
        function = ctext.find_function(SOURCE, "sum")
        assert function
        self.assertTrue(SOURCE[function.start :].startswith("static inline u64 sum("))
        self.assertEqual(SOURCE[function.end :], "\nEXPORT_SYMBOL_GPL(sum);\n")
        self.assertEqual(ctext.parameters(SOURCE, function), ["vcpu", "data", "on"])

    def test_what_is_only_declared_or_called_is_no_function(self) -> None:
        self.assertIsNone(ctext.find_function("static int f(int a);\nint g(void)\n{\n\treturn f(1);\n}\n", "f"))

    def test_comments_and_lines_of_the_preprocessor_are_no_tokens(self) -> None:
        self.assertEqual([t.text for t in ctext.tokens("a /* b */\n#define c \\\n d\n+ 'e' // f\n")], ["a", "+", "'e'"])


class Operators(unittest.TestCase):
    def test_conditions(self) -> None:
        line = "if (data & FLAG_ON && on)"
        self.assertIn((line, "if (!(data & FLAG_ON && on))"), changed("negate"))
        self.assertIn((line, "if (data & FLAG_ON && !(on))"), changed("negate"))
        self.assertIn((line, "if (1 && on)"), changed("true"))
        self.assertIn((line, "if (0)"), changed("false"))
        self.assertIn((line, "if (data & FLAG_ON || on)"), changed("and-or"))
        self.assertIn(("return left ? *left : -EINVAL;", "return 0 ? *left : -EINVAL;"), changed("false"))

    def test_loops_are_not_made_endless(self) -> None:
        self.assertNotIn(("while (on)", "while (1)"), changed("true"))
        self.assertIn(("while (on)", "while (0)"), changed("false"))

    def test_statements_are_deleted(self) -> None:
        self.assertIn(("kick(i);", ";"), changed("delete"))
        self.assertIn(("set(vcpu,", "if (0) set(vcpu,"), changed("delete"))
        self.assertIn(("break;", ";"), changed("delete"))
        self.assertFalse(any("mask = data" in before for before, _ in changed("delete")), "a declaration")

    def test_tracepoints_stay(self) -> None:
        function = ctext.find_function(SOURCE, "sum")
        assert function
        lines = [generate.changed_line(SOURCE, change)[0] for change in operators.changes(SOURCE, function)]
        self.assertFalse([line for line in lines if "trace_sum" in line])

    def test_masks_signs_shifts_constants_and_values(self) -> None:
        self.assertIn(("u64 mask = data & ~0x3fULL;", "u64 mask = data ;"), changed("mask"))
        self.assertIn(("u64 mask = data & ~0x3fULL;", "u64 mask = data & ~0x40ULL;"), changed("constant"))
        self.assertFalse(any("&other_thing" in before for before, _ in changed("mask")), "an address")
        self.assertEqual(changed("sign"), {("mask - 1);", "mask + 1);")})
        self.assertEqual(changed("shift"), {("on = next(1 << data);", "on = next(1 << (data + 1));")})
        self.assertIn(("return 1;", "return 0;"), changed("constant"))
        self.assertIn(("case OTHER:", "case (OTHER + 1):"), changed("constant"))

    def test_labels_of_assembly_are_no_numbers(self) -> None:
        text = 'int sum(int a)\n{\n\tasm("1: nop" _TABLE(1b, 2b));\n\treturn a;\n}\n'
        self.assertEqual(changed("constant", text), set())

    def test_flags_and_comparisons(self) -> None:
        text = "int sum(int a)\n{\n\ta |= X | Y;\n\tif (a < 3)\n\t\ta--;\n\treturn a;\n}\n"
        self.assertEqual(changed("flag", text), {("a |= X | Y;", "a |=  Y;"), ("a |= X | Y;", "a |= X ;")})
        self.assertEqual(changed("compare", text), {("if (a < 3)", "if (a <= 3)"), ("if (a < 3)", "if (a > 3)")})
        self.assertEqual(changed("sign", text), {("a--;", "a++;")})

    def test_each_change_is_one_line_long(self) -> None:
        function = ctext.find_function(SOURCE, "sum")
        assert function
        for change in operators.changes(SOURCE, function):
            self.assertNotIn("\n", SOURCE[change.start : change.end] + change.text)


class Mutants(unittest.TestCase):
    def names(self, where: str, text: str = SOURCE) -> dict[str, int]:
        return {m.name: m.line for m in generate.mutants_of(text, generate.Listed("f.c", "sum", "x", where))}

    def test_names_are_unique_and_follow_the_text(self) -> None:
        before = self.names("all")
        after = self.names("all", "int first;\n\n" + SOURCE)
        self.assertEqual(list(before), list(after))
        self.assertEqual({line + 2 for line in before.values()}, set(after.values()))

    def test_cases_and_lines(self) -> None:
        self.assertEqual(set(self.names("case:MSR_").values()), {20, 21, 22, 23, 24})
        self.assertEqual(set(self.names(r"line:FLAG_ON").values()), {13})
        self.assertTrue(self.names("case:MSR_").items() <= self.names("all").items())

    def test_a_diff_is_one_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "f.c").write_text(SOURCE, encoding="utf-8")
            mutant = generate.mutants_of(SOURCE, generate.Listed("f.c", "sum", "x", "all"))[0]
            lines = generate.diff(Path(folder), mutant).splitlines()
        self.assertEqual([sum(line[0] == sign for line in lines[2:]) for sign in "+-"], [1, 1])

    def test_the_list_names_functions_once_a_place(self) -> None:
        rows = generate.listed()
        self.assertEqual(len(rows), len({(row.file, row.function, row.where) for row in rows}))


class Schemata(unittest.TestCase):
    def test_copies_keep_their_line_numbers(self) -> None:
        mutants = generate.mutants_of(SOURCE, generate.Listed("f.c", "sum", "x", "line:FLAG_ON"))[:2]
        lines = schemata.with_mutants(SOURCE, "f.c", list(enumerate(mutants, 1))).splitlines()
        at, found = 0, {}
        for line in lines:
            if line.startswith("#line "):
                at = int(line.split()[1]) - 1
                continue
            at += 1
            found.setdefault(line.strip(), set()).add(at)
        self.assertEqual(found["for_each_thing(i, vcpu)"], {16})
        self.assertEqual(found["EXPORT_SYMBOL_GPL(sum);"], {34})
        self.assertTrue(any("return sum__mutants[kvm_mutant - 1](vcpu, data, on);" in line for line in lines))

    def test_equal_code_is_found_equal(self) -> None:
        one = ("\t.type\tf__m{0}, @function\nf__m{0}:\n.L{1}:\n\tmovq\t$.LC{0}, %rdi\n\tjmp\t.L{1}\n"
               "\t.size\tf__m{0}, .-f__m{0}\n")
        strings = '.LC1:\n\t.string\t"a"\n.LC2:\n\t.string\t"a"\n.LC3:\n\t.string\t"b"\n'
        code = assembly.copies(strings + one.format(1, 5) + one.format(2, 6) + one.format(3, 7))
        self.assertEqual(code["f__m1"], code["f__m2"])
        self.assertNotEqual(code["f__m1"], code["f__m3"])


    def test_calls_are_seen(self) -> None:
        code = "\tcall\tkvm_write\n\tjmp\t.L0\n\tjmp\t__x86_return_thunk\n\tcall\tSELF\n\tcall\t*%rax\n"
        self.assertEqual(assembly.called(code), {"kvm_write", "__x86_return_thunk"})


class Children(unittest.TestCase):
    def test_what_was_started_ends_with_this_program(self) -> None:
        script = ("import children, pathlib, sys; children.end_with_me(); "
                  "children.run(['sh', '-c', 'sleep 600 & echo $$ >pid; wait'], pathlib.Path(sys.argv[1]))")
        with tempfile.TemporaryDirectory() as folder:
            pid = Path(folder) / "pid"
            with subprocess.Popen([sys.executable, "-c", script, folder], cwd=generate.HERE) as program:
                self.until(lambda: pid.exists() and pid.read_text(encoding="utf-8").strip())
                program.terminate()
            self.assertEqual(program.returncode, 143)
            self.until(lambda: not self.lives(int(pid.read_text(encoding="utf-8"))))

    def until(self, holds) -> None:
        end = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def lives(self, group: int) -> bool:
        # Not those that have ended, and that nobody has waited for.
        command = ["pgrep", "--pgroup", str(group), "--runstates", "D,R,S,T"]
        return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0


class Verdicts(unittest.TestCase):
    def setUp(self) -> None:
        self.expected = verdicts.Expected([self.record("", a="pass", b="fail", c="skip")])

    def record(self, name: str, **tests: str) -> dict:
        return {"mutant": name, "configuration": "default", "end": "exit", "status": 0, "tests": tests}

    def verdict(self, *records: dict) -> str:
        return verdicts.judge(list(records), self.expected)["verdict"]

    def test_only_a_check_that_passes_without_it_detects_a_mutant(self) -> None:
        self.assertEqual(self.verdict(self.record("m", a="fail", b="fail", c="skip")), "detected")
        self.assertEqual(self.verdict(self.record("m", a="pass", b="fail", c="skip")), "survived")
        self.assertEqual(self.verdict(self.record("m", a="skip", b="pass", c="skip")), "differs")
        self.assertEqual(self.verdict(self.record("m", a="pass", b="fail", c="pass")), "differs")

    def test_a_host_has_to_die_twice(self) -> None:
        death = {"mutant": "m", "configuration": "default", "host": "panic"}
        passed = self.record("m", a="pass", b="fail", c="skip")
        self.assertEqual(self.verdict(death, passed), "survived")
        self.assertEqual(self.verdict(death, death), "host died")
        self.assertEqual(self.verdict({"mutant": "m", "host": "the kernel oopsed"}, passed), "host died")

    def test_vms_that_do_not_live_are_no_longer_tried(self) -> None:
        dead = [{**self.record("m"), "end": "could not start"}] * verdicts.ENDS
        self.assertTrue(verdicts.is_hopeless(dead, self.expected))
        self.assertFalse(verdicts.is_hopeless(dead[1:], self.expected))

    def test_a_vm_that_resets_in_a_test_has_died(self) -> None:
        self.assertEqual(self.verdict(self.record("m", a="error", b="fail", c="skip")), "guest died")
        self.assertEqual(self.verdict(self.record("m", a="fail", b="error", c="skip")), "detected")
        self.assertEqual(self.verdict(self.record("m", a="pass", b="error", c="skip")), "differs")

    def test_a_fate_is_open_until_all_has_been_run(self) -> None:
        survivor = verdicts.judge([self.record("m", a="pass", b="fail", c="skip")], self.expected)
        self.assertEqual(scores.fate(survivor, "missed", {"default"}), "missed")
        self.assertEqual(scores.fate(survivor, "missed", {"default", "paused"}), "open")
        self.assertEqual(scores.fate({"verdict": "guest died", "ended": ["could not start"]}, "missed", set()),
                         "no VM, or host died")
        self.assertEqual(scores.fate({"verdict": "guest died", "ended": ["silence"]}, "missed", set()), "VM died")

    def test_a_score_counts_what_a_guest_could_see(self) -> None:
        score = scores.Score(Counter({"detected": 6, "missed": 1, "VM died": 1, "equivalent": 9}), 3)
        self.assertEqual(score.cells()[:4], ["17", "6", "3", "1"])
        self.assertEqual(score.cells()[-1], "75.0 %")
        self.assertEqual(scores.table(["f"], [["x", *score.cells()]]).splitlines()[0],
                         "| f | run | detected | by own tests | VM died | equivalent | missed | score |")

    def test_the_sum_names_what_was_not_detected_and_what_fails_without_a_mutant(self) -> None:
        judged = {"m": verdicts.judge([self.record("m", a="fail")], self.expected),
                  "n": verdicts.judge([self.record("n", a="pass", b="fail", c="skip")], self.expected)}
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            progress.say_sum(judged, self.expected)
        self.assertEqual(out.getvalue().splitlines(), [
            "mutants: 2 run: 1 detected, 1 survived", "mutants: NOT DETECTED: n: survived in default",
            "mutants: FAILS WITHOUT A MUTANT: b (default)"])


if __name__ == "__main__":
    unittest.main()
